"""Launches and terminations of Auto Scaling groups.

Groups launch from their version of the launch template with its first override, spread over their subnets.
"""

from __future__ import annotations

from typing import Any

from moto.ec2.exceptions import EC2ClientError

from labs.sandbox.ec2.instance_requirements import smallest_type
from labs.sandbox.extend import Stock, Undo, operation, patch, set_attribute, together
from labs.sandbox.source import documented, recorded, reference


@operation(
    "autoscaling", "CreateLaunchConfiguration", "moto takes silence about a public address for a refusal"
)
def create_launch_configuration(response: Any, stock: Stock) -> Any:
    """Creates a launch configuration; by default, the subnet decides whether an instance has a public address."""
    created = stock()
    if response._get_param("AssociatePublicIpAddress") is None:
        kept = response.autoscaling_backend.launch_configurations
        kept[response._get_param("LaunchConfigurationName")].associate_public_ip_address = None
    return created


@patch(
    "autoscaling:launch",
    "moto launches all instances in one subnet, and by the template's default version",
    documented("autoscaling/ec2/userguide/auto-scaling-benefits.html"),
)
def _launch_spread() -> Undo:
    from moto.autoscaling.models import FakeAutoScalingGroup

    def launch(group: Any, count_needed: int, propagated_tags: dict[str, str]) -> None:
        if any(each["ProcessName"] == "Launch" for each in group.suspended_processes):
            return
        for _ in range(count_needed):
            _launch_one(group, dict(propagated_tags))

    return set_attribute(FakeAutoScalingGroup, "replace_autoscaling_group_instances", launch)


def _launch_one(group: Any, tags: dict[str, str]) -> None:
    from moto.autoscaling.models import ASG_NAME_TAG, InstanceState

    place = _place(group)
    configuration, override = group.launch_config, _first_override(group)
    reservation = group.autoscaling_backend.ec2_backend.run_instances(
        override.get("ImageId") or group.image_id,
        1,
        group.user_data,
        group.security_groups,
        instance_type=launched_type(group),
        tags={"instance": {**group.instance_tags, **tags, ASG_NAME_TAG: group.name}},
        launch_config=configuration,
        launch_template=_template(group),
        is_instance_type_default=False,
        associate_public_ip=configuration.associate_public_ip_address if configuration else None,
        **place,
    )
    for instance in reservation.instances:
        instance.autoscaling_group = group
        protected = group.new_instances_protected_from_scale_in
        state: Any = InstanceState(instance, protected_from_scale_in=protected)
        state.weighted_capacity = override.get("WeightedCapacity")
        group.instance_states.append(state)


def launched_type(group: Any) -> str:
    """The instance type that a group launches: that of its first override, or one that meets the requirements."""
    override = _first_override(group)
    if override.get("InstanceType"):
        return str(override["InstanceType"])
    version = group.ec2_launch_template and group.ec2_launch_template.get_version(
        group.launch_template_version
    )
    data = version.data if version else {}
    requirements = override.get("InstanceRequirements") or data.get("InstanceRequirements")
    if not requirements:
        return str(group.instance_type)
    image = group.autoscaling_backend.ec2_backend.amis.get(override.get("ImageId") or group.image_id)
    found = smallest_type(requirements, getattr(image, "architecture", "x86_64"))
    if found is None:
        raise EC2ClientError("InvalidParameterValue", "No instance type satisfies the instance requirements.")
    return found


def _first_override(group: Any) -> dict[str, Any]:
    """The preferred instance type of a mixed instances policy: its first override."""
    policy = (group.mixed_instances_policy or {}).get("LaunchTemplate", {})
    return next(iter(policy.get("Overrides") or []), {})


def _place(group: Any) -> dict[str, str]:
    """The subnet, or else the zone, that has the fewest of the group's instances."""
    instances = [state.instance for state in group.instance_states]
    if group.vpc_zone_identifier:
        used = [instance.subnet_id for instance in instances]
        return {"subnet_id": min(group.vpc_zone_identifier.split(","), key=used.count)}
    zones = [instance.placement.zone for instance in instances]
    return {"placement": min(group.availability_zones, key=zones.count)}


def _template(group: Any) -> dict[str, str] | None:
    if group.ec2_launch_template is None:
        return None
    return {"LaunchTemplateId": group.ec2_launch_template.id, "Version": group.launch_template_version}


@patch(
    "autoscaling:launched by",
    "moto keeps what a group launched by before, and shows it",
    recorded("autoscaling:DescribeAutoScalingGroups"),
)
def _launch_by_one_thing() -> Undo:
    """Keeps only one of launch configuration, launch template and mixed instances policy: the one set last."""
    from moto.autoscaling.models import FakeAutoScalingGroup

    stock: Any = FakeAutoScalingGroup._set_launch_configuration
    template: Any = FakeAutoScalingGroup.launch_template

    def configure(
        group: Any, launch_config_name: Any, launch_template: Any, mixed_instances_policy: Any
    ) -> None:
        stock(group, launch_config_name, launch_template, mixed_instances_policy)
        if launch_config_name:
            group.ec2_launch_template = group.mixed_instances_policy = None
        elif launch_template or mixed_instances_policy:
            group.launch_config = group.launch_configuration_name = None

    def shown(group: Any) -> Any:
        return None if group.mixed_instances_policy else template.fget(group)

    return together(
        set_attribute(FakeAutoScalingGroup, "_set_launch_configuration", configure),
        set_attribute(FakeAutoScalingGroup, "launch_template", property(shown)),
    )


@operation(
    "autoscaling", "DeleteAutoScalingGroup", "moto leaves protected instances of a deleted group running"
)
def delete_auto_scaling_group(response: Any, stock: Stock) -> Any:
    """Deletes a group; with `ForceDelete`, also instances that are protected from scale-in."""
    groups = response.autoscaling_backend.autoscaling_groups
    group = groups.get(response._get_param("AutoScalingGroupName"))
    if group and response._get_bool_param("ForceDelete", False):
        for state in group.instance_states:
            state.protected_from_scale_in = False
    return stock()


@patch(
    "autoscaling:update",
    "moto drops a group's mixed instances policy whenever anything else is changed",
    reference("autoscaling", "UpdateAutoScalingGroup"),
)
def _keep_policy() -> Undo:
    from moto.autoscaling.models import FakeAutoScalingGroup

    stock = FakeAutoScalingGroup.update

    def update(group: Any, **changes: Any) -> None:
        launched_by = ("launch_config_name", "launch_template", "mixed_instances_policy")
        kept = group.mixed_instances_policy
        if kept is None or any(changes.get(name) for name in launched_by):
            stock(group, **changes)
            return
        stock(group, **{**changes, "mixed_instances_policy": _named_once(kept)})
        group.mixed_instances_policy = kept

    return set_attribute(FakeAutoScalingGroup, "update", update)


def _named_once(policy: dict[str, Any]) -> dict[str, Any]:
    """The policy with its template's id only: moto stores the name too, and refuses both together."""
    template = policy["LaunchTemplate"]
    specification = dict(template["LaunchTemplateSpecification"])
    if specification.get("LaunchTemplateId"):
        specification.pop("LaunchTemplateName", None)
    return {**policy, "LaunchTemplate": {**template, "LaunchTemplateSpecification": specification}}


@patch(
    "autoscaling:order",
    "moto shuffles a group's instances when it shrinks",
    documented("autoscaling/ec2/userguide/ec2-auto-scaling-termination-policies.html"),
)
def _keep_order() -> Undo:
    from moto.autoscaling.models import FakeAutoScalingGroup

    stock = FakeAutoScalingGroup.set_desired_capacity

    def set_desired_capacity(group: Any, new_capacity: int | None) -> None:
        before = list(getattr(group, "instance_states", ()))
        stock(group, new_capacity)
        kept = set(group.instance_states)
        ordered = [state for state in before if state in kept]
        group.instance_states = [
            *ordered,
            *(state for state in group.instance_states if state not in ordered),
        ]

    return set_attribute(FakeAutoScalingGroup, "set_desired_capacity", set_desired_capacity)


@patch(
    "autoscaling:shares",
    "moto rounds the shares of On-Demand and of Spot down, and launches one instance too few",
    documented("autoscaling/ec2/userguide/ec2-auto-scaling-mixed-instances-groups.html"),
)
def _launch_all() -> Undo:
    """Launches the whole desired capacity of a mixed instances policy, On-Demand and Spot, if there are no weights."""
    from moto.autoscaling.models import FakeAutoScalingGroup

    stock = FakeAutoScalingGroup.set_desired_capacity

    def set_desired_capacity(group: Any, new_capacity: int | None) -> None:
        policy = group.mixed_instances_policy
        if policy and _first_override(group).get("WeightedCapacity", "1") == "1":
            shares = {**policy.get("InstancesDistribution", {}), "OnDemandPercentageAboveBaseCapacity": 100}
            group.mixed_instances_policy = {**policy, "InstancesDistribution": shares}
        try:
            stock(group, new_capacity)
        finally:
            group.mixed_instances_policy = policy

    return set_attribute(FakeAutoScalingGroup, "set_desired_capacity", set_desired_capacity)


@operation("autoscaling", "SetInstanceProtection", "moto keeps the instances that a group was to be rid of")
def set_instance_protection(response: Any, stock: Stock) -> Any:
    """Sets scale-in protection; unprotected instances above the desired capacity are terminated."""
    answer = stock()
    group = response.autoscaling_backend.autoscaling_groups[response._get_param("AutoScalingGroupName")]
    if len(group.active_instances()) > group.desired_capacity:
        group.set_desired_capacity(group.desired_capacity)
    return answer
