"""IAM enforced by the sandbox: who may do what, and how each service refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from labs.errors import SandboxError
from labs.sandbox import control
from labs.sandbox.access.enforced_requests import required_access
from labs.sandbox.world.journal import RecordedRequest
from tests.builders import document

pytestmark = [pytest.mark.process, pytest.mark.slow]

ACCOUNT = "123456789012"
TRUST = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
BUCKET = "labs-bucket"

Doc = dict[str, Any]
Person = Callable[..., Any]


def statement(*actions: str, effect: str = "Allow", resource: str = "*", **more: Any) -> Doc:
    return {"Effect": effect, "Action": list(actions), "Resource": resource, **more}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[control.Sandbox]:
    with control.throw_away(enforces_iam=True) as running:
        yield running


@pytest.fixture
def administrator(sandbox: control.Sandbox) -> Iterator[Person]:
    """Clients of whoever comes with keys that IAM has not given out, in an empty sandbox."""
    yield clients(sandbox, "sandbox", "sandbox")
    control.reset(sandbox.home)


def clients(sandbox: control.Sandbox, key: str, secret: str, token: str | None = None) -> Person:
    import boto3

    return partial(
        boto3.client,
        endpoint_url=sandbox.url,
        region_name="eu-west-1",
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
    )


def session_of(sandbox: control.Sandbox, administrator: Person, *statements: Doc, **more: Any) -> Person:
    """Clients of a session of a role with a policy of these statements."""
    iam = administrator("iam")
    boundary = {"PermissionsBoundary": more.pop("boundary")} if "boundary" in more else {}
    iam.create_role(RoleName="looker", AssumeRolePolicyDocument=document(TRUST), **boundary)
    if statements:
        iam.put_role_policy(RoleName="looker", PolicyName="own", PolicyDocument=document(*statements))
    return assumed(sandbox, administrator, **more)


def assumed(sandbox: control.Sandbox, administrator: Person, **more: Any) -> Person:
    arn = f"arn:aws:iam::{ACCOUNT}:role/looker"
    keys = administrator("sts").assume_role(RoleArn=arn, RoleSessionName="me", **more)["Credentials"]
    return clients(sandbox, keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])


def user_of(sandbox: control.Sandbox, administrator: Person, *statements: Doc) -> Person:
    iam = administrator("iam")
    iam.create_user(UserName="ann")
    iam.create_group(GroupName="team")
    iam.add_user_to_group(GroupName="team", UserName="ann")
    if statements:
        iam.put_group_policy(GroupName="team", PolicyName="own", PolicyDocument=document(*statements))
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    return clients(sandbox, key["AccessKeyId"], key["SecretAccessKey"])


def refused(call: Callable[..., Any], **given: Any) -> Doc:
    from botocore.exceptions import ClientError

    with pytest.raises(ClientError) as caught:
        call(**given)
    return dict(caught.value.response)


ME = f"arn:aws:sts::{ACCOUNT}:assumed-role/looker/me"
ECS = f"arn:aws:ecs:eu-west-1:{ACCOUNT}"
REFUSALS: list[tuple[str, str, Doc, str, str]] = [
    (
        "ecs",
        "describe_services",
        {"cluster": "c", "services": ["s"]},
        "ecs:DescribeServices",
        f"{ECS}:service/c/s",
    ),
    ("ecs", "describe_clusters", {"clusters": ["c"]}, "ecs:DescribeClusters", f"{ECS}:cluster/c"),
    ("ecs", "list_clusters", {}, "ecs:ListClusters", "*"),
    ("ecs", "list_tasks", {"cluster": "c"}, "ecs:ListTasks", f"{ECS}:container-instance/c/*"),
    ("ecs", "describe_tasks", {"cluster": "c", "tasks": ["t"]}, "ecs:DescribeTasks", f"{ECS}:task/c/t"),
    (
        "ecs",
        "describe_container_instances",
        {"containerInstances": ["i"]},
        "ecs:DescribeContainerInstances",
        f"{ECS}:container-instance/default/i",
    ),
    ("ecs", "run_task", {"taskDefinition": "web:1"}, "ecs:RunTask", f"{ECS}:task-definition/web:1"),
    (
        "ecr",
        "describe_images",
        {"repositoryName": "rr"},
        "ecr:DescribeImages",
        f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/rr",
    ),
    ("ecr", "get_authorization_token", {}, "ecr:GetAuthorizationToken", "*"),
    ("iam", "get_role", {"RoleName": "x"}, "iam:GetRole", f"arn:aws:iam::{ACCOUNT}:role/x"),
    ("iam", "list_roles", {}, "iam:ListRoles", "*"),
    ("ec2", "describe_instances", {}, "ec2:DescribeInstances", ""),
    ("elbv2", "describe_load_balancers", {}, "elasticloadbalancing:DescribeLoadBalancers", ""),
    ("autoscaling", "describe_auto_scaling_groups", {}, "autoscaling:DescribeAutoScalingGroups", ""),
    (
        "application-autoscaling",
        "describe_scalable_targets",
        {"ServiceNamespace": "ecs"},
        "application-autoscaling:DescribeScalableTargets",
        "",
    ),
    ("cloudwatch", "describe_alarms", {}, "cloudwatch:DescribeAlarms", ""),
    ("efs", "describe_file_systems", {}, "elasticfilesystem:DescribeFileSystems", ""),
    (
        "efs",
        "delete_mount_target",
        {"MountTargetId": "fsmt-01234567"},
        "elasticfilesystem:DeleteMountTarget",
        "",
    ),
    (
        "logs",
        "describe_log_groups",
        {"logGroupNamePrefix": "/a"},
        "logs:DescribeLogGroups",
        f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:/a:log-stream:",
    ),
    ("ssm", "get_parameter", {"Name": "/p"}, "ssm:GetParameter", ""),
    ("s3", "list_buckets", {}, "s3:ListAllMyBuckets", "arn:aws:s3:::*"),
    ("s3", "get_object", {"Bucket": "bbb", "Key": "k/l"}, "s3:GetObject", "arn:aws:s3:::bbb/k/l"),
    ("s3", "get_bucket_policy", {"Bucket": "bbb"}, "s3:GetBucketPolicy", "arn:aws:s3:::bbb"),
]
CODES = {
    "ec2": (403, "UnauthorizedOperation"),
    **dict.fromkeys(
        ("ecs", "ecr", "logs", "ssm", "application-autoscaling", "cloudwatch"), (400, "AccessDeniedException")
    ),
    "efs": (403, "AccessDeniedException"),
    **dict.fromkeys(("iam", "elbv2", "autoscaling", "s3"), (403, "AccessDenied")),
}


def test_each_service_refuses_in_its_own_words(sandbox: control.Sandbox, administrator: Person) -> None:
    """Without a policy nothing is allowed; the error has the service's code and status, and names the action."""
    nobody = session_of(sandbox, administrator)
    for service, method, given, action, resource in REFUSALS:
        answer = refused(getattr(nobody(service), method), **given)
        assert (answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]) == CODES[service], (
            action
        )
        on = f" on resource: {resource}" if resource else ""
        message = (
            f"User: {ME} is not authorized to perform: {action}{on} because no identity-based policy allows"
        )
        assert f"{message} the {action} action" in answer["Error"]["Message"], action


def test_who_one_is_can_always_be_asked(sandbox: control.Sandbox, administrator: Person) -> None:
    nobody = session_of(sandbox, administrator, statement("*", effect="Deny"))
    assert nobody("sts").get_caller_identity()["Arn"] == ME
    assert administrator("sts").get_caller_identity()["Arn"].endswith(":user/sandbox")


def test_an_allowed_action_is_carried_out(sandbox: control.Sandbox, administrator: Person) -> None:
    """One action on one cluster, and no other action, and on no other cluster."""
    somebody = session_of(
        sandbox,
        administrator,
        statement("ecs:CreateCluster"),
        statement("ecs:Desc*", resource=f"{ECS}:cluster/a"),
    )("ecs")
    somebody.create_cluster(clusterName="a")
    assert len(somebody.describe_clusters(clusters=["a"])["clusters"]) == 1
    assert "cluster/b" in refused(somebody.describe_clusters, clusters=["b"])["Error"]["Message"]
    assert "cluster/b" in refused(somebody.describe_clusters, clusters=["a", "b"])["Error"]["Message"]
    assert refused(somebody.list_clusters)["Error"]["Code"] == "AccessDeniedException"
    assert len(administrator("ecs").list_clusters()["clusterArns"]) == 1


def test_a_users_keys_are_judged_by_user_and_groups(sandbox: control.Sandbox, administrator: Person) -> None:
    ann = user_of(sandbox, administrator, statement("ecs:ListClusters"))
    assert ann("ecs").list_clusters()["clusterArns"] == []
    message = refused(ann("ecs").describe_clusters)["Error"]["Message"]
    assert message.startswith(f"User: arn:aws:iam::{ACCOUNT}:user/ann is not authorized to perform")


def test_a_deny_is_named_as_one(sandbox: control.Sandbox, administrator: Person) -> None:
    somebody = session_of(
        sandbox, administrator, statement("ecs:*"), statement("ecs:ListClusters", effect="Deny")
    )
    message = refused(somebody("ecs").list_clusters)["Error"]["Message"]
    assert message.endswith(
        "ecs:ListClusters on resource: * with an explicit deny in an identity-based policy"
    )


def test_a_boundary_limits(sandbox: control.Sandbox, administrator: Person) -> None:
    limit = administrator("iam").create_policy(
        PolicyName="limit", PolicyDocument=document(statement("ecs:ListClusters"))
    )["Policy"]["Arn"]
    somebody = session_of(sandbox, administrator, statement("ecs:*"), boundary=limit)("ecs")
    assert somebody.list_clusters()["clusterArns"] == []
    message = refused(somebody.describe_clusters)["Error"]["Message"]
    assert message.endswith("because no permissions boundary allows the ecs:DescribeClusters action")


def test_a_sessions_policy_limits(sandbox: control.Sandbox, administrator: Person) -> None:
    narrow = document(statement("ecs:ListClusters"), statement("ec2:*", effect="Deny"))
    somebody = session_of(sandbox, administrator, statement("*"), Policy=narrow)
    assert somebody("ecs").list_clusters()["clusterArns"] == []
    message = refused(somebody("ecs").describe_clusters)["Error"]["Message"]
    assert message.endswith("because no session policy allows the ecs:DescribeClusters action")
    message = refused(somebody("ec2").describe_instances)["Error"]["Message"]
    assert message.endswith("with an explicit deny in a session policy")


@pytest.mark.parametrize(
    ("condition", "allowed"),
    [
        ({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}, True),
        ({"StringEquals": {"aws:RequestedRegion": "us-east-1"}}, False),
        ({"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, False),
        ({"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, True),
        ({"ArnEquals": {"ecs:cluster": f"{ECS}:cluster/a"}}, True),
        ({"ArnEquals": {"ecs:cluster": f"{ECS}:cluster/b"}}, False),
        ({"StringEquals": {"aws:PrincipalTag/team": "red"}}, False),
    ],
    ids=["region", "other-region", "past", "since", "cluster", "other-cluster", "unknown-key"],
)
def test_conditions_count(
    sandbox: control.Sandbox, administrator: Person, condition: Doc, allowed: bool
) -> None:
    administrator("ecs").create_cluster(clusterName="a")
    ecs = session_of(sandbox, administrator, statement("ecs:*", Condition=condition))("ecs")
    if allowed:
        assert ecs.list_services(cluster="a")["serviceArns"] == []
    else:
        assert refused(ecs.list_services, cluster="a")["Error"]["Code"] == "AccessDeniedException"


def test_where_the_resource_is_not_worked_out_an_allow_may_mean_it(
    sandbox: control.Sandbox, administrator: Person
) -> None:
    """Nobody is refused for what the sandbox cannot tell; a Deny of everything is one all the same."""
    somebody = session_of(
        sandbox,
        administrator,
        statement("ssm:GetParameter", resource=f"arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/p"),
        statement("ec2:*"),
        statement("ec2:DescribeVolumes", effect="Deny"),
        statement("ec2:DescribeSubnets", effect="Deny", resource="arn:aws:ec2:*:*:subnet/subnet-1"),
    )
    administrator("ssm").put_parameter(Name="/p", Value="v", Type="String")
    assert somebody("ssm").get_parameter(Name="/p")["Parameter"]["Value"] == "v"
    assert somebody("ec2").describe_subnets()["Subnets"]
    assert refused(somebody("ec2").describe_volumes)["Error"]["Code"] == "UnauthorizedOperation"


def test_a_changed_policy_counts_at_once(sandbox: control.Sandbox, administrator: Person) -> None:
    ecs = session_of(sandbox, administrator)("ecs")
    assert refused(ecs.list_clusters)
    administrator("iam").put_role_policy(
        RoleName="looker", PolicyName="own", PolicyDocument=document(statement("ecs:ListClusters"))
    )
    assert ecs.list_clusters()["clusterArns"] == []


def test_a_world_goes_on_with_enforcement_or_without(tmp_path: Path) -> None:
    """A refused request is not in the journal: the same world comes back either way."""
    started = control.start(tmp_path, enforces_iam=True)
    try:
        administrator = clients(started, "sandbox", "sandbox")
        ecs = session_of(started, administrator, statement("ecs:CreateCluster"))("ecs")
        ecs.create_cluster(clusterName="a")
        before = control.status(tmp_path)
        assert refused(ecs.delete_cluster, cluster="a")
        after = control.status(tmp_path)
        assert before
        assert after
        assert before.changes == after.changes
        with pytest.raises(SandboxError, match="To start one that does not enforce IAM"):
            control.start(tmp_path)
        control.stop(tmp_path)
        again = control.start(tmp_path)
        assert again.enforces_iam is False, "nothing is enforced unless it is asked for"
        with pytest.raises(SandboxError, match="To start one that enforces IAM"):
            control.start(tmp_path, enforces_iam=True)
        assert len(clients(again, "sandbox", "sandbox")("ecs").list_clusters()["clusterArns"]) == 1
        assert ecs.meta.endpoint_url == again.url, "it listens where it listened"
        assert len(ecs.list_clusters()["clusterArns"]) == 1
    finally:
        control.stop(tmp_path)


@pytest.mark.parametrize("signed", ["", "Bearer x", "AWS4-HMAC-SHA256 Credential=key/2026"])
def test_what_nobody_signed_is_nobodys(signed: str) -> None:
    """A pre-signed address, for one: its rights are those of who signed it."""
    assert (
        required_access(
            RecordedRequest({"HTTP_AUTHORIZATION": signed, "REQUEST_METHOD": "GET", "PATH_INFO": "/"})
        )
        is None
    )
