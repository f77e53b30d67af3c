"""The types of resources that stacks can have, by name."""

from __future__ import annotations

from labs.sandbox.cloudformation.errors import Unsupported
from labs.sandbox.cloudformation.types import (
    buckets,
    compute,
    ecs,
    firewalls,
    iam,
    load_balancing,
    messaging,
    network,
    policies,
    services,
    storage,
)
from labs.sandbox.cloudformation.types.base import Made, ResourceType

__all__ = ["IGNORED", "TYPES", "Made", "ResourceType", "resource_type"]

_MODULES = (
    ecs,
    iam,
    policies,
    network,
    firewalls,
    compute,
    load_balancing,
    storage,
    buckets,
    services,
    messaging,
)

TYPES: dict[str, ResourceType] = {each.name: each for module in _MODULES for each in module.TYPES}
IGNORED = frozenset({"AWS::CDK::Metadata"})
"""Types that make nothing on AWS either."""


def resource_type(name: str) -> ResourceType:
    """A type by its name. Raises Unsupported for one that the sandbox lacks."""
    found = TYPES.get(name)
    if found is None:
        raise Unsupported(f"The sandbox does not support resources of type {name}")
    return found
