"""The resource types that stacks can have, by name."""

from __future__ import annotations

from labs.errors import Unsupported
from labs.sandbox.cloudformation.types import (
    buckets,
    compute,
    dhcp,
    ecs,
    firewalls,
    iam,
    load_balancing,
    messaging,
    monitoring,
    network,
    policies,
    services,
    storage,
)
from labs.sandbox.cloudformation.types.base import Made, ResourceType

__all__ = ["IGNORED", "TYPES", "Made", "ResourceType", "must_become_steady", "resource_type"]

_MODULES = (
    ecs,
    iam,
    policies,
    network,
    dhcp,
    firewalls,
    compute,
    load_balancing,
    storage,
    buckets,
    services,
    messaging,
    monitoring,
)

TYPES: dict[str, ResourceType] = {each.name: each for module in _MODULES for each in module.TYPES}
IGNORED = frozenset({"AWS::CDK::Metadata"})
"""Types that create nothing on AWS either."""


_NO_CODE = (
    ": it runs no code. The AWS CDK adds such resources for features that can be switched off: the context key "
    '"@aws-cdk/aws-ec2:restrictDefaultSecurityGroup": false in cdk.json, managed termination protection or managed '
    "draining of an AsgCapacityProvider in place of its drain hook"
)
_WHY = {
    "AWS::CloudFormation::CustomResource": _NO_CODE,
    "AWS::CloudFormation::Stack": ": deploy the templates of nested stacks one by one",
    "AWS::CloudFormation::WaitCondition": ": nobody sends its signals",
    "AWS::Lambda::": _NO_CODE,
    "AWS::ServiceDiscovery::": ": it has no DNS",
    "Custom::": _NO_CODE,
}
"""By prefix of the type: why it is not supported, or what to use instead."""


def must_become_steady(name: str) -> bool:
    """Whether resources of a type may take time to become stable after they were created."""
    return name in TYPES and TYPES[name].waits


def resource_type(name: str) -> ResourceType:
    """The type with this name. Raises Unsupported if the sandbox lacks it."""
    found = TYPES.get(name)
    if found is None:
        why = next((why for start, why in _WHY.items() if name.startswith(start)), "")
        raise Unsupported(f"The sandbox does not support resources of type {name}{why}")
    return found
