"""The Auto Scaling groups of capacity providers, and the EC2 instances in them."""

from __future__ import annotations

from typing import Any

from labs.sandbox.ecs.model.records import Cluster, Provider
from labs.sandbox.ecs.model.state import Ecs


def group_instances(ecs: Ecs, provider: Provider) -> frozenset[str]:
    """The ids of the EC2 instances in the provider's Auto Scaling group."""
    group = next((each for each in groups_of(ecs) if each.arn == provider.group_arn), None)
    return frozenset(state.instance.id for state in group.instance_states) if group else frozenset()


def provider_of(ecs: Ecs, cluster: Cluster, instance_id: str) -> str | None:
    """The cluster's capacity provider whose group contains the EC2 instance."""
    for name in cluster.doc["capacityProviders"]:
        provider = ecs.providers.get(name)
        if provider and provider.group_arn and instance_id in group_instances(ecs, provider):
            return provider.name
    return None


def groups_of(ecs: Ecs) -> list[Any]:
    """The Auto Scaling groups of the account in the region."""
    from moto.autoscaling.models import autoscaling_backends

    return list(autoscaling_backends[ecs.account][ecs.region].autoscaling_groups.values())
