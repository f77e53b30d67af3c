"""Typed readers of Auto Scaling groups: by ARN, and what their instances boot from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from labs.sdk import Account, first_of, userdata

if TYPE_CHECKING:
    from mypy_boto3_autoscaling.type_defs import AutoScalingGroupTypeDef

GROUP_READS = ("autoscaling:DescribeAutoScalingGroups",)
LAUNCH_READS = (
    "ec2:DescribeLaunchTemplateVersions",
    "ec2:DescribeInstanceTypes",
    "autoscaling:DescribeLaunchConfigurations",
)

_NO_TEMPLATE = frozenset(
    {
        "InvalidLaunchTemplateId.NotFound",
        "InvalidLaunchTemplateName.NotFoundException",
        "InvalidLaunchTemplateId.VersionNotFound",
    }
)
_IMAGE_BY_PARAMETER = "resolve:ssm:"
_ECS_PARAMETERS = re.compile(
    r"/aws/service/(ecs/optimized-ami/|bottlerocket/aws-ecs-|ami-windows-latest/Windows_Server-.+-ECS_Optimized)"
    r".*/image_id(:.+)?"
)
"""Parameters that hold the ID of an AMI; `recommended` itself holds a JSON document, which EC2 cannot resolve."""


class LaunchSettings(msgspec.Struct, frozen=True):
    """The launch settings of a group's instances: image, instance profile (name or ARN), user data and type.

    What is not set is empty; so is the type where the group asks for attributes of one. `name` says where this is
    written; `boot` is what the user data does at the first start; `metadata` is whether the instance metadata service,
    which hands out the credentials of the role, is on.
    """

    name: str
    image: str
    profile: str
    boot: userdata.Boot
    type: str = ""
    metadata: bool = True

    @property
    def parameter(self) -> str:
        """The parameter that names the image at launch, where the image is given by one."""
        given = self.image.startswith(_IMAGE_BY_PARAMETER)
        return self.image.removeprefix(_IMAGE_BY_PARAMETER) if given else ""

    @property
    def by_ecs_parameter(self) -> bool:
        """Whether the image is one that AWS recommends for ECS, whichever that is at launch."""
        return _ECS_PARAMETERS.fullmatch(self.parameter) is not None

    @property
    def by_aws_parameter(self) -> bool:
        """Whether AWS publishes the parameter, so that its name says what it holds."""
        return self.parameter.startswith("/aws/service/")

    @property
    def parameter_architecture(self) -> str:
        """The architecture of the images that such a parameter names."""
        return "arm64" if "/arm64/" in self.parameter else "x86_64"


def group_or_none(account: Account, arn: str) -> AutoScalingGroupTypeDef | None:
    """The Auto Scaling group of this ARN, or of this name, which ECS takes as well; one being deleted is gone."""
    answer = account.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group_name(arn)])
    found = (
        group
        for group in answer["AutoScalingGroups"]
        if arn in (group["AutoScalingGroupARN"], group["AutoScalingGroupName"])
    )
    return next((group for group in found if not group.get("Status")), None)


def group_name(arn: str) -> str:
    """The name of a group, by its ARN or its name."""
    return arn.rpartition("autoScalingGroupName/")[2]


def least_weight(group: AutoScalingGroupTypeDef) -> int:
    """How much of a group's size its lightest instance takes up: 1, unless its overrides give weights.

    Source: "Configure an Auto Scaling group to use instance weights" of the user guide of EC2 Auto Scaling.
    """
    overrides = group.get("MixedInstancesPolicy", {}).get("LaunchTemplate", {}).get("Overrides", [])
    return min((int(each.get("WeightedCapacity", 1)) for each in overrides), default=1)


def unit_of_size(group: AutoScalingGroupTypeDef) -> str:
    """The unit of a group's sizes (`vcpu`, `memory-mib`); empty for instances, which is the default.

    Source: DesiredCapacityType of CreateAutoScalingGroup in the API reference of EC2 Auto Scaling.
    """
    unit = group.get("DesiredCapacityType", "units")
    return "" if unit == "units" else unit


def launches_of(account: Account, group: AutoScalingGroupTypeDef) -> list[LaunchSettings]:
    """All that instances of the group may boot from: a template with its overrides, or a launch configuration."""
    if "LaunchConfigurationName" in group:
        return [_by_configuration(account, group["LaunchConfigurationName"])]
    found: list[LaunchSettings] = []
    for specification, override in _specifications(group):
        launch = _overridden(_by_template(account, specification), override)
        if launch not in found:
            found.append(launch)
    return found


def _specifications(group: AutoScalingGroupTypeDef) -> Iterator[tuple[Any, Any]]:
    """The launch templates of a group, each with what overrides its settings."""
    if "LaunchTemplate" in group:
        yield group["LaunchTemplate"], {}
    template = group.get("MixedInstancesPolicy", {}).get("LaunchTemplate")
    if template:
        common = template["LaunchTemplateSpecification"]
        overrides = template.get("Overrides") or [{}]
        yield from ((each.get("LaunchTemplateSpecification", common), each) for each in overrides)


def _overridden(launch: LaunchSettings, override: Any) -> LaunchSettings:
    kind = "" if "InstanceRequirements" in override else override.get("InstanceType", launch.type)
    return msgspec.structs.replace(launch, image=override.get("ImageId", launch.image), type=kind)


def _by_template(account: Account, specification: Any) -> LaunchSettings:
    """A launch template's version; without one named, it is the default version."""
    from botocore.exceptions import ClientError

    version = specification.get("Version", "$Default")
    which = (
        {"LaunchTemplateId": specification["LaunchTemplateId"]}
        if "LaunchTemplateId" in specification
        else {"LaunchTemplateName": specification["LaunchTemplateName"]}
    )
    try:
        answer = account.ec2.describe_launch_template_versions(**which, Versions=[version])
    except ClientError as error:
        if error.response["Error"]["Code"] not in _NO_TEMPLATE:
            raise
        return LaunchSettings(
            f"version {version} of {', '.join(which.values())}, which does not exist", "", "", userdata.Boot()
        )
    found = first_of(answer["LaunchTemplateVersions"], f"version {version} of {', '.join(which.values())}")
    data = found["LaunchTemplateData"]
    profile = data.get("IamInstanceProfile", {})
    return LaunchSettings(
        f"launch template {found['LaunchTemplateName']}, version {found['VersionNumber']}",
        data.get("ImageId", ""),
        profile.get("Arn") or profile.get("Name", ""),
        userdata.read(data.get("UserData", "")),
        data.get("InstanceType", ""),
        _has_metadata(data),
    )


def _by_configuration(account: Account, name: str) -> LaunchSettings:
    answer = account.autoscaling.describe_launch_configurations(LaunchConfigurationNames=[name])
    found = first_of(answer["LaunchConfigurations"], f"launch configuration {name}")
    return LaunchSettings(
        f"launch configuration {name}",
        found["ImageId"],
        found.get("IamInstanceProfile", ""),
        userdata.read(found.get("UserData", "")),
        found["InstanceType"],
        _has_metadata(found),
    )


def _has_metadata(settings: Any) -> bool:
    endpoint: str = settings.get("MetadataOptions", {}).get("HttpEndpoint", "enabled")
    return endpoint != "disabled"
