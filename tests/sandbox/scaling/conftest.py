"""A service with two tasks, a scalable target, and a clock that is moved by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from clock_kit import clock_set_to
from ecs_kit import define, join
from scaling_kit import WHERE, Client, Watch


@pytest.fixture
def watch() -> Iterator[Watch]:
    made = Watch()
    with clock_set_to(lambda: made.now):
        yield made


@pytest.fixture
def prod(ecs: Any, watch: Watch) -> Any:
    """Service web with two tasks on instances with plenty of room."""
    ecs.create_cluster(clusterName="prod")
    join(3, memory=65536)
    define(ecs)
    ecs.create_service(cluster="prod", serviceName="web", taskDefinition="web", desiredCount=2)
    return ecs


@pytest.fixture
def scaling(prod: Any, client: Client) -> Any:
    """Application Auto Scaling with service web as a target of 1 to 10 tasks."""
    made = client("application-autoscaling")
    made.register_scalable_target(**WHERE, MinCapacity=1, MaxCapacity=10)
    return made
