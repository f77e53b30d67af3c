"""A cluster, and an instance profile that may register."""

from __future__ import annotations

import pytest
from agent_kit import (
    REGISTER,
    Client,
    allow,
    profile,
)


@pytest.fixture
def world(aws: None, client: Client) -> Client:
    """Cluster labs, and a profile `good` whose role may register."""
    client("ecs").create_cluster(clusterName="labs")
    profile(client, "good", allow(*REGISTER))
    return client
