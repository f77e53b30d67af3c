"""A cluster with three instances."""

from __future__ import annotations

from typing import Any

import pytest
from ecs_kit import (
    define,
    join,
)


@pytest.fixture
def prod(ecs: Any) -> Any:
    """A cluster with three instances in three zones and a task definition `web`."""
    ecs.create_cluster(clusterName="prod")
    join(3)
    define(ecs)
    return ecs
