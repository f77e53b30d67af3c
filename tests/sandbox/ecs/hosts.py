"""Hosts and requests for tests of placement, without any AWS."""

from collections import Counter
from collections.abc import Sequence
from random import Random

from labs.sandbox.ecs.placement.selection import (
    Host,
    Placed,
    ResourceRequest,
    Strategy,
    Unplaced,
    choose_host,
    read_constraints,
    take,
)

WEB = "service:web"


ZONE = "attribute:ecs.availability-zone"


BY_ZONE = Strategy("spread", ZONE)


BY_INSTANCE = Strategy("spread", "instanceId")


PACKED = Strategy("binpack", "memory")


RANDOM = Strategy("random")


DISTINCT = read_constraints([{"type": "distinctInstance"}])


def host(name: str, zone: str = "a", cpu: int = 1024, memory: int = 1024, **others: object) -> Host:
    """A container instance with room for a few tasks."""
    attributes = {"ecs.availability-zone": zone, **others.pop("attributes", {})}
    return Host(
        f"arn:aws:ecs:eu-west-1:1:container-instance/c/{name}", cpu, memory, attributes=attributes, **others
    )


def member_of(expression: str):
    """The constraints that one memberOf expression makes."""
    return read_constraints([{"type": "memberOf", "expression": expression}])


def run(
    needs: ResourceRequest, hosts: Sequence[Host], count: int, seed: int = 0
) -> tuple[list[Host], list[Placed]]:
    """The world after `count` tasks, or as many as fit, and where they went."""
    world = {each.arn: each for each in hosts}
    rng, placed = Random(seed), []
    for number in range(count):
        chosen = choose_host(needs, world.values(), rng)
        if isinstance(chosen, Unplaced):
            break
        world[chosen.arn] = take(chosen, needs)
        placed.append(Placed(f"task-{number:03}", chosen.arn, needs))
    return list(world.values()), placed


def tasks_by_zone(hosts: Sequence[Host], group: str = WEB) -> Counter[str | None]:
    """How many tasks of a group each zone holds."""
    count: Counter[str | None] = Counter()
    for each in hosts:
        count[each.attributes.get("ecs.availability-zone")] += each.groups.get(group, 0)
    return count


def chosen_name(needs: ResourceRequest, *hosts: Host, seed: int = 0) -> str:
    """The short name of the host that takes the task."""
    chosen = choose_host(needs, hosts, Random(seed))
    assert isinstance(chosen, Host), chosen
    return chosen.id
