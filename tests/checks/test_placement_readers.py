"""What an expression selects, and what a task would find on an instance, in answers that no small cluster gives."""

from __future__ import annotations

from typing import Any

import pytest

from labs.packs.aws_ecs.checks import _placement
from labs.sdk import Failed
from tests.checks.canned import answering
from tests.checks.clusters import cluster, service, tasks

ARN = "arn:aws:ecs:eu-west-1:123456789012:container-instance/labs/"


def page(*names: str, more: bool = False) -> tuple[str, dict[str, Any]]:
    arns = [f"{ARN}{name}" for name in names]
    return "list_container_instances", {
        "containerInstanceArns": arns,
        **({"nextToken": "more"} if more else {}),
    }


def test_an_expression_selects_the_instances_of_every_page() -> None:
    account = answering(ecs=[page("a", more=True), page("b")])
    assert _placement.selected(account, "labs", ["agentConnected == true"]) == {f"{ARN}a", f"{ARN}b"}


def test_of_several_expressions_each_must_hold() -> None:
    account = answering(ecs=[page("a", "b"), page("b", "c")])
    assert _placement.selected(account, "labs", ["first", "second"]) == {f"{ARN}b"}


def test_without_an_expression_nothing_is_selected() -> None:
    """A constraint that is not there must not pass for one that selects everything."""
    assert _placement.selected(answering(), "labs", []) == set()


def instance(cpu: int, memory: int, *taken: int) -> Any:
    return {
        "remainingResources": [
            {"name": "CPU", "type": "INTEGER", "integerValue": cpu},
            {"name": "MEMORY", "type": "INTEGER", "integerValue": memory},
            {"name": "PORTS", "type": "STRINGSET", "stringSetValue": ["22", *map(str, taken)]},
        ]
    }


def definition(mode: str, **mapping: int | str) -> Any:
    container = {"name": "app", "cpu": 512, "memory": 4096, "portMappings": [mapping]}
    return {"networkMode": mode, "containerDefinitions": [container]}


BRIDGE = definition("bridge", containerPort=80, hostPort=8080)


@pytest.mark.parametrize(
    ("host", "task", "expected"),
    [
        pytest.param(instance(512, 4096), BRIDGE, True, id="exactly enough"),
        pytest.param(instance(511, 4096), BRIDGE, False, id="a CPU unit too few"),
        pytest.param(instance(512, 4095), BRIDGE, False, id="a MiB too few"),
        pytest.param(instance(2048, 8192, 8080), BRIDGE, False, id="the port is taken"),
        pytest.param(
            instance(2048, 8192, 80), BRIDGE, True, id="the container's port is taken, which is nobody's"
        ),
        pytest.param(
            instance(2048, 8192, 8080),
            definition("host", containerPort=8080),
            False,
            id="host mode takes it as well",
        ),
        pytest.param(
            instance(2048, 8192, 8080),
            definition("awsvpc", containerPort=8080, hostPort=8080),
            True,
            id="awsvpc",
        ),
    ],
)
def test_an_instance_can_take_a_task(host: Any, task: Any, expected: bool) -> None:
    assert _placement.could_take(host, task) is expected


@pytest.mark.parametrize(
    ("task", "ports"),
    [
        pytest.param(definition("host", containerPort=80), (80,), id="host mode: the container's"),
        pytest.param(definition("host", containerPortRange="80-81"), (), id="host mode: a range, which is for others"),
        pytest.param(definition("bridge", containerPort=80, hostPort=8080), (8080,), id="a fixed one"),
        pytest.param(definition("bridge", containerPort=80, hostPort=0), (), id="one that Docker chooses"),
        pytest.param(definition("awsvpc", containerPort=80, hostPort=80), (), id="awsvpc: the task's own"),
    ],
)  # fmt: skip
def test_a_task_takes_ports_of_its_host(task: Any, ports: tuple[int, ...]) -> None:
    assert _placement.host_ports(task) == ports


def test_a_missing_cluster_is_told_before_its_service() -> None:
    """AWS answers a question for a service of no cluster with an error, which would judge nothing."""
    found = _placement.service_or_why(answering(ecs=cluster(active=False)), "labs", "web")
    assert isinstance(found, Failed)
    assert "cluster labs" in found.found


def test_a_missing_service_is_reported() -> None:
    gone = ("describe_services", {"services": [{"status": "INACTIVE"}]})
    account = answering(ecs=[*cluster(), gone, ("list_services", {"serviceArns": []})])
    assert isinstance(_placement.service_or_why(account, "labs", "web"), Failed)


@pytest.mark.parametrize(
    ("running", "desired", "message"),
    [
        (3, 3, ""),
        (2, 3, "2 of 3 tasks are running; latest event: no room"),
        (3, 4, "web wants 4 tasks, and 3 are running"),
        (4, 3, "web wants 3 tasks, and 4 are running"),
        (4, 4, "web wants 4 tasks, and 4 are running"),
    ],
)
def test_a_service_runs_what_it_wants_and_wants_what_it_should(
    running: int, desired: int, message: str
) -> None:
    web = service(desiredCount=desired, events=[{"message": "no room"}])
    account = answering(ecs=[*tasks("a" * running), web, *tasks("a" * running), web])
    found = _placement.tasks_or_why(account, "labs", "web", 3)
    assert found.found == message if isinstance(found, Failed) else (len(found), message) == (3, "")


def test_a_task_on_fargate_has_no_host() -> None:
    task: Any = {"taskArn": "task-0"}
    assert _placement.hosts_of(answering(), "labs", [task]) == {}


def test_instances_are_told_by_id_and_type() -> None:
    typed: Any = {"ec2InstanceId": "i-1", "attributes": [{"name": "ecs.instance-type", "value": "t3.small"}]}
    bare: Any = {"ec2InstanceId": "i-2", "attributes": []}
    assert _placement.instances_text([typed, bare]) == "i-2 (no type), i-1 (t3.small)"
    assert _placement.instances_text([]) == "no instance"
