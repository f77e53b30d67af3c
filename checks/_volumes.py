"""Typed readers of a task definition's volumes: the kind of each, and the containers that mount it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import (
        ContainerDefinitionOutputTypeDef,
        TaskDefinitionTypeDef,
        VolumeOutputTypeDef,
    )

BIND = "a bind mount"
AT_LAUNCH = "configured at launch"
EFS = "an EFS volume"
_KINDS = {
    "efsVolumeConfiguration": EFS,
    "s3filesVolumeConfiguration": "an S3 Files volume",
    "fsxWindowsFileServerVolumeConfiguration": "an FSx volume",
    "dockerVolumeConfiguration": "a Docker volume",
    "configuredAtLaunch": AT_LAUNCH,
}


class Mount(msgspec.Struct, frozen=True):
    """One volume at one path of one container."""

    container: str
    volume: str
    path: str
    read_only: bool

    def __str__(self) -> str:
        return (
            f"{self.container} mounts {self.volume} at {self.path}{', read only' if self.read_only else ''}"
        )


def kind_of(volume: VolumeOutputTypeDef) -> str:
    """The kind of a volume; one without a configuration is a bind mount, with or without a host path."""
    return next((kind for key, kind in _KINDS.items() if volume.get(key)), BIND)


def named(definition: TaskDefinitionTypeDef, kind: str) -> list[str]:
    """The names of the volumes of this kind."""
    return [volume["name"] for volume in definition.get("volumes", []) if kind_of(volume) == kind]


def volumes_text(definition: TaskDefinitionTypeDef) -> str:
    """The volumes and their kinds, as text."""
    volumes = definition.get("volumes", [])
    return ", ".join(f"{volume['name']} ({kind_of(volume)})" for volume in volumes) or "no volume"


def mounts_text(mounts: Iterable[Mount]) -> str:
    """Mounts, as text."""
    return "; ".join(map(str, mounts)) or "no container mounts it"


def mounts_of(definition: TaskDefinitionTypeDef) -> list[Mount]:
    """Every mount of every container, those too that a container takes over from another (`volumesFrom`)."""
    containers = {each["name"]: each for each in definition["containerDefinitions"]}
    return [mount for name in containers for mount in _mounts(name, containers, ())]


def _mounts(
    name: str, containers: Mapping[str, ContainerDefinitionOutputTypeDef], above: tuple[str, ...]
) -> Iterator[Mount]:
    """The mounts of one container; its own hide inherited ones at the same path, as Docker has it."""
    container = containers[name]
    by_path = {mount.path: mount for mount in _inherited(container, containers, (*above, name))}
    for point in container.get("mountPoints", []):
        path = point["containerPath"]
        by_path[path] = Mount(name, point["sourceVolume"], path, point.get("readOnly", False))
    yield from by_path.values()


def _inherited(
    container: ContainerDefinitionOutputTypeDef,
    containers: Mapping[str, ContainerDefinitionOutputTypeDef],
    above: tuple[str, ...],
) -> Iterator[Mount]:
    for source in container.get("volumesFrom", []):
        if source["sourceContainer"] in above:
            continue
        for mount in _mounts(source["sourceContainer"], containers, above):
            read_only = mount.read_only or source.get("readOnly", False)
            yield msgspec.structs.replace(mount, container=container["name"], read_only=read_only)
