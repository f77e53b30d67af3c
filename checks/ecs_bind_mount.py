"""Share files between two containers of a task: one writes, the other one only reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labs.sdk import Account, Failed, Names, Objective, Outcome, Passed

from . import _ecs, _fargate, _leftovers, _volumes
from ._volumes import Mount

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import TaskDefinitionTypeDef

_VOLUMES = "taskDefinition.volumes"
_MOUNTS = "taskDefinition.containerDefinitions[].[name, mountPoints, volumesFrom]"


def definition_declares_a_bind_mount(account: Account, lab: Names) -> Outcome:
    """The newest ACTIVE revision declares a plain bind mount volume."""
    family = _ecs.family_is_active(account, lab["family"])
    if isinstance(family, Failed):
        return family
    definition = _ecs.the_definition(account, lab["family"])
    name = _ecs.revision_name(definition)
    plain = _volumes.named(definition, _volumes.BIND)
    if plain:
        return Passed(f"{name} declares {', '.join(plain)}", evidence=_VOLUMES)
    return Failed(
        found=f"{name} declares {_volumes.volumes_text(definition)}",
        expected="a bind mount: a volume with a name, and without the configuration of a file system or a driver",
        hint="Files that last only as long as the task need a volume with a name and no configuration.",
        evidence=_VOLUMES,
    )


def two_containers_mount_it(account: Account, lab: Names) -> Outcome:
    """Two of the containers mount the same bind mount volume."""
    definition = _ecs.the_definition(account, lab["family"])
    mounts = _volumes.mounts_of(definition)
    for volume in _volumes.named(definition, _volumes.BIND):
        containers = sorted({mount.container for mount in mounts if mount.volume == volume})
        if len(containers) > 1:
            return Passed(f"{' and '.join(containers)} mount {volume}", evidence=_MOUNTS)
    return Failed(
        found=f"{_ecs.revision_name(definition)}: {_volumes.mounts_text(mounts)}",
        expected="one bind mount volume that two containers mount",
        hint="Compare the source volume in the mount points of both containers.",
        evidence=_MOUNTS,
    )


def writer_writes_and_reader_reads(account: Account, lab: Names) -> Outcome:
    """The writer mounts a shared volume writable, and the reader mounts that one read only."""
    definition = _ecs.the_definition(account, lab["family"])
    mounts = _volumes.mounts_of(definition)
    volumes = _volumes.named(definition, _volumes.BIND)
    right = [volume for volume in volumes if _is_right(volume, mounts, lab["writer"], lab["reader"])]
    theirs = [str(mount) for mount in mounts if mount.container in (lab["writer"], lab["reader"])]
    summary = "; ".join(theirs) or f"neither {lab['writer']} nor {lab['reader']} mounts a volume"
    if right:
        return Passed(summary, evidence=_MOUNTS)
    return Failed(
        found=summary,
        expected=f"a bind mount that {lab['writer']} mounts writable and {lab['reader']} mounts read only",
        hint="Check the names of the containers and the read-only flag of each mount point.",
        evidence=_MOUNTS,
    )


def _is_right(volume: str, mounts: list[Mount], writer: str, reader: str) -> bool:
    written = [mount for mount in mounts if (mount.volume, mount.container) == (volume, writer)]
    read = [mount for mount in mounts if (mount.volume, mount.container) == (volume, reader)]
    writable = any(not mount.read_only for mount in written)
    return writable and bool(read) and all(mount.read_only for mount in read)


def volume_has_no_host_path(account: Account, lab: Names) -> Outcome:
    """No volume has a host path, and the definition is valid for Fargate."""
    definition = _ecs.the_definition(account, lab["family"])
    name = _ecs.revision_name(definition)
    wrong = _host_path(definition) or _fargate.why_not_fargate(definition)
    where = ("taskDefinition.volumes[].host", "taskDefinition.[networkMode, cpu, memory, compatibilities]")
    if wrong is None:
        return Passed(f"{name} has no host path and is valid for Fargate", evidence=where)
    return Failed(
        found=f"{name}: {wrong}",
        expected="no host path, and a revision that is valid for Fargate",
        hint="Check the host path of the volume, and the network mode, CPU and memory of the task definition.",
        evidence=where,
    )


def _host_path(definition: TaskDefinitionTypeDef) -> str | None:
    for volume in definition.get("volumes", []):
        path = volume.get("host", {}).get("sourcePath")
        if path:
            return f"volume {volume['name']} has the host path {path}"
    return None


READS = _ecs.DEFINITION_READS
LEFTOVERS = (_leftovers.of(*_leftovers.DEFINITIONS, *_leftovers.FILES, family=["{family}"]),)
OBJECTIVES = (
    Objective("volume", definition_declares_a_bind_mount),
    Objective("shared", two_containers_mount_it, needs=("volume",)),
    Objective("read-only", writer_writes_and_reader_reads, needs=("shared",)),
    Objective("no-host-path", volume_has_no_host_path, needs=("volume",)),
)
