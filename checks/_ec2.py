"""Typed readers of EC2 that several labs share: instances by their Name, images, profiles, groups, user data."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import msgspec

from labs.sdk import (
    Account,
    CannotTell,
    Check,
    Failed,
    Names,
    Outcome,
    Passed,
    asked,
    batches,
    furthest,
    iam_roles,
    pages,
    userdata,
)

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import FilterTypeDef, ImageTypeDef, InstanceTypeDef, SecurityGroupTypeDef
    from mypy_boto3_iam.type_defs import RoleTypeDef

INSTANCE_READS = ("ec2:DescribeInstances",)
USER_DATA_READS = ("ec2:DescribeInstanceAttribute",)
IMAGE_READS = ("ec2:DescribeImages",)
GROUP_READS = ("ec2:DescribeSecurityGroups",)
TYPE_READS = ("ec2:DescribeInstanceTypes",)
PROFILE_READS = ("iam:GetInstanceProfile", *iam_roles.ROLE_READS)

RUNNING = ("running",)
STANDING = ("pending", "running", "stopping", "stopped")
"""The states of an instance that has not been terminated."""

_ECS_OWNER = "591542846629"
_ECS_NAME = re.compile(
    r"(al20\d\d|amzn2)-ami-ecs-.+|amzn-ami-.+-amazon-ecs-optimized"
    r"|bottlerocket-aws-ecs-.+|Windows_Server-.+-ECS_Optimized.*"
)


class Ec2Host(msgspec.Struct, frozen=True):
    """A running instance that a lab asks about, with the lab's names."""

    instance: InstanceTypeDef
    lab: Names

    @property
    def id(self) -> str:
        """The instance's id."""
        return self.instance["InstanceId"]


Judge = Callable[[Account, Ec2Host], Outcome]
"""An objective about one instance; raises CannotTell where what it asks about is not there."""


def instance_runs(account: Account, name: str) -> Outcome:
    """An instance of this Name is running; else the failure, with similar names."""
    found = named(account, name)
    if found:
        summary = ", ".join(instance["InstanceId"] for instance in found)
        return Passed(
            f"{name} is running: {summary}", evidence="Reservations[].Instances[].[InstanceId, State.Name]"
        )
    others = ", ".join(
        f"{each['InstanceId']} is {each['State']['Name']}" for each in named(account, name, states=())
    )
    return Failed(
        found=f"no running instance with the tag Name={name} in {account.region}{others and f'; {others}'}",
        expected=f"a running instance with the tag Name={name}",
        hint="Check the Name tag and the state of the instance.",
        evidence="Reservations[].Instances[].[InstanceId, State.Name]",
        near=account.nearby(name, names_of_all),
    )


def named(account: Account, name: str, states: Sequence[str] = RUNNING) -> list[InstanceTypeDef]:
    """The instances of this Name in one of these states (none given: in any), the oldest first."""
    found = _instances(account, [{"Name": "tag:Name", "Values": [name]}], states)
    return [instance for instance in found if tag(instance, "Name") == name]


def by_id(account: Account, ids: Iterable[str], states: Sequence[str] = ()) -> list[InstanceTypeDef]:
    """Those of these instances that EC2 still describes, in one of these states (none given: in any).

    EC2 forgets an instance about an hour after it was terminated ("Terminate Amazon EC2 instances" of the user guide).
    """
    return [
        instance
        for some in batches(sorted(set(ids)), 100)
        for instance in _instances(account, [{"Name": "instance-id", "Values": some}], states)
    ]


def running(account: Account, ids: Iterable[str]) -> list[InstanceTypeDef]:
    """Those of these instances that are running.

    ECS keeps a container instance ACTIVE after its EC2 instance was stopped, even if that was terminated later
    ("Deregistering an Amazon ECS container instance" of the developer guide).
    """
    return by_id(account, ids, RUNNING)


def interfaces_of_types(account: Account, types: Iterable[str]) -> dict[str, int]:
    """How many network interfaces an instance of each of these types can have."""
    return {
        each["InstanceType"]: each["NetworkInfo"]["MaximumNetworkInterfaces"]
        for some in batches(sorted(types), 100)
        for page in account.ec2.get_paginator("describe_instance_types").paginate(
            Filters=[{"Name": "instance-type", "Values": some}]
        )
        for each in page["InstanceTypes"]
    }


def names_of_all(account: Account) -> list[str]:
    """The names of all running instances of the region."""
    return [tag(instance, "Name") for instance in _instances(account, [], RUNNING)]


def tag(instance: InstanceTypeDef, key: str) -> str:
    """The value of a tag; an empty text where there is none."""
    return next((each["Value"] for each in instance.get("Tags", []) if each["Key"] == key), "")


def _instances(
    account: Account, filters: list[FilterTypeDef], states: Sequence[str] = ()
) -> list[InstanceTypeDef]:
    if states:
        filters = [*filters, {"Name": "instance-state-name", "Values": list(states)}]
    pages = account.ec2.get_paginator("describe_instances").paginate(Filters=filters)
    found = [
        instance
        for page in pages
        for reservation in page["Reservations"]
        for instance in reservation["Instances"]
    ]
    return sorted(found, key=lambda instance: (instance["LaunchTime"], instance["InstanceId"]))


def for_best_instance(judge: Judge, judges: Sequence[Judge]) -> Check:
    """A check of the running instance with this Name; of several, the one that gets furthest."""

    def check(account: Account, lab: Names) -> Outcome:
        hosts = [Ec2Host(instance, lab) for instance in named(account, lab["instance"])]
        if not hosts:
            raise CannotTell(f"instance {lab['instance']} was terminated during the check")
        return judge(account, furthest(account, hosts, judges))

    return check


def role_in_profile(account: Account, name: str) -> RoleTypeDef | None:
    """The role that an instance profile holds, by the profile's name or ARN; None for an empty or missing one."""
    try:
        profile = account.iam.get_instance_profile(InstanceProfileName=name.rpartition("/")[2])
    except account.iam.exceptions.NoSuchEntityException:
        return None
    roles = profile["InstanceProfile"]["Roles"]
    return iam_roles.the_role(account, roles[0]["RoleName"]) if roles else None


def role_of(account: Account, instance: InstanceTypeDef) -> RoleTypeDef | None:
    """The role in the instance's profile; None where it has no profile, or an empty one."""
    profile = instance.get("IamInstanceProfile")
    return role_in_profile(account, profile["Arn"]) if profile else None


def the_role_of(account: Account, instance: InstanceTypeDef) -> RoleTypeDef:
    """The role in the instance's profile. Raises CannotTell where there is none."""
    role = role_of(account, instance)
    if role is None:
        raise CannotTell(f"{instance['InstanceId']} has no instance profile with a role")
    return role


def image_or_none(account: Account, image_id: str) -> ImageTypeDef | None:
    """The image, deprecated or not; None for one that does not exist, or that this account cannot use."""
    images = asked(
        lambda: account.ec2.describe_images(ImageIds=[image_id], IncludeDeprecated=True)["Images"],
        gone=("InvalidAMIID.NotFound", "InvalidAMIID.Unavailable", "InvalidAMIID.Malformed"),
    )
    return images[0] if images else None


def image_of(account: Account, image_id: str) -> ImageTypeDef:
    """The image of a running instance. Raises CannotTell for one that no longer exists."""
    image = image_or_none(account, image_id)
    if image is None:
        raise CannotTell(f"AMI {image_id} no longer exists, so the check cannot read its name and owner")
    return image


def is_ecs_optimized(image: ImageTypeDef) -> bool:
    """Whether AWS publishes the image for ECS, by its owner and name: Amazon Linux, Bottlerocket or Windows."""
    by_aws = image.get("ImageOwnerAlias") == "amazon" or image["OwnerId"] == _ECS_OWNER
    return by_aws and _ECS_NAME.fullmatch(image.get("Name", "")) is not None


def image_text(image: ImageTypeDef) -> str:
    """The id and name of an image: `ami-1 (al2023-ami-2023.1)`."""
    name = image.get("Name")
    return f"{image['ImageId']} ({name})" if name else image["ImageId"]


def architectures(account: Account, instance_type: str) -> list[str]:
    """The processor architectures that an instance type supports; none for a type that the region does not have."""
    found = pages(
        account.ec2,
        "describe_instance_types",
        "InstanceTypes",
        Filters=[{"Name": "instance-type", "Values": [instance_type]}],
    )
    return [name for each in found for name in each["ProcessorInfo"]["SupportedArchitectures"]]


def boot(account: Account, instance_id: str) -> userdata.Boot:
    """The parsed user data of the instance."""
    answer = account.ec2.describe_instance_attribute(InstanceId=instance_id, Attribute="userData")
    return userdata.read(answer["UserData"].get("Value", ""))


def setting(boot: userdata.Boot, key: str) -> str:
    """A setting that user data leaves in ecs.config, or an empty text. Raises CannotTell where it is not clear."""
    try:
        return boot[key].strip()
    except userdata.Unclear as error:
        raise CannotTell(str(error)) from error


def groups_named(account: Account, name: str) -> list[SecurityGroupTypeDef]:
    """The security groups of this name: at most one in each VPC."""
    pages = account.ec2.get_paginator("describe_security_groups").paginate(
        Filters=[{"Name": "group-name", "Values": [name]}]
    )
    return [group for page in pages for group in page["SecurityGroups"] if group["GroupName"] == name]


def group_ids(instance: InstanceTypeDef) -> set[str]:
    """The ids of the security groups on any of the instance's interfaces."""
    interfaces = instance.get("NetworkInterfaces", [])
    groups = [
        *instance.get("SecurityGroups", []),
        *(each for one in interfaces for each in one.get("Groups", [])),
    ]
    return {group["GroupId"] for group in groups}
