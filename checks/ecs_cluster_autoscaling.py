"""Scale a cluster with its tasks: a capacity provider that manages an Auto Scaling group."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from labs.sdk import Account, CannotTell, Failed, Names, Objective, Outcome, Passed, iam_roles, userdata

from . import _agent, _autoscaling, _ec2, _ecs, _leftovers, _providers

if TYPE_CHECKING:
    from mypy_boto3_autoscaling.type_defs import AutoScalingGroupTypeDef
    from mypy_boto3_ecs.type_defs import AutoScalingGroupProviderTypeDef

INSTANCES = 2
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
            expected=f"an ACTIVE capacity provider {name}",
            hint="Check the name of the capacity provider and the Region.",
            near=account.nearby(name, _providers.provider_names),
        )
    backing = provider.get("autoScalingGroupProvider")
    if backing:
        group = _autoscaling.group_name(backing["autoScalingGroupArn"])
        return Passed(
            f"{name} is ACTIVE with Auto Scaling group {group}",
            evidence="capacityProviders[0].autoScalingGroupProvider.autoScalingGroupArn",
        )
    return Failed(
        found=f"{name} has no Auto Scaling group",
        expected="a capacity provider with an Auto Scaling group",
        hint="There are several kinds of capacity providers: this lab needs one for an Auto Scaling group.",
        evidence="capacityProviders[0]",
    )


def group_can_grow(account: Account, lab: Names) -> Outcome:
    """The group exists and can grow to at least 2 instances."""
    arn = _backing(account, lab)["autoScalingGroupArn"]
    name = _autoscaling.group_name(arn)
    group = _autoscaling.group_or_none(account, arn)
    if group is None:
        return Failed(
            found=f"Auto Scaling group {name} does not exist",
            expected=f"Auto Scaling group {name}",
            hint="The capacity provider still has the ARN of a group that was deleted.",
            evidence="AutoScalingGroups",
        )
    if unit := _autoscaling.unit_of_size(group):
        raise CannotTell(f"the size of {name} counts {unit}, so its number of instances is not known")
    most = group["MaxSize"]
    suspended = any(each["ProcessName"] == "Launch" for each in group.get("SuspendedProcesses", []))
    at = ("AutoScalingGroups[0].MaxSize", "AutoScalingGroups[0].SuspendedProcesses[].ProcessName")
    weight = _autoscaling.least_weight(group)
    grows = f"{name} has maximum size {most}"
    if most >= INSTANCES * weight and not suspended:
        return Passed(grows, evidence=at)
    if weight > 1:
        grows = f"{grows}; each instance counts as {weight} or more"
    return Failed(
        found=f"process Launch of {name} is suspended" if suspended else grows,
        expected=f"room for {INSTANCES} instances or more, and process Launch not suspended",
        hint="Managed scaling changes the desired capacity of the group: check the settings that limit it.",
        evidence=at,
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
        expected=f"managed scaling ENABLED with target capacity {TARGET}",
        hint="Check the managed scaling settings of the capacity provider: the status and the target capacity.",
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
        expected="managed termination protection ENABLED, and new instances of the group protected from scale-in",
        hint="Two resources have a setting for it: check the capacity provider and the Auto Scaling group.",
        evidence=at,
    )


def cluster_uses_it_by_default(account: Account, lab: Names) -> Outcome:
    """The cluster has the provider in its default strategy."""
    name, provider = lab["cluster"], lab["provider"]
    cluster = _ecs.active_cluster(account, name)
    if cluster is None:
        return _ecs.cluster_is_active(account, name)
    strategy = cluster.get("defaultCapacityProviderStrategy", [])
    items = [each for each in strategy if each["capacityProvider"] == provider]
    used = any(each.get("weight", 0) or each.get("base", 0) for each in items)
    runs = any(each.get("weight", 0) for each in strategy)
    at = ("clusters[0].capacityProviders", "clusters[0].defaultCapacityProviderStrategy")
    if used and runs:
        return Passed(f"the default strategy of {name} has {provider}", evidence=at)
    summary = ", ".join(f"{each['capacityProvider']} (weight {each.get('weight', 0)})" for each in strategy)
    return Failed(
        found=f"default strategy of {name}: {summary or 'none'}; associated: "
        + (", ".join(cluster.get("capacityProviders", [])) or "no capacity provider"),
        expected=f"{provider} in the default strategy of {name}, with a weight",
        hint="Tasks without a launch type and a strategy use the default strategy: check its providers and weights.",
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
                expected=f"an ECS-optimized AMI, a role that is allowed to register, and ECS_CLUSTER={lab['cluster']}",
                hint="Check the AMI, the instance type, the instance profile and the user data that the group uses.",
            )
    if not launches:
        raise CannotTell("the group has neither a launch template nor a launch configuration")
    names = dict.fromkeys(each.name for each in launches)
    return Passed(f"instances of {' and '.join(names)} join {lab['cluster']}")


def _what_is_wrong(account: Account, cluster: str, launch: _autoscaling.LaunchSettings) -> Iterator[str]:
    """The reasons why an instance does not join, as phrases."""
    if not launch.image:
        yield "it has no AMI"
        return
    image = None if launch.parameter else _ec2.image_or_none(account, launch.image)
    if not (image or launch.parameter):
        yield f"AMI {launch.image} does not exist"
        return
    if launch.by_aws_parameter and not launch.by_ecs_parameter:
        yield f"parameter {launch.parameter} names no ECS-optimized AMI"
        return
    if launch.parameter and not launch.by_ecs_parameter:
        raise CannotTell(
            f"{launch.name} takes its AMI from parameter {launch.parameter}, which can name any AMI"
        )
    if image and not _ec2.is_ecs_optimized(image):
        yield f"{_ec2.image_text(image)} is not ECS-optimized"
    text = _ec2.image_text(image) if image else launch.parameter
    yield from _wrong_type(
        account, launch.type, text, image["Architecture"] if image else launch.parameter_architecture
    )
    yield from _wrong_role(account, cluster, launch.profile)
    if not launch.metadata:
        yield "its instance metadata service is disabled, so the agent gets no credentials"
    own = f":ecs:{account.region}:{account.id}:cluster/{cluster}"
    yield from _wrong_boot(cluster, own, launch.boot, text)


def _wrong_type(account: Account, instance_type: str, image: str, architecture: str) -> Iterator[str]:
    """An instance type that the image cannot run on; the group may name none, and leave the choice to EC2."""
    supported = _ec2.architectures(account, instance_type) if instance_type else [architecture]
    if not supported:
        yield f"instance type {instance_type} does not exist in {account.region}"
    elif architecture not in supported:
        yield f"{image} is for {architecture}, and {instance_type} is {' or '.join(supported)}"


def _wrong_role(account: Account, cluster: str, profile: str) -> Iterator[str]:
    role = _ec2.role_in_profile(account, profile) if profile else None
    if not profile:
        yield "it has no instance profile"
    elif role is None:
        yield f"instance profile {profile.rpartition('/')[2]} has no role, or does not exist"
    else:
        wrong = iam_roles.why_not_trusted(account, role, iam_roles.EC2) or _agent.why_not_register(
            account, role, cluster
        )
        if wrong:
            yield wrong


def _wrong_boot(cluster: str, arn: str, boot: userdata.Boot, image: str) -> Iterator[str]:
    """Faults of user data; it names the cluster, or its ARN, which agents take too (amazon-ecs-agent#750)."""
    system = next((each for each in _OTHER_SYSTEMS if each.lower() in image.lower()), userdata.LINUX)
    if boot.system != system and (boot.script or boot.config):
        yield f"its user data is for {boot.system}, and its AMI is {image}"
    named = _ec2.setting(boot, "ECS_CLUSTER")
    if (named or "default") != cluster and not (named.startswith("arn:") and named.endswith(arn)):
        why = (
            " (#! must be the first characters of a script)"
            if system == userdata.LINUX and not boot.script
            else ""
        )
        sets = (
            f"sets the cluster to {named}" if named else f"sets no cluster{why}, so the agent joins default"
        )
        yield f"its user data {sets}"
    if boot.agent_stopped:
        yield "its user data stops the agent"
    if boot.deadlock:
        yield f"`{boot.deadlock}` in its user data waits for the agent, which waits for the user data to end"


def _backing(account: Account, lab: Names) -> AutoScalingGroupProviderTypeDef:
    provider = _providers.provider_or_none(account, lab["provider"])
    if provider is None or "autoScalingGroupProvider" not in provider:
        raise CannotTell(f"capacity provider {lab['provider']} was deleted during the check")
    return provider["autoScalingGroupProvider"]


def _the_group(account: Account, lab: Names) -> AutoScalingGroupTypeDef:
    arn = _backing(account, lab)["autoScalingGroupArn"]
    group = _autoscaling.group_or_none(account, arn)
    if group is None:
        raise CannotTell(f"Auto Scaling group {_autoscaling.group_name(arn)} was deleted during the check")
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
LEFTOVERS = (
    _leftovers.of(
        *_leftovers.CLUSTER,
        *_leftovers.HOSTS,
        *_leftovers.GROUPS,
        *_leftovers.DEFINITIONS,
        "capacity provider",
        cluster=["{cluster}"],
        capacity_provider=["{provider}"],
        templates_named=["{cluster}"],
        role=["{cluster}-instance"],
    ),
)
OBJECTIVES = (
    Objective("provider", provider_is_active),
    Objective("group", group_can_grow, needs=("provider",)),
    Objective("managed-scaling", scaling_is_managed, needs=("provider",)),
    Objective("termination-protection", busy_instances_are_protected, needs=("group",)),
    Objective("cluster-strategy", cluster_uses_it_by_default, needs=("provider",)),
    Objective("joins", its_instances_join, needs=("group",)),
)
