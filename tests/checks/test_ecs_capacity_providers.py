"""Strategies as AWS may write them, and tasks that are not shared out as their strategy says."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from labs.packs.aws_ecs.checks import ecs_capacity_providers as lab
from labs.sdk import Failed, Outcome, Passed
from tests.checks.canned import Answer, answering

NAMES = {"cluster": "labs-capacity", "service": "mixed"}


def strategy(*items: tuple[str, int | None, int | None]) -> list[Any]:
    """Items of provider, weight and base, each number left out where it is None."""
    given = ({"capacityProvider": name, "weight": weight, "base": base} for name, weight, base in items)
    return [{key: value for key, value in item.items() if value is not None} for item in given]


STRATEGIES = pytest.mark.parametrize(
    ("items", "wrong"),
    [
        (strategy(("FARGATE", 1, 1), ("FARGATE_SPOT", 3, 0)), ""),
        (strategy(("FARGATE_SPOT", 6, None), ("FARGATE", 2, 1)), ""),
        (strategy(("FARGATE", 1, None), ("FARGATE_SPOT", 3, 1)), "the base of FARGATE is not 1"),
        (strategy(("FARGATE", 1, None), ("FARGATE_SPOT", 3, None)), "the base of FARGATE is not 1"),
        (strategy(("FARGATE", 1, 2), ("FARGATE_SPOT", 3, None)), "the base of FARGATE is not 1"),
        (strategy(("FARGATE", None, 1), ("FARGATE_SPOT", None, None)), "the weights are not 1 to 3"),
        (strategy(("FARGATE", None, 1), ("FARGATE_SPOT", 3, None)), "the weights are not 1 to 3"),
        (strategy(("FARGATE", 1, 1), ("FARGATE_SPOT", None, None)), "the weights are not 1 to 3"),
        (strategy(("FARGATE", 3, 1), ("FARGATE_SPOT", 1, None)), "the weights are not 1 to 3"),
        (strategy(("FARGATE", 2, 1), ("FARGATE_SPOT", 5, None)), "the weights are not 1 to 3"),
        (strategy(("FARGATE", 1, 1), ("FARGATE_SPOT", 3, None), ("own", 1, None)), "its providers are not"),
        (strategy(("FARGATE", 1, 1)), "its providers are not"),
        (strategy(("FARGATE_SPOT", 3, 1)), "its providers are not"),
        ([], "empty: its providers are not"),
    ],
    ids=str,
)
"""Strategies, and what is said of those that are wrong."""


@STRATEGIES
def test_a_strategy_is_right_by_its_base_and_the_ratio_of_its_weights(items: list[Any], wrong: str) -> None:
    cluster = {"status": "ACTIVE", "defaultCapacityProviderStrategy": items}
    by_default = lab.default_strategy_splits(
        answering(ecs=[("describe_clusters", {"clusters": [cluster]})]), NAMES
    )
    service = {"status": "ACTIVE", "capacityProviderStrategy": items}
    own = lab.service_uses_such_a_strategy(
        answering(ecs=[("describe_services", {"services": [service]})]), NAMES
    )
    for found in (by_default, own):
        assert isinstance(found, Failed) is bool(wrong)
        assert wrong in found.found
    assert not isinstance(own, Failed) or own.hint.startswith("Check each base and weight")


STARTED = datetime(2026, 11, 22, 9, tzinfo=UTC)


def running(*tasks: tuple[str, float], desired: int = 4, **more: str) -> Outcome:
    """The outcome for tasks, each with its provider and when it was created, in seconds from the first."""
    service = {"status": "ACTIVE", "serviceName": "mixed", "desiredCount": desired}
    described = [
        {
            "lastStatus": "RUNNING",
            **({"capacityProviderName": provider} if provider else {}),
            "createdAt": STARTED + timedelta(seconds=seconds),
            **more,
        }
        for provider, seconds in tasks
    ]
    services: Answer = ("describe_services", {"services": [service]})
    read: list[Answer] = [
        ("list_tasks", {"taskArns": ["arn:aws:ecs:eu-west-1:123456789012:task/labs-capacity/1"]}),
        ("describe_tasks", {"tasks": described}),
    ]
    counted = len(tasks) >= desired and "lastStatus" not in more
    return lab.tasks_run_on_both(answering(ecs=[services, *read, *(read if counted else [services])]), NAMES)


THREE_ON_SPOT = (("FARGATE_SPOT", 1), ("FARGATE_SPOT", 2), ("FARGATE_SPOT", 3))


@pytest.mark.parametrize("seconds", [0, 60, 3600], ids="after {} seconds".format)
def test_the_task_of_the_base_may_be_the_youngest(seconds: float) -> None:
    """Once it was replaced, as AWS does to Fargate tasks now and then, its successor is."""
    spot = (("FARGATE_SPOT", 0), ("FARGATE_SPOT", 1), ("FARGATE_SPOT", 2))
    assert isinstance(running(*spot, ("FARGATE", seconds)), Passed)


@pytest.mark.parametrize(
    "tasks",
    [
        (("FARGATE_SPOT", 0), *THREE_ON_SPOT),
        (("FARGATE", 0), ("FARGATE", 1), ("FARGATE", 2), ("FARGATE", 3)),
        (("", 0), ("", 0), ("", 0), ("", 0)),
        (("", 0), *((provider, 3600.0) for provider, _ in THREE_ON_SPOT)),
    ],
    ids=["spot only", "on demand only", "launch type", "launch type and spot"],
)
def test_tasks_without_a_base_or_a_share_are_not_shared_out(tasks: tuple[tuple[str, float], ...]) -> None:
    assert isinstance(running(*tasks), Failed)


def test_tasks_of_a_launch_type_are_told_as_such() -> None:
    found = running(("", 0), ("FARGATE", 1), ("FARGATE_SPOT", 90), ("", 0), desired=4)
    assert isinstance(found, Passed)
    assert found.found == "1 on FARGATE, 1 on FARGATE_SPOT, 2 on a launch type"


def test_as_many_tasks_must_run_as_are_wanted() -> None:
    found = running(("FARGATE", 0), ("FARGATE_SPOT", 0))
    assert isinstance(found, Failed)
    assert found.found == "2 of 4 tasks are running"
    waiting = running(("FARGATE", 0), *THREE_ON_SPOT, lastStatus="PENDING")
    assert isinstance(waiting, Failed)
    assert waiting.found == "0 of 4 tasks are running"


@pytest.mark.parametrize("desired", [3, 5])
def test_the_desired_count_is_four(desired: int) -> None:
    found = running(("FARGATE", 0), *THREE_ON_SPOT, ("FARGATE_SPOT", 1), desired=desired)
    assert isinstance(found, Failed)
    assert found.found == f"mixed has desired count {desired}"
