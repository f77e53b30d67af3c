"""What an expression selects, and what a task would find on an instance, in answers that no small cluster gives."""

from __future__ import annotations

from typing import Any

import pytest

from checks import _placing
from tests.checks.canned import answering

ARN = "arn:aws:ecs:eu-west-1:123456789012:container-instance/labs/"


def page(*names: str, more: bool = False) -> tuple[str, dict[str, Any]]:
    arns = [f"{ARN}{name}" for name in names]
    return "list_container_instances", {
        "containerInstanceArns": arns,
        **({"nextToken": "more"} if more else {}),
    }


def test_an_expression_selects_the_instances_of_every_page() -> None:
    account = answering(ecs=[page("a", more=True), page("b")])
    assert _placing.selected(account, "labs", ["agentConnected == true"]) == {f"{ARN}a", f"{ARN}b"}


def test_of_several_expressions_each_must_hold() -> None:
    account = answering(ecs=[page("a", "b"), page("b", "c")])
    assert _placing.selected(account, "labs", ["first", "second"]) == {f"{ARN}b"}


def test_without_an_expression_nothing_is_selected() -> None:
    """A constraint that is not there must not pass for one that selects everything."""
    assert _placing.selected(answering(), "labs", []) == set()


def instance(cpu: int, memory: int, *taken: int) -> Any:
    return {
        "remainingResources": [
            {"name": "CPU", "type": "INTEGER", "integerValue": cpu},
            {"name": "MEMORY", "type": "INTEGER", "integerValue": memory},
            {"name": "PORTS", "type": "STRINGSET", "stringSetValue": ["22", *map(str, taken)]},
        ]
    }


def definition(mode: str, **mapping: int) -> Any:
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
    assert _placing.could_take(host, task) is expected
