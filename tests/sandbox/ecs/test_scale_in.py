"""Which tasks a service stops when it scales in."""

from collections import Counter
from collections.abc import Sequence
from random import Random

import pytest
from hosts import (
    BY_ZONE,
    PACKED,
    RANDOM,
    WEB,
    host,
)

from labs.sandbox.ecs.placement.selection import (
    SERVICE_DEFAULT,
    Host,
    Placed,
    ResourceRequest,
    Strategy,
    take,
    to_stop,
)


class TestScaleIn:
    """Which tasks go when a service shrinks."""

    def stop(
        self, count: int, strategies: Sequence[Strategy], hosts: Sequence[Host], placed: Sequence[Placed]
    ):
        """The short names of the hosts that lose a task, in order."""
        stopped = to_stop(count, placed, hosts, strategies, Random(0))
        return [each.host.rpartition("/")[2] for each in stopped]

    def world(self, *numbers: tuple[Host, int]) -> tuple[list[Host], list[Placed]]:
        """Hosts with so many tasks of the service each."""
        ask = ResourceRequest(WEB, cpu=10, memory=10)
        hosts, placed = [], []
        for each, count in numbers:
            for number in range(count):
                placed.append(Placed(f"{each.id}-{number}", each.arn, ask))
                each = take(each, ask)
            hosts.append(each)
        return hosts, placed

    def test_spread_takes_from_where_most_tasks_are(self):
        """Two tasks are left in each zone, whatever they were before."""
        hosts, placed = self.world((host("a", "a"), 5), (host("b", "b"), 2), (host("c", "c"), 3))
        assert Counter(self.stop(4, (BY_ZONE,), hosts, placed)) == {"a": 3, "c": 1}

    def test_within_the_zone_a_second_spread_decides(self):
        """The service's default favours the instance with the most of its tasks."""
        hosts, placed = self.world((host("a1", "a"), 1), (host("a2", "a"), 3), (host("b", "b"), 2))
        assert self.stop(2, SERVICE_DEFAULT, hosts, placed) == ["a2", "a2"]

    def test_binpack_empties_the_host_that_has_most_left_afterwards(self):
        """The guide: the instance "that has the most available resources left after task termination"."""
        hosts, placed = self.world((host("full"), 4), (host("emptier"), 2))
        assert self.stop(3, (PACKED,), hosts, placed) == ["emptier", "emptier", "full"]

    def test_binpack_weighs_the_task_that_goes_and_what_went_before(self):
        """Two revisions of a service ask for different amounts; each task that goes frees its own."""
        light, heavy, medium = (ResourceRequest(WEB, memory=size) for size in (5, 20, 10))
        x, y = host("x", memory=50, groups={WEB: 2}), host("y", memory=45, groups={WEB: 2})
        placed = [
            Placed("x-1", x.arn, medium),
            Placed("x-2", x.arn, medium),
            Placed("y-heavy", y.arn, heavy),
            Placed("y-light", y.arn, light),
        ]
        stopped = to_stop(2, placed, [x, y], (PACKED,), Random(0))
        assert [each.task for each in stopped] == ["y-heavy", "y-light"]

    def test_a_spread_after_binpack_still_counts_every_task(self):
        """Two hosts are equally free; the one in the zone with more tasks loses one."""
        hosts, placed = self.world(
            (host("x", "a", memory=120), 2), (host("y", "b", memory=120), 2), (host("z", "b", memory=50), 1)
        )
        stopped = {to_stop(1, placed, hosts, (PACKED, BY_ZONE), Random(seed))[0].host for seed in range(9)}
        assert stopped == {hosts[1].arn}

    def test_a_second_spread_looks_within_each_value_of_the_first(self):
        """Rack 1 has the most tasks of all, but rack 2 of zone b has the most of one rack in the fullest zone."""
        hosts, placed = self.world(
            (host("a1", "a", attributes={"rack": "1"}), 3),
            (host("b1", "b", attributes={"rack": "1"}), 2),
            (host("b2", "b", attributes={"rack": "2"}), 3),
        )
        assert self.stop(1, (BY_ZONE, Strategy("spread", "attribute:rack")), hosts, placed) == ["b2"]

    @pytest.mark.parametrize(
        "strategies", [(), (RANDOM,), (RANDOM, PACKED)], ids=["none", "random", "random first"]
    )
    def test_random_leaves_no_host_out(self, strategies):
        """A strategy that draws for placement draws here too, and leaves nothing to a later strategy."""
        hosts, placed = self.world((host("x", memory=90), 1), (host("y", memory=80), 1))
        first = {to_stop(1, placed, hosts, strategies, Random(seed))[0].task for seed in range(50)}
        assert first == {"x-0", "y-0"}

    def test_the_order_of_the_tasks_has_no_influence(self):
        """The same seed stops the same tasks, however they are listed."""
        hosts, placed = self.world((host("x"), 3), (host("y"), 3))
        assert to_stop(3, placed, hosts, (), Random(7)) == to_stop(
            3, placed[::-1], hosts[::-1], (), Random(7)
        )

    @pytest.mark.parametrize(("count", "stopped"), [(-1, 0), (0, 0), (3, 3), (99, 3)])
    def test_no_more_go_than_there_are(self, count, stopped):
        """And none where none should."""
        hosts, placed = self.world((host("x"), 2), (host("y"), 1))
        gone = to_stop(count, placed, hosts, (BY_ZONE,), Random(0))
        assert len({each.task for each in gone}) == stopped
