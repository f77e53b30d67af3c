"""Refusals of `RunTask`, with AWS's messages."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from refusal_kit import (
    SPOT,
    Change,
    World,
    fixed,
    refusal_world,
)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with refusal_world() as made:
        yield made


RUNS: list[tuple[str, Callable[[World], Change], str]] = [
    ("unknown cluster", fixed(cluster="none"), "ClusterNotFoundException: Cluster not found."),
    ("unknown task definition", fixed(taskDefinition="none"), "ClientException: TaskDefinition not found."),
    ("inactive revision", fixed(taskDefinition="gone:1"), "ClientException: TaskDefinition is inactive"),
    ("eleven tasks", fixed(count=11), "InvalidParameterException: count must be between 1 and 10."),
    ("no task", fixed(count=0), "InvalidParameterException: count must be between 1 and 10."),
    (
        "both",
        fixed(launchType="EC2", capacityProviderStrategy=SPOT),
        "InvalidParameterException: Specifying both",
    ),
    (
        "EC2-only on Fargate",
        fixed(launchType="FARGATE"),
        "InvalidParameterException: Task definition does not support",
    ),
    (
        "awsvpc without network",
        fixed(taskDefinition="vpc"),
        "InvalidParameterException: Network Configuration must",
    ),
    (
        "an override for no container",
        fixed(overrides={"containerOverrides": [{"name": "app", "command": ["true"]}]}),
        # azavea/django-ecsmanage#21
        "InvalidParameterException: Override for container named app is not a container in the TaskDefinition.",
    ),
    (
        "a reserved group",
        fixed(group="service:web"),
        "InvalidParameterException: The group name must not begin with 'service:'",
    ),
    (
        "a long startedBy",
        fixed(startedBy="x" * 129),
        "InvalidParameterException: startedBy must not be longer",
    ),
    (
        "an unknown strategy",
        fixed(placementStrategy=[{"type": "pack"}]),
        "InvalidParameterException: Placement strategy type 'pack' is invalid",
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize(("change", "expected"), [each[1:] for each in RUNS], ids=[each[0] for each in RUNS])
def test_run_task_refuses(
    world: World, refused: Callable[..., str], change: Callable[[World], Change], expected: str
) -> None:
    ecs = world["ecs"]
    request = {"cluster": "prod", "taskDefinition": "bridge", **change(world)}
    assert refused(ecs.run_task, **request).startswith(expected)
    assert len(ecs.list_tasks(cluster="prod")["taskArns"]) == 1
