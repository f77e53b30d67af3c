"""How tasks move from state to state, and how long each takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from clock_kit import clock_set_to
from ecs_kit import define, network, tasks
from tasks_kit import run, seen

from labs.sandbox.world import delays


class TestTime:
    """With delays, a task takes its time; the sandbox's clock decides."""

    @pytest.fixture
    def later(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[float], None]]:
        now = [datetime(2026, 1, 1, tzinfo=UTC)]
        monkeypatch.setattr(delays, "current", delays.Delays(provisioning=10, pending=20))

        def pass_seconds(seconds: float) -> None:
            now[0] += timedelta(seconds=seconds)

        with clock_set_to(lambda: now[0]):
            yield pass_seconds

    def test_a_task_moves_on_when_its_time_has_come(self, prod: Any, later: Callable[[float], None]) -> None:
        (task,) = run(prod)["tasks"]
        assert seen(prod, task)["lastStatus"] == "PENDING"
        later(19)
        assert seen(prod, task)["lastStatus"] == "PENDING"
        later(1)
        assert seen(prod, task)["lastStatus"] == "RUNNING"

    def test_provisioning_takes_time_too(
        self, prod: Any, client: Callable[..., Any], later: Callable[[float], None]
    ) -> None:
        define(prod, "vpc", networkMode="awsvpc")
        (task,) = run(prod, taskDefinition="vpc", networkConfiguration=network(client, public=False))["tasks"]
        states = []
        for _ in range(4):
            states.append(seen(prod, task)["lastStatus"])
            later(10)
        assert states == ["PROVISIONING", "PENDING", "PENDING", "RUNNING"]

    def test_a_service_counts_what_is_on_its_way(self, prod: Any, later: Callable[[float], None]) -> None:
        prod.create_service(cluster="prod", serviceName="web", taskDefinition="web", desiredCount=2)
        found = prod.describe_services(cluster="prod", services=["web"])["services"][0]
        assert (found["runningCount"], found["pendingCount"]) == (0, 2)
        later(30)
        found = prod.describe_services(cluster="prod", services=["web"])["services"][0]
        assert (found["runningCount"], found["pendingCount"]) == (2, 0)

    def test_a_stopped_task_is_forgotten_after_an_hour(
        self, prod: Any, later: Callable[[float], None]
    ) -> None:
        (task,) = run(prod)["tasks"]
        prod.stop_task(cluster="prod", task=task["taskArn"])
        later(3590)
        define(prod, "any")
        assert tasks(prod, desiredStatus="STOPPED")
        later(20)
        define(prod, "any")
        assert tasks(prod, desiredStatus="STOPPED") == []
