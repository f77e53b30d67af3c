"""Which container instance takes a task, and which task goes when a service shrinks: pure, over plain values.

The process is the one that AWS documents (developer guide, task-placement-strategies.html): the hosts that
have the CPU, GPU, memory and ports; of these, the ones that obey the constraints; of these, the ones that the
strategies prefer, each narrowing what the one before left; of these, any. Constraints bind, strategies are a
best effort: they order hosts and never make a task unplaceable.

Left open by AWS and settled here: equals are drawn by `rng`, and a host without the attribute of a spread
is taken only where no host with it can take the task.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from operator import attrgetter
from random import Random

from labs.sandbox import query
from labs.sandbox.placement_rules import ZONE, Constraint, Strategy

Port = tuple[str, int]
"""A protocol and a port of the host: `("tcp", 80)`."""

SERVICE_DEFAULT = (Strategy("spread", ZONE), Strategy("spread", "instanceId"))
"""For a service without strategies: across zones, then "favoring container instances with the fewest number
of running tasks for this service" (developer guide, ecs_services.html)."""

STANDALONE_DEFAULT: tuple[Strategy, ...] = ()
"""For RunTask without strategies: "placed randomly in a cluster" (AWS compute blog, Amazon ECS Task Placement)."""


@dataclass(frozen=True, slots=True)
class Host:
    """An ACTIVE container instance as placement sees it: what is free on it and what runs there.

    `cpu` is in CPU units and `memory` in MiB, both what is left, like `remainingResources`. `groups` counts the
    tasks whose desired status is RUNNING (`service:web`, `family:batch`): a task that is stopping no longer counts
    for distinctInstance. A DRAINING instance is not handed in: it takes no tasks.
    """

    arn: str
    cpu: int
    memory: int
    gpus: int = 0
    ports: frozenset[Port] = frozenset()
    attributes: Mapping[str, str | None] = field(default_factory=dict)
    groups: Mapping[str, int] = field(default_factory=dict)
    instance_id: str = ""
    agent_connected: bool = True
    agent_version: str = ""
    registered_at: datetime | None = None
    running: int = 0

    @property
    def id(self) -> str:
        """The last part of the ARN, as service events name the instance."""
        return self.arn.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Ask:
    """What one task needs; the constraints of its task definition and of its service or request together.

    A host port of 0 asks for none: leave it out of `ports`. `requires` names attributes that the task definition
    demands of a host, such as `com.amazonaws.ecs.capability.task-iam-role`.
    """

    group: str
    cpu: int = 0
    memory: int = 0
    gpus: int = 0
    ports: frozenset[Port] = frozenset()
    requires: frozenset[str] = frozenset()
    constraints: tuple[Constraint, ...] = ()
    strategies: tuple[Strategy, ...] = SERVICE_DEFAULT


@dataclass(frozen=True, slots=True)
class Placed:
    """A task that runs, where (the host's ARN), and what it took there."""

    task: str
    host: str
    ask: Ask


class Lack(Enum):
    """What a host lacks, in the order of the process: the reason in RunTask's failures, and a service event's words."""

    AGENT = ("AGENT", "doesn't have the agent connected")
    ATTRIBUTE = ("ATTRIBUTE", "is missing an attribute required by your task")
    CPU = ("RESOURCE:CPU", "has insufficient CPU units available")
    GPU = ("RESOURCE:GPU", 'encountered error "RESOURCE:GPU"')
    MEMORY = ("RESOURCE:MEMORY", "has insufficient memory available")
    PORTS = ("RESOURCE:PORTS", "is already using a port required by your task")
    DISTINCT_INSTANCE = (
        "DistinctInstance placement constraint unsatisfied.",
        'encountered error "DistinctInstance placement constraint unsatisfied."',
    )
    MEMBER_OF = (
        "MemberOf placement constraint unsatisfied.",
        'encountered error "MemberOf placement constraint unsatisfied."',
    )

    def __init__(self, reason: str, words: str) -> None:
        self.reason = reason
        self.words = words


@dataclass(frozen=True, slots=True)
class Unplaced:
    """No host can take the task: each with the first thing that it lacks, the closest match first.

    Empty where the cluster has no instances, which RunTask answers with an InvalidParameterException
    ("No Container Instances were found in your cluster.") and a service with an event.
    """

    lacks: tuple[tuple[Host, Lack], ...] = ()

    def failures(self) -> list[dict[str, str]]:
        """The `failures` of RunTask: one for each container instance."""
        return [{"arn": host.arn, "reason": lack.reason} for host, lack in self.lacks]

    def event(self, service: str) -> str:
        """The message of the service event, in AWS's words."""
        raise NotImplementedError


def choose(ask: Ask, hosts: Iterable[Host], rng: Random) -> Host | Unplaced:
    """The host that takes the task, as it was handed in; the order of the hosts has no influence."""
    raise NotImplementedError


def take(host: Host, ask: Ask) -> Host:
    """The host with one task of this kind more."""
    raise NotImplementedError


def release(host: Host, ask: Ask) -> Host:
    """The host with one task of this kind less."""
    raise NotImplementedError


def to_stop(
    count: int, placed: Sequence[Placed], hosts: Iterable[Host], strategies: Sequence[Strategy], rng: Random
) -> tuple[Placed, ...]:
    """The tasks of one service that a scale-in by `count` removes, in the order of their stopping."""
    raise NotImplementedError
