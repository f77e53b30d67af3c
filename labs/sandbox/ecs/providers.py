"""Capacity providers: Fargate's two, which every account has, and those backed by an Auto Scaling group."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from labs.sandbox.ecs.documents import check_choice, paged, tag_list, tags_of, wants_tags
from labs.sandbox.ecs.errors import client, invalid, refusal
from labs.sandbox.ecs.records import FARGATE_PROVIDERS, Cluster, Doc, Provider
from labs.sandbox.ecs.state import Ecs
from labs.sandbox.ecs.wire import answers

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
    """A capacity provider of an Auto Scaling group, which gets ECS's tag."""
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
    """Removes a capacity provider that no cluster is associated with."""
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
    page["failures"] = [
        {"arn": name if name.startswith("arn:") else ecs.arn("capacity-provider", name), "reason": "MISSING"}
        for name, each in found
        if not each
    ]
    return page


def described(provider: Provider, *, tags: bool) -> Doc:
    """What AWS answers of a capacity provider."""
    return {**provider.doc, "tags": tag_list(provider.tags) if tags else []}


def check_associated(ecs: Ecs, names: Sequence[str]) -> list[str]:
    """The names of capacity providers that a cluster is to have. Raises InvalidParameterException."""
    found = [ecs.find_provider(name) for name in names]
    if not all(found):
        raise invalid(
            "The specified capacity provider was not found. Specify a valid capacity provider and try again."
        )
    return [provider.name for provider in found if provider]


def check_strategy(ecs: Ecs, strategy: Sequence[Doc], associated: Sequence[str]) -> list[Doc]:
    """A capacity provider strategy with its defaults filled in. Raises InvalidParameterException."""
    if len(strategy) > 20:
        raise invalid("A capacity provider strategy can contain a maximum of 20 capacity providers.")
    items = [_strategy_item(ecs, item, associated) for item in strategy]
    names = [item["capacityProvider"] for item in items]
    if len(set(names)) < len(names):
        raise invalid("The specified capacity provider strategy contains a duplicate capacity provider.")
    if sum(item["base"] > 0 for item in items) > 1:
        raise invalid(
            "Only one capacity provider in a capacity provider strategy can have a base value defined."
        )
    if len(items) > 1 and not any(item["weight"] > 0 for item in items):
        raise invalid("At least one capacity provider in the strategy must have a weight greater than 0.")
    if len({name in FARGATE_PROVIDERS for name in names}) > 1:
        raise invalid(
            "The specified capacity provider strategy cannot contain a mix of capacity providers using Auto "
            "Scaling groups and Fargate. Specify a valid strategy and try again."
        )
    return items


def _strategy_item(ecs: Ecs, item: Doc, associated: Sequence[str]) -> Doc:
    provider = ecs.find_provider(item["capacityProvider"])
    if provider is None or provider.name not in associated:
        raise invalid(
            "The specified capacity provider strategy cannot contain a capacity provider that is not associated "
            "with the cluster. Associate the capacity provider with the cluster or specify a valid capacity "
            "provider and try again."
        )
    # The API model says that the weight is 0 where none is given; a strategy of one provider works all the same.
    weight, base = item.get("weight", 0), item.get("base", 0)
    if not 0 <= weight <= 1000 or not 0 <= base <= 100_000:
        raise invalid("The weight must be between 0 and 1000, the base between 0 and 100000.")
    return {"capacityProvider": provider.name, "weight": weight, "base": base}


def group_instances(ecs: Ecs, provider: Provider) -> frozenset[str]:
    """The ids of the EC2 instances that the provider's Auto Scaling group holds."""
    group = next((each for each in _groups(ecs) if each.arn == provider.group_arn), None)
    return frozenset(state.instance.id for state in group.instance_states) if group else frozenset()


def provider_of(ecs: Ecs, cluster: Cluster, instance_id: str) -> str | None:
    """The cluster's capacity provider whose group holds the EC2 instance."""
    for name in cluster.doc["capacityProviders"]:
        provider = ecs.providers.get(name)
        if provider and provider.group_arn and instance_id in group_instances(ecs, provider):
            return provider.name
    return None


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
    """Applies what the request gives, after it was checked as a whole."""
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


def _groups(ecs: Ecs) -> list[Any]:
    from moto.autoscaling.models import autoscaling_backends

    return list(autoscaling_backends[ecs.account][ecs.region].autoscaling_groups.values())


def _group(ecs: Ecs, arn: str) -> Any:
    """The Auto Scaling group. Raises ClientException where it does not exist."""
    for group in _groups(ecs):
        if arn in (group.arn, group.name):
            return group
    raise client(
        "The specified Auto Scaling group ARN is invalid. Specify a valid Auto Scaling group ARN and try again."
    )


def _tag(ecs: Ecs, group: Any) -> None:
    """Marks the group as ECS does, which hands the tag on to its instances."""
    from moto.autoscaling.models import autoscaling_backends

    tag: dict[str, Any] = {"ResourceId": group.name, "ResourceType": "auto-scaling-group"}
    tag |= {"Key": MANAGED_TAG, "Value": "", "PropagateAtLaunch": True}
    autoscaling_backends[ecs.account][ecs.region].create_or_update_tags([tag])
