"""Spread tasks across Availability Zones: one service by a spread strategy, and one placed at random."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from labs.sdk import Account, Failed, Names, Objective, Outcome, Passed

from . import _ecs, _leftovers, _placement

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import ContainerInstanceTypeDef

ZONES = 3
TASKS = 6
RANDOM_TASKS = 3
FIELD = f"attribute:{_placement.ZONE}"


def instances_in_three_zones(account: Account, lab: Names) -> Outcome:
    """ACTIVE container instances of the cluster are in three Availability Zones."""
    there = _ecs.cluster_is_active(account, lab["cluster"])
    if isinstance(there, Failed):
        return there
    hosts = _placement.active_hosts(account, lab["cluster"])
    zones = _by_zone(hosts.standing)
    summary = ", ".join(f"{count} in {zone}" for zone, count in sorted(zones.items()))
    if len(zones) >= ZONES:
        return Passed(f"ACTIVE container instances: {summary}", evidence="containerInstances[].ec2InstanceId")
    return Failed(
        found=f"ACTIVE container instances: {summary or 'none'}{hosts.gone_text}",
        expected=f"at least one ACTIVE container instance in each of {ZONES} Availability Zones",
        hint="Check the subnet of each instance, and whether every instance is registered and ACTIVE in this cluster.",
        evidence="containerInstances[].[ec2InstanceId, status]",
    )


def _by_zone(instances: Iterable[ContainerInstanceTypeDef]) -> Counter[str]:
    return Counter(filter(None, (_placement.attribute(each, _placement.ZONE) for each in instances)))


def first_strategy_spreads_over_zones(account: Account, lab: Names) -> Outcome:
    """The first strategy of the service is spread on the Availability Zone."""
    service = _ecs.service_or_why(account, lab["cluster"], lab["service"])
    if isinstance(service, Failed):
        return service
    strategies = service.get("placementStrategy", [])
    first = strategies[0] if strategies else {}
    if first.get("type") == "spread" and first.get("field") == FIELD:
        return Passed(f"the first strategy is spread on {FIELD}", evidence="services[0].placementStrategy")
    return Failed(
        found=f"{lab['service']} has {_placement.strategies_text(strategies)}",
        expected=f"spread on {FIELD} as the first strategy",
        hint="Check the type, the field and the order of the placement strategies.",
        evidence="services[0].placementStrategy",
    )


def tasks_are_balanced_between_zones(account: Account, lab: Names) -> Outcome:
    """The six tasks of the service differ by at most one between the zones that have instances."""
    tasks = _placement.tasks_or_why(account, lab["cluster"], lab["service"], TASKS)
    if isinstance(tasks, Failed):
        return tasks
    if outside := _placement.on_fargate(tasks):
        return outside
    hosts = _placement.hosts_of(account, lab["cluster"], tasks)
    zones = Counter(dict.fromkeys(_by_zone(_placement.standing_instances(account, lab["cluster"])), 0))
    places = (hosts[task["containerInstanceArn"]] for task in tasks)
    zones.update(_placement.attribute(place, _placement.ZONE) or "no zone" for place in places)
    summary = ", ".join(f"{count} in {zone}" for zone, count in sorted(zones.items()))
    if max(zones.values()) - min(zones.values()) <= 1:
        return Passed(f"{TASKS} tasks: {summary}", evidence="tasks[].[containerInstanceArn, lastStatus]")
    return Failed(
        found=f"{TASKS} tasks: {summary}",
        expected="a difference of at most one task between zones",
        hint="A strategy applies only to tasks that ECS places after you set it, on the instances of that time.",
        evidence="tasks[].[containerInstanceArn, lastStatus]",
    )


def service_places_at_random(account: Account, lab: Names) -> Outcome:
    """The other service places its tasks at random."""
    service = _ecs.service_or_why(account, lab["cluster"], lab["random"])
    if isinstance(service, Failed):
        return service
    strategies = service.get("placementStrategy", [])
    if strategies and strategies[0]["type"] == "random":
        return Passed(
            f"the first strategy of {lab['random']} is random", evidence="services[0].placementStrategy"
        )
    return Failed(
        found=f"{lab['random']} has {_placement.strategies_text(strategies)}",
        expected="random as the first strategy",
        hint="Check the type and the order of the placement strategies."
        if strategies
        else "A service without a strategy does not place at random: ECS spreads its tasks by default.",
        evidence="services[0].placementStrategy",
    )


def three_random_tasks_are_running(account: Account, lab: Names) -> Outcome:
    """3 tasks of the service that places at random are running."""
    tasks = _placement.tasks_or_why(account, lab["cluster"], lab["random"], RANDOM_TASKS)
    if isinstance(tasks, Failed):
        return tasks
    return Passed(f"{RANDOM_TASKS} tasks are running", evidence="tasks[].lastStatus")


READS = (
    *_ecs.CLUSTER_READS,
    *_ecs.SERVICE_READS,
    *_placement.STANDING_READS,
    *_ecs.TASK_READS,
    "ecs:DescribeTaskDefinition",
)
LEFTOVERS = (
    _leftovers.of(
        *_leftovers.CLUSTER,
        *_leftovers.HOSTS,
        *_leftovers.DEFINITIONS,
        cluster=["{cluster}"],
        family=["{cluster}"],
        role=["{cluster}-instance"],
    ),
)
OBJECTIVES = (
    Objective("zones", instances_in_three_zones),
    Objective("spread-zone", first_strategy_spreads_over_zones),
    Objective("balanced", tasks_are_balanced_between_zones, needs=("spread-zone",), effect=True),
    Objective("random", service_places_at_random),
    Objective("random-running", three_random_tasks_are_running, needs=("random",), effect=True),
)
