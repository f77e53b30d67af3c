"""Properties of every placement, whatever the hosts and the request."""

from random import Random

import pytest
from hosts import BY_INSTANCE, BY_ZONE, DISTINCT, PACKED, RANDOM, WEB, host, member_of, run, tasks_by_zone
from hypothesis import given
from hypothesis import strategies as st

from labs.sandbox.ecs.placement.selection import (
    Host,
    ResourceRequest,
    Strategy,
    Unplaced,
    choose_host,
    release,
    take,
    to_stop,
)

ZONES = st.sampled_from(["a", "b", "c"])


PORTS = st.frozensets(st.tuples(st.sampled_from(["tcp", "udp"]), st.integers(1, 3)), max_size=2)


STRATEGIES = st.lists(
    st.sampled_from(
        [BY_ZONE, BY_INSTANCE, PACKED, Strategy("binpack", "cpu"), RANDOM, Strategy("spread", "attribute:x")]
    ),
    max_size=5,
).map(tuple)


CONSTRAINTS = st.lists(
    st.sampled_from(
        [
            *DISTINCT,
            *member_of("attribute:ecs.availability-zone in [a, b]"),
            *member_of("attribute:x exists"),
            *member_of("runningTasksCount < 3"),
            *member_of("task:group == database"),
        ]
    ),
    max_size=3,
).map(tuple)


ASKS = st.builds(
    ResourceRequest,
    group=st.sampled_from([WEB, "database", "family:batch"]),
    cpu=st.integers(0, 5),
    memory=st.integers(0, 5),
    gpus=st.integers(0, 1),
    ports=PORTS,
    requires=st.sampled_from([frozenset(), frozenset({"x"})]),
    constraints=CONSTRAINTS,
    strategies=STRATEGIES,
)


@st.composite
def worlds(draw: st.DrawFn) -> list[Host]:
    """A few hosts of all sorts, empty or with tasks of someone else."""
    return [
        host(
            f"h{number}",
            draw(ZONES),
            cpu=draw(st.integers(0, 12)),
            memory=draw(st.integers(0, 12)),
            gpus=draw(st.integers(0, 2)),
            ports=draw(PORTS),
            attributes=draw(st.sampled_from([{}, {"x": None}, {"x": "1"}])),
            groups=draw(st.sampled_from([{}, {"database": 1}])),
            agent_connected=draw(st.integers(0, 9)) > 0,
        )
        for number in range(draw(st.integers(0, 6)))
    ]


def able(ask: ResourceRequest, each: Host) -> bool:
    """Whether a host can take a task, said a second time and in other words than the scheduler's."""
    checks = {
        "distinctInstance": lambda _: each.groups.get(ask.group, 0) == 0,
        "attribute:ecs.availability-zone in [a, b]": lambda _: (
            each.attributes["ecs.availability-zone"] != "c"
        ),
        "attribute:x exists": lambda _: "x" in each.attributes,
        "runningTasksCount < 3": lambda _: each.running < 3,
        "task:group == database": lambda _: each.groups.get("database", 0) > 0,
    }
    return (
        each.agent_connected
        and each.cpu - ask.cpu >= 0
        and each.memory - ask.memory >= 0
        and each.gpus - ask.gpus >= 0
        and not each.ports & ask.ports
        and set(ask.requires) <= set(each.attributes)
        and all(checks[one.expression.text if one.expression else one.type](one) for one in ask.constraints)
    )


@pytest.mark.slow
@given(worlds(), st.lists(ASKS, max_size=12), st.integers(0, 99))
def test_a_task_is_placed_where_it_can_be_and_only_there(hosts, asks, seed):
    """Nothing is overcommitted, constraints always hold, and what can be placed is placed."""
    world, rng = {each.arn: each for each in hosts}, Random(seed)
    for ask in asks:
        candidates = [each for each in world.values() if able(ask, each)]
        chosen = choose_host(ask, world.values(), rng)
        if isinstance(chosen, Unplaced):
            assert not candidates
            assert {each.arn for each, _ in chosen.lacks} == set(world)
        else:
            assert chosen in candidates
            world[chosen.arn] = take(chosen, ask)


@pytest.mark.slow
@given(worlds(), ASKS, st.integers(0, 99), st.randoms(use_true_random=False))
def test_the_order_of_the_hosts_has_no_influence(hosts, ask, seed, shuffler):
    """The same seed draws the same host, however the hosts are listed."""
    shuffled = hosts[:]
    shuffler.shuffle(shuffled)
    assert choose_host(ask, hosts, Random(seed)) == choose_host(ask, shuffled, Random(seed))


@pytest.mark.slow
@given(worlds(), ASKS)
def test_release_takes_back_what_take_did(hosts, ask):
    """A task that came and went leaves no trace on a host that could take it."""
    for each in hosts:
        if able(ask, each):
            assert release(take(each, ask), ask) == each


@pytest.mark.slow
@given(
    st.integers(2, 6),
    st.integers(1, 40),
    st.integers(1, 5),
    st.sampled_from(["cpu", "memory"]),
    st.integers(0, 99),
)
def test_binpack_opens_an_instance_only_when_no_used_one_fits(size, count, each, field, seed):
    """On hosts of one size, as many are in use as the tasks need."""
    ask = ResourceRequest(WEB, cpu=each, memory=each, strategies=(Strategy("binpack", field),))
    hosts, placed = run(ask, [host(f"h{number}", cpu=10, memory=10) for number in range(size)], count, seed)
    per_host = 10 // each
    assert len(placed) == min(count, size * per_host)
    assert sum(one.running > 0 for one in hosts) == -(-len(placed) // per_host)


@pytest.mark.slow
@given(st.lists(ZONES, min_size=1, max_size=8), st.integers(0, 30), st.integers(0, 99))
def test_a_spread_differs_by_at_most_one_where_there_is_room(zones, count, seed):
    """Between zones, and within each zone between its instances."""
    hosts = [host(f"h{number}", zone) for number, zone in enumerate(zones)]
    after, placed = run(ResourceRequest(WEB, memory=1, strategies=(BY_ZONE, BY_INSTANCE)), hosts, count, seed)
    assert len(placed) == count
    by_zone = tasks_by_zone(after)
    assert max(by_zone.values()) - min(by_zone.values()) <= 1
    for zone in set(zones):
        running = [each.running for each in after if each.attributes["ecs.availability-zone"] == zone]
        assert max(running) - min(running) <= 1


@given(st.lists(ZONES, min_size=1, max_size=6), st.integers(1, 20), st.integers(0, 20), st.integers(0, 99))
def test_a_scale_in_leaves_zones_as_even_as_they_were_made(zones, count, fewer, seed):
    """Every task that goes is one that was there, once."""
    hosts = [host(f"h{number}", zone) for number, zone in enumerate(zones)]
    after, placed = run(ResourceRequest(WEB, memory=1, strategies=(BY_ZONE,)), hosts, count, seed)
    stopped = to_stop(fewer, placed, after, (BY_ZONE,), Random(seed))
    assert len(set(stopped)) == len(stopped) == min(fewer, count)
    world = {each.arn: each for each in after}
    for task in stopped:
        world[task.host] = release(world[task.host], task.needs)
    by_zone = tasks_by_zone(list(world.values()))
    assert max(by_zone.values()) - min(by_zone.values()) <= 1
