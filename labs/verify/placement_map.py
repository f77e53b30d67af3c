"""The placement of tasks according to answers of ECS: zones, instances, and the tasks on each.

Uses the answers that a check read, from real accounts as well, or those that `labs sandbox map` reads.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from labs.aws.request_scope import Read

FARGATE, FARGATE_SPOT = "Fargate", "Fargate Spot"
NO_ZONE = "zone unknown"


@dataclass(frozen=True, slots=True)
class PlacedTask:
    """A running or starting task; CPU in units (1,024 per vCPU), memory in MiB."""

    id: str
    group: str
    """The service or family that it belongs to."""
    status: str
    cpu: int
    memory: int


@dataclass(slots=True)
class MappedInstance:
    """A container instance, or Fargate in one zone; CPU and memory as registered by the agent, 0 for Fargate."""

    id: str
    type: str
    zone: str
    cpu: int
    memory: int
    tasks: list[PlacedTask] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PlacementMap:
    """The hosts of one cluster, by zone."""

    cluster: str
    hosts: tuple[MappedInstance, ...]

    @property
    def zones(self) -> dict[str, list[MappedInstance]]:
        """The hosts of each zone, in the order of their names."""
        found: dict[str, list[MappedInstance]] = {}
        for host in sorted(self.hosts, key=lambda host: (host.zone, host.type == FARGATE, host.id)):
            found.setdefault(host.zone, []).append(host)
        return found

    @property
    def tasks(self) -> int:
        """How many tasks are on all hosts together."""
        return sum(len(host.tasks) for host in self.hosts)


def maps_of(reads: Iterable[Read]) -> list[PlacementMap]:
    """A map of each cluster with tasks or container instances in these answers; later answers replace earlier ones."""
    instances: dict[str, dict[str, Any]] = {}
    tasks: dict[str, dict[str, Any]] = {}
    for read in reads:
        if (read.service, read.operation) == ("ecs", "DescribeContainerInstances"):
            instances |= {each["containerInstanceArn"]: each for each in read.answer["containerInstances"]}
        elif (read.service, read.operation) == ("ecs", "DescribeTasks"):
            tasks |= {each["taskArn"]: each for each in read.answer["tasks"]}
    clusters = {_cluster(arn) for arn in (*instances, *tasks)}
    return [
        _map(
            cluster,
            [each for arn, each in instances.items() if _cluster(arn) == cluster],
            [each for arn, each in tasks.items() if _cluster(arn) == cluster],
        )
        for cluster in sorted(clusters)
    ]


def _map(cluster: str, instances: list[dict[str, Any]], tasks: list[dict[str, Any]]) -> PlacementMap:
    hosts = {each["containerInstanceArn"]: _host(each) for each in instances}
    for task in sorted(tasks, key=lambda task: (str(task.get("group", "")), task["taskArn"])):
        if task.get("lastStatus") == "STOPPED":
            continue
        key = task.get("containerInstanceArn") or f"{_fargate(task)} {task.get('availabilityZone', NO_ZONE)}"
        host = hosts.setdefault(key, _elsewhere(key, task))
        host.tasks.append(_task(task))
    return PlacementMap(cluster, tuple(hosts.values()))


def _host(instance: dict[str, Any]) -> MappedInstance:
    attributes = {each["name"]: each.get("value", "") for each in instance.get("attributes", ())}
    sizes = {each["name"]: each.get("integerValue", 0) for each in instance.get("registeredResources", ())}
    return MappedInstance(
        instance.get("ec2InstanceId") or _last(instance["containerInstanceArn"]),
        attributes.get("ecs.instance-type", ""),
        attributes.get("ecs.availability-zone", NO_ZONE),
        sizes.get("CPU", 0),
        sizes.get("MEMORY", 0),
    )


def _fargate(task: dict[str, Any]) -> str:
    return FARGATE_SPOT if task.get("capacityProviderName") == "FARGATE_SPOT" else FARGATE


def _elsewhere(key: str, task: dict[str, Any]) -> MappedInstance:
    """A host that is not among the described instances: Fargate, or an instance that was not read."""
    zone = task.get("availabilityZone", NO_ZONE)
    if key.startswith(FARGATE):
        return MappedInstance(_fargate(task), FARGATE, zone, 0, 0)
    return MappedInstance(_last(key), "", zone, 0, 0)


def _task(task: dict[str, Any]) -> PlacedTask:
    group = str(task.get("group") or _last(task.get("taskDefinitionArn", "")))
    containers = task.get("containers", ())
    cpu = int(task.get("cpu") or 0) or sum(int(each.get("cpu") or 0) for each in containers)
    memory = int(task.get("memory") or 0) or sum(
        int(each.get("memoryReservation") or each.get("memory") or 0) for each in containers
    )
    return PlacedTask(
        _last(task["taskArn"]), group.partition(":")[2] or group, task.get("lastStatus", ""), cpu, memory
    )


def _cluster(arn: str) -> str:
    parts = arn.split("/")
    return parts[1] if len(parts) > 2 else "default"


def _last(arn: str) -> str:
    return arn.rpartition("/")[2]
