"""Readers of ECS's answers: missing resources, instances without an agent, the latest event."""

from __future__ import annotations

from typing import Any

import pytest

from labs.packs.aws_ecs.checks import _ecs
from labs.sdk import CannotTell, Failed
from tests.checks.canned import Answer, answering
from tests.checks.clusters import cluster


def refused(code: str, message: str) -> Answer:
    return "describe_task_definition", {"error": code, "message": message}


def test_a_family_without_an_active_revision_has_no_newest_one() -> None:
    gone = refused("ClientException", "Unable to describe task definition.")
    assert _ecs.newest_definition(answering(ecs=[gone]), "labs") is None


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("ClientException", "The specified task definition name is invalid."),
        ("ServerException", "Unable to describe task definition."),
        ("AccessDeniedException", "User: x is not authorized to perform: ecs:DescribeTaskDefinition"),
    ],
)
def test_another_refusal_says_nothing_of_the_family(code: str, message: str) -> None:
    """It reaches the runner, which says that nothing can be determined."""
    from botocore.exceptions import ClientError

    with pytest.raises(ClientError, match=message.split(":")[0]):
        _ecs.newest_definition(answering(ecs=[refused(code, message)]), "labs")


def registered(**host: Any) -> Any:
    found = {
        "containerInstanceArn": "a",
        "status": "ACTIVE",
        "agentConnected": True,
        "ec2InstanceId": "i-1",
        **host,
    }
    listed: Answer = ("list_container_instances", {"containerInstanceArns": ["a"]})
    return answering(ecs=[listed, ("describe_container_instances", {"containerInstances": [found]})])


@pytest.mark.parametrize(
    ("host", "active", "connected"),
    [
        ({}, True, True),
        ({"agentConnected": False}, True, False),
        ({"status": "DRAINING"}, False, False),
        ({"status": "DRAINING", "agentConnected": False}, False, False),
        ({"ec2InstanceId": "mi-0123456789abcdef0"}, False, False),
    ],
    ids=["connected", "reconnecting", "draining", "draining and away", "ECS Anywhere"],
)
def test_active_instances_count_and_some_are_connected(
    host: dict[str, Any], *, active: bool, connected: bool
) -> None:
    assert len(_ecs.active_instances(registered(**host), "labs")) == active
    assert len(_ecs.connected_instances(registered(**host), "labs")) == connected


NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}
SPOT = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
OLD = {"status": "ACTIVE", "taskDefinition": "web:1", "launchType": "EC2"}
NEW = {
    "status": "PRIMARY",
    "taskDefinition": "web:2",
    "networkConfiguration": NETWORK,
    "launchType": "FARGATE",
}


@pytest.mark.parametrize(
    "service",
    [
        {
            "taskDefinition": "web:2",
            "networkConfiguration": NETWORK,
            "launchType": "FARGATE",
            "deployments": [OLD],
        },
        {"deployments": [OLD, NEW]},
        {"deployments": [], "taskSets": [OLD, NEW]},
        {"deploymentController": {"type": "EXTERNAL"}, "launchType": "EC2", "taskSets": [OLD, NEW]},
    ],
    ids=[
        "the service",
        "its PRIMARY deployment",
        "its PRIMARY task set",
        "not what the service says by default",
    ],
)
def test_a_service_runs_what_it_or_its_primary_says(service: Any) -> None:
    """An Express Mode service has no task definition, one of the controller EXTERNAL has task sets only."""
    found = _ecs.LaunchSettings(service)
    assert (found.definition, found.launch_type, found.strategy) == ("web:2", "FARGATE", [])
    assert found.network == NETWORK["awsvpcConfiguration"]


def test_a_task_set_may_have_a_strategy_and_load_balancers() -> None:
    balancers = [{"targetGroupArn": "group", "containerName": "web", "containerPort": 80}]
    task_set = {"status": "PRIMARY", "capacityProviderStrategy": SPOT, "loadBalancers": balancers}
    service: Any = {"loadBalancers": [], "deployments": [], "taskSets": [task_set]}
    found = _ecs.LaunchSettings(service)
    assert (found.strategy, found.balancers, found.network) == (SPOT, balancers, None)


def test_a_service_without_a_task_set_runs_nothing_yet() -> None:
    service: Any = {"serviceName": "web", "deployments": [], "taskSets": [OLD]}
    assert _ecs.LaunchSettings(service).definition == ""
    with pytest.raises(CannotTell, match="service web has no PRIMARY deployment or task set yet"):
        _ecs.definition_of(answering(), service)


def test_a_missing_cluster_is_told_before_its_service() -> None:
    """AWS answers a question for a service of no cluster with an error, which would judge nothing."""
    found = _ecs.service_or_why(answering(ecs=cluster(active=False)), "labs", "web")
    assert isinstance(found, Failed)
    assert "cluster labs" in found.found


def test_a_missing_service_is_reported() -> None:
    gone = ("describe_services", {"services": [{"status": "INACTIVE"}]})
    account = answering(ecs=[*cluster(), gone, ("list_services", {"serviceArns": []})])
    assert isinstance(_ecs.service_or_why(account, "labs", "web"), Failed)
