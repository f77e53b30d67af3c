"""Let a cluster grow by itself: a capacity provider that manages an Auto Scaling group."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from labs.sdk import Account, CannotTell, Failed, Names, Objective, Outcome, Passed, userdata

from . import _agent, _autoscaling, _ec2, _ecs, _iam, _leftovers, _providers

if TYPE_CHECKING:
    from mypy_boto3_autoscaling.type_defs import AutoScalingGroupTypeDef
    from mypy_boto3_ecs.type_defs import AutoScalingGroupProviderTypeDef

LEAST_MAXIMUM = 2
TARGET = 80
_OTHER_SYSTEMS = ("Bottlerocket", "Windows")
"""Systems of ECS-optimized images whose user data is no shell script."""


def provider_is_active(account: Account, lab: Names) -> Outcome:
    """The capacity provider is ACTIVE and backed by an Auto Scaling group."""
    name = lab["provider"]
    provider = _providers.provider_or_none(account, name)
    if provider is None:
        return Failed(
            found=f"no ACTIVE capacity provider {name} in {account.region}",
            expected=f"capacity provider {name}, ACTIVE",
            hint="What stands between a cluster and the group that starts its instances?",
            near=account.nearby(name, _providers.provider_names),
        )
    backing = provider.get("autoScalingGroupProvider")
    if backing:
        group = backing["autoScalingGroupArn"].rpartition("/")[2]
        return Passed(
            f"{name} is ACTIVE, backed by {group}",
            evidence="capacityProviders[0].autoScalingGroupProvider.autoScalingGroupArn",
        )
    return Failed(
        found=f"{name} is not backed by an Auto Scaling group",
        expected="an Auto Scaling group behind it",
        hint="There are several kinds of capacity providers. Which one starts instances of yours?",
        evidence="capacityProviders[0]",
    )


def group_can_grow(account: Account, lab: Names) -> Outcome:
    """The group exists and can grow to at least 2 instances."""
    arn = _backing(account, lab)["autoScalingGroupArn"]
    name = arn.rpartition("/")[2]
    group = _autoscaling.group_or_none(account, arn)
    if group is None:
        return Failed(
            found=f"Auto Scaling group {name} is gone",
            expected=f"Auto Scaling group {name}",
            hint="A provider keeps the ARN of its group, and not the group.",
            evidence="AutoScalingGroups",
        )
    most = group["MaxSize"]
    if most >= LEAST_MAXIMUM:
        return Passed(f"{name} can grow to {most} instances", evidence="AutoScalingGroups[0].MaxSize")
    return Failed(
        found=f"{name} can grow to {most} instance{'s' if most != 1 else ''}",
        expected=f"at least {LEAST_MAXIMUM}",
        hint="Managed scaling moves the group's desired capacity. What holds it back?",
        evidence="AutoScalingGroups[0].MaxSize",
    )


def scaling_is_managed(account: Account, lab: Names) -> Outcome:
    """Managed scaling is ENABLED with target capacity 80."""
    scaling = _backing(account, lab).get("managedScaling", {})
    status, target = scaling.get("status", "DISABLED"), scaling.get("targetCapacity", 100)
    summary = f"managed scaling is {status} with target capacity {target}"
    at = "capacityProviders[0].autoScalingGroupProvider.managedScaling"
    if status == "ENABLED" and target == TARGET:
        return Passed(summary, evidence=at)
    return Failed(
        found=summary,
        expected=f"ENABLED, with target capacity {TARGET}",
        hint="Who changes the group's desired capacity, and how much of it should stay free for what comes next?",
        evidence=at,
    )


def busy_instances_are_protected(account: Account, lab: Names) -> Outcome:
    """Managed termination protection is ENABLED, and the group protects new instances from scale-in."""
    managed = _backing(account, lab).get("managedTerminationProtection", "DISABLED")
    group = _the_group(account, lab)
    protected = group.get("NewInstancesProtectedFromScaleIn", False)
    summary = (
        f"managed termination protection is {managed}; new instances of {group['AutoScalingGroupName']} are "
        f"{'protected' if protected else 'not protected'} from scale-in"
    )
    at = (
        "capacityProviders[0].autoScalingGroupProvider.managedTerminationProtection",
        "AutoScalingGroups[0].NewInstancesProtectedFromScaleIn",
    )
    if managed == "ENABLED" and protected:
        return Passed(summary, evidence=at)
    return Failed(
        found=summary,
        expected="ENABLED on the provider, and protection for new instances on the group",
        hint="Who picks the instance that goes when the group shrinks, and does it know about your tasks?",
        evidence=at,
    )


def cluster_uses_it_by_default(account: Account, lab: Names) -> Outcome:
    """The cluster has the provider in its default strategy."""
    name, provider = lab["cluster"], lab["provider"]
    cluster = _ecs.active_cluster(account, name)
    if cluster is None:
        return _ecs.cluster_is_active(account, name)
    strategy = cluster["defaultCapacityProviderStrategy"]
    items = [each for each in strategy if each["capacityProvider"] == provider]
    used = any(each.get("weight", 0) or each.get("base", 0) or len(strategy) == 1 for each in items)
    at = ("clusters[0].capacityProviders", "clusters[0].defaultCapacityProviderStrategy")
    if used:
        return Passed(f"{provider} is in the default strategy of {name}", evidence=at)
    summary = ", ".join(f"{each['capacityProvider']} (weight {each.get('weight', 0)})" for each in strategy)
    return Failed(
        found=f"default strategy of {name}: {summary or 'none'}; associated: "
        + (", ".join(cluster["capacityProviders"]) or "no capacity provider"),
        expected=f"{provider} in the default strategy of {name}",
        hint="A provider belongs to the account. What makes a cluster use it where nobody says otherwise?",
        evidence=at,
    )


def its_instances_join(account: Account, lab: Names) -> Outcome:
    """The group's instances boot an ECS-optimized AMI, have an instance profile, and join the cluster."""
    launches = _autoscaling.launches_of(account, _the_group(account, lab))
    for launch in launches:
        wrong = next(_what_is_wrong(account, lab["cluster"], launch), "")
        if wrong:
            return Failed(
                found=f"{launch.name}: {wrong}",
                expected=f"an ECS-optimized AMI, a role that may register, and ECS_CLUSTER={lab['cluster']}",
                hint="Imagine one instance of the group at its first boot. What does its agent find, step by step?",
            )
    if not launches:
        raise CannotTell("the group names neither a launch template nor a launch configuration")
    return Passed(f"instances of {' and '.join(each.name for each in launches)} join {lab['cluster']}")


def _what_is_wrong(account: Account, cluster: str, launch: _autoscaling.Launch) -> Iterator[str]:
    """All that keeps an instance from joining, as phrases."""
    yield from _wrong_image(account, launch)
    role = _ec2.role_in_profile(account, launch.profile) if launch.profile else None
    if not launch.profile:
        yield "no instance profile"
    elif role is None:
        yield f"instance profile {launch.profile.rpartition('/')[2]} holds no role, or does not exist"
    else:
        wrong = _iam.why_not_trusted(account, role, _agent.EC2) or _agent.why_not_register(
            account, role, cluster
        )
        if wrong:
            yield wrong
    system = launch.parameter or _ec2.image_text(_ec2.image_of(account, launch.image))
    found = next((each for each in _OTHER_SYSTEMS if each.lower() in system.lower()), userdata.LINUX)
    if launch.boot.system != found and (launch.boot.script or launch.boot.config):
        yield f"its user data is for {launch.boot.system}, and it boots {system}"
    named = _ec2.setting(launch.boot, "ECS_CLUSTER") or "default"
    if named != cluster:
        yield f"its user data leaves the agent in cluster {named}"
    if launch.boot.agent_stopped:
        yield "its user data stops the agent"
    if launch.boot.deadlock:
        yield f"`{launch.boot.deadlock}` in its user data waits for the agent, which waits for the user data to end"


def _wrong_image(account: Account, launch: _autoscaling.Launch) -> Iterator[str]:
    if launch.by_ecs_parameter:
        return
    if launch.parameter:
        raise CannotTell(
            f"{launch.name} takes its image from parameter {launch.parameter}, which may name any"
        )
    if not launch.image:
        yield "no image"
        return
    image = _ec2.image_of(account, launch.image)
    if not _ec2.is_ecs_optimized(image):
        yield f"{_ec2.image_text(image)} is not ECS-optimized"


def _backing(account: Account, lab: Names) -> AutoScalingGroupProviderTypeDef:
    provider = _providers.provider_or_none(account, lab["provider"])
    if provider is None or "autoScalingGroupProvider" not in provider:
        raise CannotTell(f"capacity provider {lab['provider']} has gone while it was looked at")
    return provider["autoScalingGroupProvider"]


def _the_group(account: Account, lab: Names) -> AutoScalingGroupTypeDef:
    arn = _backing(account, lab)["autoScalingGroupArn"]
    group = _autoscaling.group_or_none(account, arn)
    if group is None:
        raise CannotTell(f"Auto Scaling group {arn.rpartition('/')[2]} has gone while it was looked at")
    return group


READS = (
    *_providers.PROVIDER_READS,
    *_autoscaling.GROUP_READS,
    *_autoscaling.LAUNCH_READS,
    *_ecs.CLUSTER_READS,
    *_ec2.IMAGE_READS,
    *_agent.ROLE_READS,
    "ecs:ListServices",
)
LEFTOVERS = (_leftovers.provider(), _leftovers.cluster(instances=False))
OBJECTIVES = (
    Objective("provider", provider_is_active),
    Objective("group", group_can_grow, needs=("provider",)),
    Objective("managed-scaling", scaling_is_managed, needs=("provider",)),
    Objective("termination-protection", busy_instances_are_protected, needs=("group",)),
    Objective("cluster-strategy", cluster_uses_it_by_default, needs=("provider",)),
    Objective("joins", its_instances_join, needs=("group",)),
)
