"""Stacks of a running sandbox: in whose name they are made, and what they are after a restart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from test_cfn_services import NETWORK

from labs.sandbox import control
from tests.builders import document

pytestmark = [pytest.mark.process, pytest.mark.slow]

Person = Callable[..., Any]
CLUSTER = "Resources: {Cluster: {Type: AWS::ECS::Cluster, Properties: {ClusterName: labs}}}"
STACKS = {"Effect": "Allow", "Action": "cloudformation:*", "Resource": "*"}
CLUSTERS = {"Effect": "Allow", "Action": "ecs:*", "Resource": "*"}


def clients(sandbox: control.Sandbox, key: str = "sandbox", secret: str = "sandbox") -> Person:
    import boto3

    return partial(
        boto3.client,
        endpoint_url=sandbox.url,
        region_name="eu-west-1",
        aws_access_key_id=key,
        aws_secret_access_key=secret,
    )


@pytest.fixture(scope="module")
def enforcing() -> Iterator[control.Sandbox]:
    with control.throw_away(enforces_iam=True) as running:
        yield running


@pytest.fixture
def sandbox(enforcing: control.Sandbox) -> Iterator[control.Sandbox]:
    yield enforcing
    control.reset(enforcing.home)


def ann(sandbox: control.Sandbox, *statements: Any) -> Person:
    iam = clients(sandbox)("iam")
    iam.create_user(UserName="ann")
    iam.put_user_policy(UserName="ann", PolicyName="own", PolicyDocument=document(*statements))
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    return clients(sandbox, key["AccessKeyId"], key["SecretAccessKey"])


def result(person: Person) -> tuple[str, str]:
    """The status of the one stack, and why its cluster was not made."""
    api = person("cloudformation")
    events = api.describe_stack_events(StackName="web")["StackEvents"]
    reasons = [each["ResourceStatusReason"] for each in events if each["ResourceStatus"] == "CREATE_FAILED"]
    return api.describe_stacks(StackName="web")["Stacks"][0]["StackStatus"], "".join(reasons)


def test_stack_may_do_what_its_maker_may(sandbox: control.Sandbox) -> None:
    person = ann(sandbox, STACKS, CLUSTERS)
    person("cloudformation").create_stack(StackName="web", TemplateBody=CLUSTER)
    assert result(person) == ("CREATE_COMPLETE", "")


def test_stack_is_no_way_round_policies(sandbox: control.Sandbox) -> None:
    person = ann(sandbox, STACKS)
    person("cloudformation").create_stack(StackName="web", TemplateBody=CLUSTER)
    status, reason = result(person)
    assert status == "ROLLBACK_COMPLETE"
    assert "user/ann is not authorized to perform: ecs:CreateCluster" in reason
    assert clients(sandbox)("ecs").list_clusters()["clusterArns"] == []


@pytest.mark.parametrize(
    ("service", "statements", "status"),
    [
        ("cloudformation.amazonaws.com", [CLUSTERS], "CREATE_COMPLETE"),
        ("cloudformation.amazonaws.com", [STACKS], "ROLLBACK_COMPLETE"),
    ],
)
def test_stack_with_a_role_may_do_what_the_role_may(
    sandbox: control.Sandbox, service: str, statements: list[Any], status: str
) -> None:
    trust = document({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"})
    iam = clients(sandbox)("iam")
    role = iam.create_role(RoleName="maker", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.put_role_policy(RoleName="maker", PolicyName="own", PolicyDocument=document(*statements))
    person = ann(sandbox, STACKS, {"Effect": "Allow", "Action": "iam:PassRole", "Resource": role})
    person("cloudformation").create_stack(StackName="web", TemplateBody=CLUSTER, RoleARN=role)
    assert result(person)[0] == status


def test_stacks_are_the_same_after_a_restart(tmp_path: Path) -> None:
    def world(sandbox: control.Sandbox) -> Any:
        person = clients(sandbox)
        api, ecs = person("cloudformation"), person("ecs")
        resources = api.describe_stack_resources(StackName="web")["StackResources"]
        ids = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in resources}
        (service,) = ecs.describe_services(cluster=ids["Cluster"], services=[ids["Service"]])["services"]
        events = [each["EventId"] for each in api.describe_stack_events(StackName="web")["StackEvents"]]
        status = api.describe_stacks(StackName="web")["Stacks"][0]["StackStatus"]
        return ids, events, status, service["runningCount"], service["taskDefinition"]

    sandbox = control.start(tmp_path)
    try:
        api = clients(sandbox)("cloudformation")
        api.create_stack(StackName="web", TemplateBody=NETWORK)
        given = [{"ParameterKey": "Count", "ParameterValue": "3"}]
        api.update_stack(StackName="web", TemplateBody=NETWORK, Parameters=given)
        before = world(sandbox)
        control.stop(tmp_path)
        sandbox = control.start(tmp_path)
        assert world(sandbox) == before
        assert before[2:4] == ("UPDATE_COMPLETE", 3)
        clients(sandbox)("cloudformation").delete_stack(StackName="web")
        assert clients(sandbox)("ecs").list_clusters()["clusterArns"] == []
    finally:
        control.stop(tmp_path)
