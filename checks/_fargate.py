"""The requirements of Fargate on a task definition.

Source: "Amazon ECS task definition differences for Fargate" of the developer guide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import PortMappingTypeDef, TaskDefinitionTypeDef, VolumeOutputTypeDef

_GIB = 1024
SIZES: dict[int, range | tuple[int, ...]] = {
    256: (512, 1 * _GIB, 2 * _GIB),
    512: range(1 * _GIB, 4 * _GIB + 1, _GIB),
    1024: range(2 * _GIB, 8 * _GIB + 1, _GIB),
    2048: range(4 * _GIB, 16 * _GIB + 1, _GIB),
    4096: range(8 * _GIB, 30 * _GIB + 1, _GIB),
    8192: range(16 * _GIB, 60 * _GIB + 1, 4 * _GIB),
    16384: range(32 * _GIB, 120 * _GIB + 1, 8 * _GIB),
}
"""The CPU units that Fargate offers, each with the memory sizes in MiB that it allows."""
ON_WINDOWS = (1024, 2048, 4096)
"""The CPU units for Windows containers (API reference, RegisterTaskDefinition, memory)."""


def why_not_fargate(definition: TaskDefinitionTypeDef) -> str | None:
    """The first reason why a task definition is not valid for Fargate, as a phrase; None if it is valid."""
    return (
        _wrong_network(definition)
        or _wrong_size(definition)
        or next(filter(None, map(_wrong_volume, definition.get("volumes", []))), None)
        or _wrong_port(definition)
        or _incompatible(definition)
    )


def _wrong_network(definition: TaskDefinitionTypeDef) -> str | None:
    mode = definition.get("networkMode", "bridge (the default)")
    return None if mode == "awsvpc" else f"network mode is {mode}"


def _wrong_size(definition: TaskDefinitionTypeDef) -> str | None:
    cpu, memory = definition.get("cpu"), definition.get("memory")
    if not cpu or not memory:
        missing = " and ".join(name for name, value in (("CPU", cpu), ("memory", memory)) if not value)
        return f"no {missing} at the task level"
    if int(cpu) not in ON_WINDOWS and _is_for_windows(definition):
        return f"Fargate does not support {cpu} CPU units for Windows containers"
    if int(memory) in SIZES.get(int(cpu), ()):
        return None
    return f"Fargate does not support {cpu} CPU units with {memory} MiB"


def _is_for_windows(definition: TaskDefinitionTypeDef) -> bool:
    return definition.get("runtimePlatform", {}).get("operatingSystemFamily", "").startswith("WINDOWS")


def _wrong_volume(volume: VolumeOutputTypeDef) -> str | None:
    if volume.get("host", {}).get("sourcePath"):
        return f"volume {volume['name']} uses host path {volume['host']['sourcePath']}"
    if volume.get("dockerVolumeConfiguration"):
        return f"volume {volume['name']} is a Docker volume"
    return None


def _wrong_port(definition: TaskDefinitionTypeDef) -> str | None:
    for container in definition["containerDefinitions"]:
        for mapping in container.get("portMappings", []):
            if not _ports_agree(mapping):
                ports = f"port {mapping['containerPort']} to host port {mapping['hostPort']}"
                return f"container {container['name']} maps {ports}"
    return None


def _ports_agree(mapping: PortMappingTypeDef) -> bool:
    """A mapping of a range has no single port; a host port that is not set becomes the container's."""
    return mapping.get("hostPort", 0) in (0, mapping.get("containerPort"))


def _incompatible(definition: TaskDefinitionTypeDef) -> str | None:
    found = definition["compatibilities"]
    return None if "FARGATE" in found else f"compatible with {', '.join(found)} only"
