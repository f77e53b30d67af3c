"""The CPU and memory that a task reserves, and the number of such tasks that an instance can hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import msgspec

from labs.sdk import CannotTell

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import (
        ContainerDefinitionOutputTypeDef,
        PortMappingTypeDef,
        ResourceOutputTypeDef,
        TaskDefinitionTypeDef,
    )

Port = tuple[str, int]
"""The protocol and number of a port of the host."""

_PROTOCOLS = {"PORTS": "tcp", "PORTS_UDP": "udp"}
"""The resources by which ECS reports the taken ports of an instance, each with the protocol."""


class Size(msgspec.Struct, frozen=True):
    """The resources that one task reserves: CPU units, MiB, and fixed ports of the host."""

    cpu: int
    memory: int
    ports: tuple[Port, ...]

    def ports_text(self) -> str:
        """The ports as one phrase (`host port 8080, 53/udp`)."""
        names = [str(port) if protocol == "tcp" else f"{port}/{protocol}" for protocol, port in self.ports]
        return f"host port {', '.join(dict.fromkeys(names))}" if names else "no host port"


class RemainingResources(msgspec.Struct, frozen=True):
    """The CPU units and MiB that a container instance has left, and its ports that are taken."""

    cpu: int
    memory: int
    ports: frozenset[Port]

    def fits(self, size: Size) -> bool:
        """Whether there is enough for one more task of this size."""
        enough = self.cpu >= size.cpu and self.memory >= size.memory
        return enough and self.ports.isdisjoint(size.ports)

    def without(self, size: Size) -> RemainingResources:
        """The resources left before a task of this size was placed."""
        return RemainingResources(
            self.cpu + size.cpu, self.memory + size.memory, self.ports.difference(size.ports)
        )

    def beside(self, size: Size) -> RemainingResources:
        """The resources left while a task of this size was running too."""
        return RemainingResources(
            self.cpu - size.cpu, self.memory - size.memory, self.ports.union(size.ports)
        )


def size_of(task: TaskDefinitionTypeDef) -> Size:
    """The resources that a task of this definition reserves; a container's soft limit counts where it has one."""
    containers = task["containerDefinitions"]
    cpu = int(task.get("cpu") or sum(container.get("cpu", 0) for container in containers))
    memory = int(
        task.get("memory")
        or sum(container.get("memoryReservation") or container.get("memory", 0) for container in containers)
    )
    mode = task.get("networkMode", "bridge")
    return Size(cpu, memory, tuple(sorted(_host_ports(containers, mode))))


def _host_ports(containers: Iterable[ContainerDefinitionOutputTypeDef], mode: str) -> Iterator[Port]:
    for container in containers:
        for mapping in container.get("portMappings", []):
            port = _host_port(mapping, mode)
            if port:
                yield mapping.get("protocol", "tcp"), port


def _host_port(mapping: PortMappingTypeDef, mode: str) -> int:
    """The port of the host that a mapping takes; 0 where Docker chooses it, or where the task has its own interface.

    In host mode a container's port is the host's.
    """
    if mode == "awsvpc":
        return 0
    return mapping.get("hostPort", 0) or (mapping.get("containerPort", 0) if mode == "host" else 0)


def amount(resources: Iterable[ResourceOutputTypeDef], name: str) -> int:
    """The number of one resource (CPU, MEMORY) of a container instance's registered or remaining ones."""
    for each in resources:
        if each["name"] == name:
            return int(each["integerValue"])
    raise CannotTell(f"ECS does not report the {name} of a container instance")


def left_of(resources: Iterable[ResourceOutputTypeDef]) -> RemainingResources:
    """The resources left, by a container instance's remaining resources."""
    given = list(resources)
    return RemainingResources(amount(given, "CPU"), amount(given, "MEMORY"), frozenset(_taken(given)))


def capacity(resources: Iterable[ResourceOutputTypeDef], size: Size) -> int:
    """How many tasks of this size fit into these resources; at most one if a task takes a host port."""
    given = list(resources)
    capacities = [
        amount(given, name) // each for name, each in (("CPU", size.cpu), ("MEMORY", size.memory)) if each > 0
    ]
    if size.ports:
        capacities.append(int(not set(size.ports) & set(_taken(given))))
    return min(capacities, default=0)


def _taken(resources: Iterable[ResourceOutputTypeDef]) -> Iterator[Port]:
    for each in resources:
        if protocol := _PROTOCOLS.get(each["name"]):
            yield from ((protocol, int(port)) for port in each.get("stringSetValue", []))
