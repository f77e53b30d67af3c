"""What the readers of ECS make of its answers: definitions that are not there, agents that are away, sizes."""

from __future__ import annotations

from typing import Any

import pytest

from labs.packs.aws_ecs.checks import _ecs
from tests.checks.canned import Answer, answering
from tests.checks.clusters import definition


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


@pytest.mark.parametrize(
    ("status", "connected", "counts"),
    [("ACTIVE", True, True), ("ACTIVE", False, False), ("DRAINING", True, False), ("DRAINING", False, False)],
)
def test_only_active_connected_instances_take_tasks(status: str, *, connected: bool, counts: bool) -> None:
    host = {"containerInstanceArn": "a", "status": status, "agentConnected": connected}
    listed: Answer = ("list_container_instances", {"containerInstanceArns": ["a"]})
    account = answering(ecs=[listed, ("describe_container_instances", {"containerInstances": [host]})])
    assert len(_ecs.connected_instances(account, "labs")) == counts


def size(task: dict[str, Any], *containers: dict[str, Any]) -> _ecs.Size:
    found: Any = {**definition()[1]["taskDefinition"], **task, "containerDefinitions": list(containers)}
    return _ecs.size_of(found)


@pytest.mark.parametrize(
    ("task", "containers", "cpu", "memory"),
    [
        ({}, [{"cpu": 256, "memory": 512}], 256, 512),
        ({}, [{"cpu": 256, "memory": 512}, {"cpu": 64, "memory": 128}], 320, 640),
        ({}, [{"memory": 512}, {"cpu": 64, "memory": 128}], 64, 640),
        ({}, [{"cpu": 64, "memory": 512, "memoryReservation": 256}], 64, 256),
        ({}, [{"cpu": 64, "memoryReservation": 256}, {"cpu": 64, "memory": 128}], 128, 384),
        ({"cpu": "512", "memory": "1024"}, [{"cpu": 64, "memory": 128}], 512, 1024),
        ({"memory": "1024"}, [{}, {"cpu": 64}], 64, 1024),
        ({"cpu": "512"}, [{"memory": 100}, {}], 512, 100),
        ({}, [{}], 0, 0),
    ],
    ids=str,
)
def test_a_task_asks_for_its_own_size_or_for_that_of_its_containers(
    task: dict[str, Any], containers: list[dict[str, Any]], cpu: int, memory: int
) -> None:
    assert size(task, *containers) == _ecs.Size(cpu, memory, ())


@pytest.mark.parametrize(
    ("mode", "taken"), [("bridge", (80, 443)), ("host", (80, 443)), (None, (80, 443)), ("awsvpc", ())]
)
def test_host_ports_are_reserved_unless_the_task_has_its_own_network(
    mode: str | None, taken: tuple[int, ...]
) -> None:
    ports = [
        {"containerPort": 80, "hostPort": 80},
        {"containerPort": 81, "hostPort": 0},
        {"containerPort": 82},
    ]
    other = {"portMappings": [{"containerPort": 443, "hostPort": 443}]}
    task = {"networkMode": mode} if mode else {}
    assert size(task, {"portMappings": ports}, other).ports == taken
