"""Typed readers of file systems, their mount targets, and the volumes of a task definition on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labs.sdk import Account, CannotTell, first_of

from . import _volumes

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import TaskDefinitionTypeDef, VolumeOutputTypeDef
    from mypy_boto3_efs.type_defs import FileSystemDescriptionTypeDef, MountTargetDescriptionTypeDef

FILE_SYSTEM_READS = ("efs:DescribeFileSystems",)
MOUNT_TARGET_READS = ("efs:DescribeMountTargets",)
TARGET_GROUP_READS = ("efs:DescribeMountTargetSecurityGroups",)

NFS = 2049


def file_system_or_none(account: Account, file_system: str) -> FileSystemDescriptionTypeDef | None:
    """The file system of this id, in whichever state it is."""
    try:
        found = account.efs.describe_file_systems(FileSystemId=file_system)["FileSystems"]
    except account.efs.exceptions.FileSystemNotFound:
        return None
    return first_of(found, f"file system {file_system}")


def file_systems_called(account: Account, name: str) -> list[FileSystemDescriptionTypeDef]:
    """The file systems that have this Name, or were created with it as their token."""
    pages = account.efs.get_paginator("describe_file_systems").paginate()
    found = [each for page in pages for each in page["FileSystems"]]
    return [each for each in found if name in (each.get("Name"), each["CreationToken"])]


def mount_targets(account: Account, file_system: str) -> list[MountTargetDescriptionTypeDef]:
    """The mount targets of a file system that are available."""
    try:
        pages = account.efs.get_paginator("describe_mount_targets").paginate(FileSystemId=file_system)
        found = [target for page in pages for target in page["MountTargets"]]
    except account.efs.exceptions.FileSystemNotFound as error:
        raise CannotTell(f"file system {file_system} was deleted during the check") from error
    return [target for target in found if target["LifeCycleState"] == "available"]


def groups_of(account: Account, target: MountTargetDescriptionTypeDef) -> list[str]:
    """The security groups on a mount target's interface."""
    answer = account.efs.describe_mount_target_security_groups(MountTargetId=target["MountTargetId"])
    return answer["SecurityGroups"]


def file_system_of(volume: VolumeOutputTypeDef) -> str:
    """The id of the file system that a volume lies on, which ECS also takes as an ARN; empty for other volumes."""
    return volume.get("efsVolumeConfiguration", {}).get("fileSystemId", "").rpartition("/")[2]


def volumes_on(definition: TaskDefinitionTypeDef, file_system: str) -> list[VolumeOutputTypeDef]:
    """The volumes of a task definition that lie on this file system."""
    return [volume for volume in definition.get("volumes", []) if file_system_of(volume) == file_system]


def file_systems_of(definition: TaskDefinitionTypeDef) -> list[str]:
    """The file systems that a task definition's volumes lie on, each once, in the order of the volumes."""
    found = map(file_system_of, definition.get("volumes", []))
    return list(dict.fromkeys(filter(None, found)))


def mounts_on(definition: TaskDefinitionTypeDef, file_system: str) -> list[_volumes.Mount]:
    """The containers' mounts of volumes that lie on this file system."""
    names = {volume["name"] for volume in volumes_on(definition, file_system)}
    return [mount for mount in _volumes.mounts_of(definition) if mount.volume in names]
