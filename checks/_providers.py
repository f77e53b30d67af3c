"""Typed readers of ECS capacity providers, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labs.sdk import Account

from . import _autoscaling

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import CapacityProviderTypeDef

PROVIDER_READS = ("ecs:DescribeCapacityProviders",)


def provider_or_none(account: Account, name: str) -> CapacityProviderTypeDef | None:
    """The ACTIVE capacity provider of this name; a deleted one may still be described, as INACTIVE."""
    answer = account.ecs.describe_capacity_providers(capacityProviders=[name])
    found = (each for each in answer["capacityProviders"] if each["name"] == name)
    return next((each for each in found if each["status"] == "ACTIVE"), None)


def providers(account: Account) -> list[CapacityProviderTypeDef]:
    """All capacity providers of the region; boto3 has no paginator for them."""
    answer = account.ecs.describe_capacity_providers()
    found = [*answer["capacityProviders"]]
    while token := answer.get("nextToken"):
        answer = account.ecs.describe_capacity_providers(nextToken=token)
        found += answer["capacityProviders"]
    return found


def provider_names(account: Account) -> list[str]:
    """The names of all capacity providers of the region."""
    return [each["name"] for each in providers(account)]


def group_of(provider: CapacityProviderTypeDef) -> str:
    """The name of the Auto Scaling group behind a capacity provider; empty if there is none."""
    return _autoscaling.group_name(
        provider.get("autoScalingGroupProvider", {}).get("autoScalingGroupArn", "")
    )
