"""Capacity providers: FARGATE and FARGATE_SPOT, which every account has, and those with an Auto Scaling group."""

from __future__ import annotations

import re
from typing import Any

from labs.sandbox.ecs.api.handlers import answers
from labs.sandbox.ecs.launch.linked_role import require_linked_role
from labs.sandbox.ecs.launch.provider_groups import groups_of
from labs.sandbox.ecs.model.documents import check_choice, paged, tag_list, tags_of, wants_tags
from labs.sandbox.ecs.model.errors import client, invalid, refusal
from labs.sandbox.ecs.model.records import FARGATE_PROVIDERS, Doc, Provider
from labs.sandbox.ecs.model.state import Ecs

MANAGED_TAG = "AmazonECSManaged"
_NAME = re.compile(r"(?!aws|ecs|fargate)[a-z0-9_-]{1,255}", re.IGNORECASE)
_BAD_NAME = (
    "The specified capacity provider name is invalid. Up to 255 characters are allowed, including letters "
    "(upper and lowercase), numbers, underscores, and hyphens. The name cannot be prefixed with "
    '"aws", "ecs", or "fargate". Specify a valid name and try again.'
)
_UNPROTECTED = (
    "The managed termination protection setting for the capacity provider is invalid. To enable managed "
    "termination protection for a capacity provider, the Auto Scaling group must have instance protection "
    "from scale in enabled."
)
_SCALING_DEFAULTS = {
    "status": "DISABLED",
    "targetCapacity": 100,
    "minimumScalingStepSize": 1,
    "maximumScalingStepSize": 10000,
    "instanceWarmupPeriod": 300,
}
_SCALING_RANGES = {
    "targetCapacity": (1, 100),
    "minimumScalingStepSize": (1, 10000),
    "maximumScalingStepSize": (1, 10000),
    "instanceWarmupPeriod": (0, 10000),
}


@answers(
    "CreateCapacityProvider",
    "moto takes reserved names and groups that do not exist, and does not tag the group",
)
def create_capacity_provider(ecs: Ecs, request: Doc) -> Doc:
    """Creates a capacity provider for an Auto Scaling group, and adds ECS's tag to the group."""
    name = request["name"]
    if not _NAME.fullmatch(name):
        raise client(_BAD_NAME)
    if name in ecs.providers:
        raise client(
            "The specified capacity provider already exists. To change the configuration of an existing "
            "capacity provider, update the capacity provider."
        )
    given = request.get("autoScalingGroupProvider")
    if not given:
        raise client("An autoScalingGroupProvider must be specified to create the capacity provider.")
    group = _group(ecs, given["autoScalingGroupArn"])
    if any(each.group_arn == group.arn for each in ecs.providers.values()):
        raise client("The specified Auto Scaling group is already in use by another capacity provider.")
    require_linked_role(ecs)
    provider = Provider(_document(ecs, name, group.arn), tags_of(request))
    _configure(provider, given, group)
    provider.doc["updateStatus"] = "CREATE_COMPLETE"
    ecs.providers[name] = provider
    _tag(ecs, group)
    return {"capacityProvider": described(provider, tags=True)}


@answers("UpdateCapacityProvider", "moto does not validate the change")
def update_capacity_provider(ecs: Ecs, request: Doc) -> Doc:
    """Changes managed scaling, termination protection or draining."""
    provider = _own(ecs, request["name"])
    _configure(provider, request["autoScalingGroupProvider"], _group(ecs, provider.group_arn or ""))
    provider.doc["updateStatus"] = "UPDATE_COMPLETE"
    return {"capacityProvider": described(provider, tags=True)}


@answers("DeleteCapacityProvider", "moto deletes a capacity provider that a cluster uses")
def delete_capacity_provider(ecs: Ecs, request: Doc) -> Doc:
    """Deletes a capacity provider that is not associated with any cluster."""
    provider = _own(ecs, request["capacityProvider"])
    if any(provider.name in cluster.doc["capacityProviders"] for cluster in ecs.active_clusters()):
        raise client(
            "The specified capacity provider is in use by a cluster and cannot be deleted. "
            "Disassociate it from the cluster and try again."
        )
    del ecs.providers[provider.name]
    provider.doc |= {"status": "INACTIVE", "updateStatus": "DELETE_COMPLETE"}
    return {"capacityProvider": described(provider, tags=True)}


@answers("DescribeCapacityProviders", "moto does not know FARGATE and FARGATE_SPOT")
def describe_capacity_providers(ecs: Ecs, request: Doc) -> Doc:
    """Capacity providers by name or ARN, or all of them."""
    names = request.get("capacityProviders") or list(ecs.providers)
    found = [(name, ecs.find_provider(name)) for name in names]
    page = paged([each.name for _, each in found if each], request, "capacityProviders", default=10)
    page["capacityProviders"] = [
        described(ecs.providers[name], tags=wants_tags(request)) for name in page["capacityProviders"]
    ]
    page["failures"] = ecs.missing("capacity-provider", found)
    return page


def described(provider: Provider, *, tags: bool) -> Doc:
    """A capacity provider as AWS describes it."""
    return {**provider.doc, "tags": tag_list(provider.tags) if tags else []}


def _document(ecs: Ecs, name: str, group_arn: str) -> Doc:
    return {
        "capacityProviderArn": ecs.arn("capacity-provider", name),
        "name": name,
        "status": "ACTIVE",
        "type": "EC2_AUTOSCALING",
        "autoScalingGroupProvider": {
            "autoScalingGroupArn": group_arn,
            "managedScaling": dict(_SCALING_DEFAULTS),
            "managedTerminationProtection": "DISABLED",
            "managedDraining": "ENABLED",
        },
    }


def _configure(provider: Provider, given: Doc, group: Any) -> None:
    """Validates the configuration in a request as a whole, and applies it."""
    before = provider.doc["autoScalingGroupProvider"]
    scaling = {**before["managedScaling"], **(given.get("managedScaling") or {})}
    protection = given.get("managedTerminationProtection") or before["managedTerminationProtection"]
    draining = given.get("managedDraining") or before["managedDraining"]
    check_choice("managedScaling.status", scaling["status"], ("ENABLED", "DISABLED"))
    check_choice("managedTerminationProtection", protection, ("ENABLED", "DISABLED"))
    check_choice("managedDraining", draining, ("ENABLED", "DISABLED"))
    for name, (least, most) in _SCALING_RANGES.items():
        if not least <= scaling[name] <= most:
            raise client(f"The managed scaling setting {name} must be between {least} and {most}.")
    if scaling["minimumScalingStepSize"] > scaling["maximumScalingStepSize"]:
        raise client("The minimumScalingStepSize must not be greater than the maximumScalingStepSize.")
    if protection == "ENABLED" and scaling["status"] != "ENABLED":
        raise client(
            "To enable managed termination protection for a capacity provider, managed scaling must be enabled."
        )
    if protection == "ENABLED" and not group.new_instances_protected_from_scale_in:
        raise client(_UNPROTECTED)
    before |= {
        "managedScaling": scaling,
        "managedTerminationProtection": protection,
        "managedDraining": draining,
    }


def _own(ecs: Ecs, name: str) -> Provider:
    """A capacity provider that is not Fargate's."""
    provider = ecs.find_provider(name)
    if provider is None:
        raise invalid(
            "The specified capacity provider was not found. Specify a valid name or ARN and try again."
        )
    if provider.name in FARGATE_PROVIDERS:
        raise refusal(
            "InvalidParameterException", "The specified capacity provider is reserved and cannot be changed."
        )
    return provider


def _group(ecs: Ecs, arn: str) -> Any:
    """The Auto Scaling group. Raises ClientException if it does not exist."""
    for group in groups_of(ecs):
        if arn in (group.arn, group.name):
            return group
    raise client(
        "The specified Auto Scaling group ARN is invalid. Specify a valid Auto Scaling group ARN and try again."
    )


def _tag(ecs: Ecs, group: Any) -> None:
    """Adds ECS's tag to the group, which propagates it to its instances, unless the group has one of its own.

    (terraform-provider-aws, documentation of aws_ecs_capacity_provider.)
    """
    if any(each["Key"] == MANAGED_TAG for each in group.tags):
        return
    from moto.autoscaling.models import autoscaling_backends

    tag: dict[str, Any] = {"ResourceId": group.name, "ResourceType": "auto-scaling-group"}
    tag |= {"Key": MANAGED_TAG, "Value": "", "PropagateAtLaunch": True}
    autoscaling_backends[ecs.account][ecs.region].create_or_update_tags([tag])
