"""Share a file system between two services: encrypted in transit, with a mount target in every zone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from labs.sdk import Account, CannotTell, Failed, Names, Objective, Outcome, Passed, security_groups

from . import _ecs, _efs, _leftovers, _net

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import ServiceTypeDef, TaskDefinitionTypeDef
    from mypy_boto3_efs.type_defs import MountTargetDescriptionTypeDef

TASKS = 2
ZONES = 2
SIDES = (("writer", "family_writer"), ("reader", "family_reader"))
"""The parameters that name a service, and the family that it runs."""

_VOLUMES = "taskDefinition.[family, revision, volumes]"
_MOUNTS = "taskDefinition.containerDefinitions[].[name, mountPoints, volumesFrom]"


def both_definitions_name_one_file_system(account: Account, lab: Names) -> Outcome:
    """Both newest ACTIVE revisions have an EFS volume on the same file system."""
    for _, family in SIDES:
        there = _ecs.family_is_active(account, lab[family])
        if isinstance(there, Failed):
            return there
    definitions = _definitions(account, lab)
    shared = _shared(definitions)
    if shared:
        return Passed(f"both have an EFS volume on {', '.join(shared)}", evidence=_VOLUMES)
    summary = [
        f"{_ecs.revision_name(each)} has {', '.join(_efs.file_systems_of(each)) or 'no EFS volume'}"
        for each in definitions
    ]
    return Failed(
        found="; ".join(summary),
        expected="an EFS volume in both task definitions, on the same file system",
        hint="Compare the file system IDs in the EFS configuration of both families.",
        evidence=_VOLUMES,
    )


def a_container_of_each_mounts_it(account: Account, lab: Names) -> Outcome:
    """A container of each task definition mounts a volume on the file system."""
    definitions = _definitions(account, lab)
    file_system = _the_file_system(account, lab)
    without_mount = _without_mount(definitions, file_system)
    if not without_mount:
        mounts = [_efs.mounts_on(each, file_system)[0] for each in definitions]
        return Passed("; ".join(map(str, mounts)), evidence=_MOUNTS)
    return Failed(
        found=f"no container of {' or '.join(without_mount)} mounts a volume on {file_system}",
        expected="a container in both task definitions that mounts the volume",
        hint="Check the mount points of the containers: the source volume must be the EFS volume.",
        evidence=_MOUNTS,
    )


def traffic_is_encrypted(account: Account, lab: Names) -> Outcome:
    """Encryption in transit is ENABLED for every volume on the file system, in both definitions."""
    unencrypted = _unencrypted(_definitions(account, lab), _the_file_system(account, lab))
    where = "taskDefinition.volumes[].efsVolumeConfiguration.[fileSystemId, transitEncryption]"
    if not unencrypted:
        return Passed("encryption in transit is ENABLED for both", evidence=where)
    return Failed(
        found=f"no encryption in transit for {', '.join(unencrypted)}",
        expected="encryption in transit ENABLED for both",
        hint="Check the transit encryption in the EFS configuration of the volume. The default is DISABLED.",
        evidence=where,
    )


def file_system_is_available(account: Account, lab: Names) -> Outcome:
    """The file system exists and is available."""
    name = _the_file_system(account, lab)
    found = _efs.file_system_or_none(account, name)
    state = found["LifeCycleState"] if found else ""
    if state == "available":
        return Passed(f"{name} is available", evidence="FileSystems[].[FileSystemId, LifeCycleState]")
    return Failed(
        found=f"{name} is {state}" if state else f"no file system {name} in {account.region}",
        expected=f"an available file system {name}",
        hint="Check the file system ID in the task definitions and the Region.",
        evidence="FileSystems[].[FileSystemId, LifeCycleState]",
    )


def every_zone_has_a_mount_target(account: Account, lab: Names) -> Outcome:
    """The file system has an available mount target in every zone the services use, at least two zones."""
    file_system = _the_file_system(account, lab)
    used = {zone for _, place in _places(account, lab) for zone in place.zones}
    served = {zone for zone, _ in _targets(account, file_system)}
    named = {zone for _, zone in used}
    missing = {zone for _, zone in used - served}
    where = (
        "MountTargets[].[MountTargetId, LifeCycleState, SubnetId]",
        "Subnets[].[SubnetId, AvailabilityZone]",
    )
    summary = f"the services use {_listed(named) or 'no zone'}"
    if len(named) >= ZONES and not missing:
        return Passed(f"{summary}; {file_system} has a mount target in each", evidence=where)
    return Failed(
        found=f"{summary}; {file_system} has no available mount target in the VPC of the tasks in {_listed(missing)}"
        if missing
        else summary,
        expected=f"services in at least {ZONES} zones, and a mount target in every zone that they use",
        hint="Compare the zones of the services' subnets with the zones, the VPC and the state of the mount targets.",
        evidence=where,
    )


def mount_targets_allow_the_tasks(account: Account, lab: Names) -> Outcome:
    """The mount targets in the used zones allow inbound NFS from the tasks of both services."""
    targets = list(_targets(account, _the_file_system(account, lab)))
    where = ("SecurityGroups", "SecurityGroups[].[GroupId, IpPermissions]")
    for name, place in _places(account, lab):
        for zone, target in targets:
            here = [subnet for subnet in place.subnets if _net.zone_of(subnet) == zone]
            if not here:
                continue
            groups = security_groups.groups_by_id(account, _efs.groups_of(account, target))
            sources = _net.sources(account, groups, _efs.NFS)
            if not sources.admit(place.groups, [each for subnet in here for each in _net.ranges_of(subnet)]):
                return Failed(
                    found=f"{target['MountTargetId']} in {zone[1]} allows inbound TCP {_efs.NFS} from "
                    f"{sources}; the tasks of {name} use {_listed(place.groups)}",
                    expected=f"inbound TCP {_efs.NFS} from the tasks of both services on these mount targets",
                    hint="Check the protocol and port of the rule, and compare its source with the tasks' groups.",
                    evidence=where,
                )
    return Passed(
        f"the mount targets allow inbound TCP {_efs.NFS} from the tasks of both services", evidence=where
    )


def both_services_run_them(account: Account, lab: Names) -> Outcome:
    """Both services are ACTIVE, run the newest revisions, and have a desired count of at least two."""
    cluster = _ecs.cluster_is_active(account, lab["cluster"])
    if isinstance(cluster, Failed):
        return cluster
    for name, family in SIDES:
        service = _ecs.active_service(account, lab["cluster"], lab[name])
        if service is None:
            return _ecs.missing_service(account, lab["cluster"], lab[name])
        definition = _ecs.newest_definition(account, lab[family])
        wrong = _why_not(service, definition)
        if wrong:
            return Failed(
                found=f"{lab[name]} {wrong}",
                expected=f"the newest ACTIVE revision of {lab[family]}, with desired count {TASKS} or more",
                hint="Check the revision and the desired count: both stay as they are until you update the service.",
                evidence="services[0].[serviceName, status, taskDefinition, desiredCount]",
            )
    return Passed(
        f"{lab['writer']} and {lab['reader']} run the newest revisions with desired count {TASKS} or more",
        evidence="services[0].[serviceName, status, taskDefinition, desiredCount]",
    )


def tasks_of_both_are_running(account: Account, lab: Names) -> Outcome:
    """At least two tasks of each service are running, so each of them could mount its volumes."""
    outcomes = [_current_tasks_run(account, lab["cluster"], lab[name]) for name, _ in SIDES]
    wrong = next((each for each in outcomes if isinstance(each, Failed)), None)
    return wrong or Passed(
        f"{TASKS} tasks or more of {lab['writer']} and of {lab['reader']} are running",
        evidence="tasks[].lastStatus",
    )


def _current_tasks_run(account: Account, cluster: str, name: str) -> Outcome:
    service = _ecs.the_service(account, cluster, name)
    return _ecs.service_runs(account, cluster, name, TASKS, _ecs.LaunchSettings(service).definition)


def _why_not(service: ServiceTypeDef, definition: TaskDefinitionTypeDef | None) -> str:
    used = _ecs.LaunchSettings(service).definition
    if definition is None or used != definition["taskDefinitionArn"]:
        return f"runs {used.rpartition('/')[2] or 'no task definition'}"
    return f"has desired count {service['desiredCount']}" if service["desiredCount"] < TASKS else ""


def _definitions(account: Account, lab: Names) -> list[TaskDefinitionTypeDef]:
    return [_ecs.the_definition(account, lab[family]) for _, family in SIDES]


def _shared(definitions: list[TaskDefinitionTypeDef]) -> list[str]:
    """The file systems of both definitions, the most likely one first: mounted by both, and encrypted."""
    first, second = definitions
    both = [each for each in _efs.file_systems_of(first) if each in _efs.file_systems_of(second)]
    return sorted(
        both, key=lambda each: (len(_without_mount(definitions, each)), len(_unencrypted(definitions, each)))
    )


def _without_mount(definitions: list[TaskDefinitionTypeDef], file_system: str) -> list[str]:
    """The task definitions without a container that mounts a volume on the file system."""
    return [_ecs.revision_name(each) for each in definitions if not _efs.mounts_on(each, file_system)]


def _unencrypted(definitions: list[TaskDefinitionTypeDef], file_system: str) -> list[str]:
    """The volumes on the file system whose traffic is not encrypted."""
    return [
        f"{volume['name']} of {_ecs.revision_name(each)}"
        for each in definitions
        for volume in _efs.volumes_on(each, file_system)
        if volume["efsVolumeConfiguration"].get("transitEncryption") != "ENABLED"
    ]


def _the_file_system(account: Account, lab: Names) -> str:
    shared = _shared(_definitions(account, lab))
    if not shared:
        raise CannotTell("the task definitions changed during the check")
    return shared[0]


def _places(account: Account, lab: Names) -> Iterator[tuple[str, _net.Place]]:
    """Each service's name, and a place where its tasks may run."""
    for name, _ in SIDES:
        service = _ecs.the_service(account, lab["cluster"], lab[name])
        yield from ((lab[name], place) for place in _net.places_of(account, service))


def _targets(
    account: Account, file_system: str
) -> Iterator[tuple[tuple[str, str], MountTargetDescriptionTypeDef]]:
    """The available mount targets, each with its network and zone."""
    targets = _efs.mount_targets(account, file_system)
    subnets = _net.subnets(account, [target["SubnetId"] for target in targets])
    zones = {subnet["SubnetId"]: _net.zone_of(subnet) for subnet in subnets}
    for target in targets:
        if target["SubnetId"] not in zones:
            raise CannotTell(f"EC2 does not find subnet {target['SubnetId']} of {target['MountTargetId']}")
        yield zones[target["SubnetId"]], target


def _listed(names: set[str] | frozenset[str]) -> str:
    return ", ".join(sorted(names))


READS = (
    *_ecs.CLUSTER_READS,
    *_ecs.SERVICE_READS,
    *_ecs.TASK_READS,
    *_ecs.DEFINITION_READS,
    *_net.PLACE_READS,
    *_net.ADMISSION_READS,
    *_efs.FILE_SYSTEM_READS,
    *_efs.MOUNT_TARGET_READS,
    *_efs.TARGET_GROUP_READS,
)
LEFTOVERS = (
    _leftovers.of(
        *_leftovers.CLUSTER,
        *_leftovers.DEFINITIONS,
        *_leftovers.FILES,
        "groups named",
        "security group",
        cluster=["{cluster}"],
        family=["{family_writer}", "{family_reader}"],
        file_systems_named=["{cluster}"],
        groups_named=["{cluster}-tasks", "{cluster}-files"],
    ),
)
OBJECTIVES = (
    Objective("same-file-system", both_definitions_name_one_file_system),
    Objective("mounted", a_container_of_each_mounts_it, needs=("same-file-system",)),
    Objective("encrypted", traffic_is_encrypted, needs=("same-file-system",)),
    Objective("available", file_system_is_available, needs=("same-file-system",)),
    Objective("mount-targets", every_zone_has_a_mount_target, needs=("available", "services")),
    Objective("nfs", mount_targets_allow_the_tasks, needs=("mount-targets",)),
    Objective("services", both_services_run_them),
    Objective("running", tasks_of_both_are_running, needs=("mounted", "nfs"), effect=True),
)
