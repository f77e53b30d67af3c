"""Selects the container instance for a task, and the tasks to stop at a scale-in; pure functions of plain values.

The process is as AWS documents it (developer guide, task-placement-strategies.html): the hosts that
have the CPU, GPU, memory and ports; of these, those that satisfy the constraints; of these, those that the
strategies prefer, each among those that the previous one left; of these, any. Constraints are binding, strategies are
best effort: they rank hosts and never make a task unplaceable.

AWS documents no rule for these cases: `rng` chooses among equal hosts; a host without the attribute of a spread is
chosen only if no host with it can take the task; and a spread counts the tasks of the newest deployment, so that a
forced deployment rebalances a service, as AWS's engineers advise (aws/containers-roadmap#105,
aws/amazon-ecs-agent#685).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from operator import attrgetter
from random import Random
from typing import TypeVar

from labs.errors import BadPlacement
from labs.sandbox.ecs.placement import query
from labs.sandbox.ecs.placement.host import Host, Placed, Port, ResourceRequest, release, take
from labs.sandbox.ecs.placement.rules import (
    SERVICE_DEFAULT,
    STANDALONE_DEFAULT,
    Constraint,
    Strategy,
    check_together,
    read_constraints,
    read_strategies,
)

__all__ = [
    "SERVICE_DEFAULT",
    "STANDALONE_DEFAULT",
    "BadPlacement",
    "Constraint",
    "Host",
    "Lack",
    "Placed",
    "Port",
    "ResourceRequest",
    "Strategy",
    "Unplaced",
    "check_together",
    "choose_host",
    "lack_of",
    "read_constraints",
    "read_strategies",
    "release",
    "take",
    "to_stop",
]

_Item = TypeVar("_Item")


class Lack(Enum):
    """A reason why a host does not fit, in the order of the process: RunTask's and a service event's words."""

    AGENT = ("AGENT", "doesn't have the agent connected")
    ATTRIBUTE = ("ATTRIBUTE", "is missing an attribute required by your task")
    CPU = ("RESOURCE:CPU", "has insufficient CPU units available")
    GPU = ("RESOURCE:GPU", 'encountered error "RESOURCE:GPU"')
    MEMORY = ("RESOURCE:MEMORY", "has insufficient memory available")
    PORTS = ("RESOURCE:PORTS", "is already using a port required by your task")
    INTERFACES = ("RESOURCE:ENI", 'encountered error "RESOURCE:ENI"')
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
    """No host can take the task: each host with the first requirement that it does not meet, the closest match first.

    Empty if the cluster has no instances, which RunTask answers with an InvalidParameterException
    ("No Container Instances were found in your cluster.") and a service with an event.
    """

    lacks: tuple[tuple[Host, Lack], ...] = ()

    def failures(self) -> list[dict[str, str]]:
        """The `failures` of RunTask: one for each container instance."""
        return [{"arn": host.arn, "reason": lack.reason} for host, lack in self.lacks]

    def event(self, service: str, within: str = "cluster") -> str:
        """The message of the service event, in AWS's words; `within` may also be `capacity provider`."""
        closest = f"Reason: No Container Instances were found in your {within}."
        if self.lacks:
            host, lack = self.lacks[0]
            closest = f"The closest matching (container-instance {host.id}) {lack.words}."
        return (
            f"(service {service}) was unable to place a task because no container instance met all of its "
            f"requirements. {closest} For more information, see the Troubleshooting section of the Amazon ECS "
            "Developer Guide."
        )


def choose_host(needs: ResourceRequest, hosts: Iterable[Host], rng: Random) -> Host | Unplaced:
    """The host for the task, unchanged; the order of the hosts has no influence."""
    known = list(hosts)
    able = [host for host in known if lack_of(host, needs) is None]
    if not able:
        return _unplaced(needs, known)
    spread: tuple[str, ...] = ()
    for strategy in needs.strategies:
        if len(able) == 1:
            break
        match strategy.type:
            case "binpack":
                able = _lowest(able, attrgetter(strategy.field))
            case "spread":
                spread = (*spread, strategy.field)
                able = _fewest_tasks(able, known, needs, spread)
            case "random":
                able = [_draw(able, rng)]
    return _draw(able, rng)


def lack_of(host: Host, needs: ResourceRequest) -> Lack | None:
    """The first requirement of the task that the host does not meet, if any; strategies are not considered."""
    if not host.agent_connected:
        return Lack.AGENT
    if not needs.requires <= host.attributes.keys():
        return Lack.ATTRIBUTE
    if host.cpu < needs.cpu:
        return Lack.CPU
    if host.gpus < needs.gpus:
        return Lack.GPU
    if host.memory < needs.memory:
        return Lack.MEMORY
    if not host.ports.isdisjoint(needs.ports):
        return Lack.PORTS
    if host.interfaces < needs.interfaces:
        return Lack.INTERFACES
    return next(filter(None, (_broken(each, host, needs.group) for each in needs.constraints)), None)


def to_stop(
    count: int, placed: Iterable[Placed], hosts: Iterable[Host], strategies: Sequence[Strategy], rng: Random
) -> tuple[Placed, ...]:
    """The tasks of a service that a scale-in by `count` stops, in this order.

    `hosts` holds every host that a task names. The strategies choose as they do for placement, the other way
    round (developer guide, task-placement-strategies.html): spread takes from where most tasks are, binpack from
    the host "that has the most available resources left after task termination".
    """
    at = {host.arn: host for host in hosts}
    left = sorted(placed, key=attrgetter("task"))
    stopped: list[Placed] = []
    while left and len(stopped) < count:
        task = _next_to_stop(left, at, strategies, rng)
        left.remove(task)
        stopped.append(task)
        at[task.host] = release(at[task.host], task.needs)
    return tuple(stopped)


def _next_to_stop(
    left: list[Placed], at: Mapping[str, Host], strategies: Sequence[Strategy], rng: Random
) -> Placed:
    able = left
    spread: tuple[str, ...] = ()
    for strategy in strategies:
        match strategy.type:
            case "binpack":
                able = _most_freed(able, at, strategy.field)
            case "spread":
                spread = (*spread, strategy.field)
                able = _most_tasks(able, left, at, spread)
            case "random":
                able = [rng.choice(able)]
    return rng.choice(able)


def _most_freed(able: list[Placed], at: Mapping[str, Host], resource: str) -> list[Placed]:
    """The tasks whose hosts have the most `cpu` or `memory` left after they are stopped."""
    amount: Callable[[Host | ResourceRequest], int] = attrgetter(resource)
    return _lowest(able, lambda task: -(amount(at[task.host]) + amount(task.needs)))


def _most_tasks(
    able: list[Placed], left: list[Placed], at: Mapping[str, Host], fields: tuple[str, ...]
) -> list[Placed]:
    counts = Counter(_values(at[task.host], fields) for task in left)
    return _lowest(able, lambda task: -counts[_values(at[task.host], fields)])


def _fewest_tasks(
    able: list[Host], known: list[Host], needs: ResourceRequest, fields: tuple[str, ...]
) -> list[Host]:
    """The hosts whose value has the fewest tasks of the deployment, or else of the group; full hosts counted too.

    Each further spread counts within the values of the ones before it, as the guide's example spreads across
    zones and "then distributes tasks evenly across the instances within each Availability Zone".
    """
    counts: Counter[tuple[str | None, ...]] = Counter()
    for host in known:
        tasks = host.deployments.get(needs.deployment) if needs.deployment else host.groups.get(needs.group)
        if tasks:
            counts[_values(host, fields)] += tasks
    with_value = [host for host in able if _has(host, fields[-1])]
    return _lowest(with_value or able, lambda host: counts[_values(host, fields)])


def _values(host: Host, fields: tuple[str, ...]) -> tuple[str | None, ...]:
    """The host's value for each field of a spread: None for an attribute without value, "" for none at all."""
    return tuple(
        [
            host.arn if each == "instanceId" else host.attributes.get(each.removeprefix("attribute:"), "")
            for each in fields
        ]
    )


def _has(host: Host, spread_field: str) -> bool:
    return spread_field == "instanceId" or spread_field.removeprefix("attribute:") in host.attributes


def _lowest(items: list[_Item], key: Callable[[_Item], int]) -> list[_Item]:
    keys = list(map(key, items))
    lowest = min(keys)
    return [item for item, each in zip(items, keys, strict=True) if each == lowest]


def _draw(hosts: list[Host], rng: Random) -> Host:
    return rng.choice(sorted(hosts, key=attrgetter("arn")))


def _broken(constraint: Constraint, host: Host, group: str) -> Lack | None:
    if constraint.expression is not None:
        return None if query.matches(constraint.expression, host) else Lack.MEMBER_OF
    return Lack.DISTINCT_INSTANCE if host.groups.get(group, 0) else None


def _unplaced(needs: ResourceRequest, hosts: list[Host]) -> Unplaced:
    """The hosts by closest match: first those that got furthest, then those with most of the missing resource."""
    order = list(Lack)
    free: dict[Lack, Callable[[Host], int]] = {
        Lack.CPU: attrgetter("cpu"),
        Lack.GPU: attrgetter("gpus"),
        Lack.MEMORY: attrgetter("memory"),
    }

    def closeness(found: tuple[Host, Lack]) -> tuple[int, int, str]:
        host, lack = found
        return -order.index(lack), -free[lack](host) if lack in free else 0, host.arn

    found = [(host, lack) for host in hosts if (lack := lack_of(host, needs)) is not None]
    return Unplaced(tuple(sorted(found, key=closeness)))
