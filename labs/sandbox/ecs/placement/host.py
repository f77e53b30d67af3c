"""Container instances and tasks as plain values for placement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from labs.sandbox.ecs.placement.rules import SERVICE_DEFAULT, Constraint, Strategy

Port = tuple[str, int]
"""The protocol and number of a host port: `("tcp", 80)`."""


@dataclass(frozen=True, slots=True)
class Host:
    """An ACTIVE container instance for placement: its free resources and its tasks.

    `cpu` (CPU units) and `memory` (MiB) are the remaining resources. `groups` counts
    the tasks whose desired status is RUNNING (`service:web`, `family:batch`): a stopping task does not
    affect distinctInstance. `deployments` counts the same tasks by the deployment of their service.
    `interfaces` is the number of remaining network interfaces for tasks in awsvpc mode.
    A DRAINING instance takes no tasks and is not passed to `choose_host`.
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
    """The requirements of one task, with the constraints of its task definition and of its service or request.

    `ports` contains no host port 0, which requires none. `requires` names attributes that the task
    definition requires of a host, such as `com.amazonaws.ecs.capability.task-iam-role`. A task of a service has a
    `deployment`; a spread counts only the tasks of this deployment, because the old ones will be stopped.
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
    """A running task, the ARN of its host, and the resources that it uses."""

    task: str
    host: str
    needs: ResourceRequest


def take(host: Host, needs: ResourceRequest) -> Host:
    """The host with one more task of this kind."""
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
    """The host with one fewer task of this kind."""
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
    """The counts with one of them changed; unchanged without a name."""
    changed = {**counts, name: counts.get(name, 0) + change}
    return {each: tasks for each, tasks in changed.items() if each and tasks}
