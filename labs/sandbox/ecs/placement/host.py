"""Container instances and tasks as placement sees them: plain values, with no AWS behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from labs.sandbox.ecs.placement.rules import SERVICE_DEFAULT, Constraint, Strategy

Port = tuple[str, int]
"""A protocol and a port of the host: `("tcp", 80)`."""


@dataclass(frozen=True, slots=True)
class Host:
    """An ACTIVE container instance as placement sees it: what is free on it and what runs there.

    `cpu` is in CPU units and `memory` in MiB, both what is left, like `remainingResources`. `groups` counts
    the tasks whose desired status is RUNNING (`service:web`, `family:batch`): a task that is stopping does not
    stand in the way of distinctInstance. `deployments` counts the same tasks by the deployment of their service.
    `interfaces` counts the network interfaces that its type has left for tasks in awsvpc.
    A DRAINING instance takes no tasks and is not handed to `choose_host`.
    """

    arn: str
    cpu: int
    memory: int
    gpus: int = 0
    ports: frozenset[Port] = frozenset()
    attributes: Mapping[str, str | None] = field(default_factory=dict)
    groups: Mapping[str, int] = field(default_factory=dict)
    deployments: Mapping[str, int] = field(default_factory=dict)
    instance_id: str = ""
    agent_connected: bool = True
    agent_version: str = ""
    registered_at: datetime | None = None
    running: int = 0
    interfaces: int = 1000

    @property
    def id(self) -> str:
        """The last part of the ARN, as service events name the instance."""
        return self.arn.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class ResourceRequest:
    """The requirements of one task; constraints of its task definition and of its service or request together.

    A host port of 0 asks for none and stays out of `ports`. `requires` names attributes that the task
    definition demands of a host, such as `com.amazonaws.ecs.capability.task-iam-role`. A task of a service has a
    `deployment`, whose tasks alone are what a spread counts: the old ones are about to go.
    """

    group: str
    deployment: str = ""
    cpu: int = 0
    memory: int = 0
    gpus: int = 0
    ports: frozenset[Port] = frozenset()
    requires: frozenset[str] = frozenset()
    constraints: tuple[Constraint, ...] = ()
    strategies: tuple[Strategy, ...] = SERVICE_DEFAULT
    interfaces: int = 0


@dataclass(frozen=True, slots=True)
class Placed:
    """A task that runs, where (the host's ARN), and what it took there."""

    task: str
    host: str
    needs: ResourceRequest


def take(host: Host, needs: ResourceRequest) -> Host:
    """The host with one task of this kind more."""
    return replace(
        host,
        cpu=host.cpu - needs.cpu,
        memory=host.memory - needs.memory,
        gpus=host.gpus - needs.gpus,
        ports=host.ports | needs.ports,
        groups=_counted(host.groups, needs.group, 1),
        deployments=_counted(host.deployments, needs.deployment, 1),
        running=host.running + 1,
        interfaces=host.interfaces - needs.interfaces,
    )


def release(host: Host, needs: ResourceRequest) -> Host:
    """The host with one task of this kind less."""
    return replace(
        host,
        cpu=host.cpu + needs.cpu,
        memory=host.memory + needs.memory,
        gpus=host.gpus + needs.gpus,
        ports=host.ports - needs.ports,
        groups=_counted(host.groups, needs.group, -1),
        deployments=_counted(host.deployments, needs.deployment, -1),
        running=host.running - 1,
        interfaces=host.interfaces + needs.interfaces,
    )


def _counted(counts: Mapping[str, int], name: str, change: int) -> dict[str, int]:
    """The counts with one of them changed; no name counts for nothing."""
    changed = {**counts, name: counts.get(name, 0) + change}
    return {each: tasks for each, tasks in changed.items() if each and tasks}
