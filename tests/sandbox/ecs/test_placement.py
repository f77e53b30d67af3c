"""Placement: the documented process on chosen worlds, its laws on random ones, and what is refused."""

from dataclasses import replace
from random import Random

import pytest
from hosts import (
    BY_ZONE,
    DISTINCT,
    PACKED,
    RANDOM,
    WEB,
    chosen_name,
    host,
    member_of,
    run,
    tasks_by_zone,
)

from labs.sandbox.ecs.placement.selection import (
    SERVICE_DEFAULT,
    STANDALONE_DEFAULT,
    Lack,
    ResourceRequest,
    Strategy,
    Unplaced,
    choose_host,
    lack_of,
    take,
)


class TestProcess:
    """Resources and ports, then constraints, then strategies, then any."""

    def test_binpack_takes_the_host_with_the_least_left_that_still_suffices(self):
        """The API's own example: least remaining memory but still enough to run the task."""
        ask = ResourceRequest(WEB, memory=300, strategies=(PACKED,))
        assert (
            chosen_name(ask, host("big", memory=900), host("fit", memory=300), host("small", memory=299))
            == "fit"
        )

    def test_binpack_looks_at_its_own_field_only(self):
        """The host with the least CPU may be the one with the most memory."""
        ask = ResourceRequest(WEB, cpu=1, strategies=(Strategy("binpack", "cpu"),))
        assert chosen_name(ask, host("x", cpu=10, memory=9), host("y", cpu=20, memory=1)) == "x"

    def test_four_tasks_that_fit_on_one_instance_are_packed_on_one(self):
        """The placement that the lab on binpack sees."""
        ask = ResourceRequest(WEB, memory=256, strategies=(PACKED,))
        hosts, _ = run(ask, [host("x"), host("y", zone="b")], 4)
        assert sorted(each.running for each in hosts) == [0, 4]

    def test_six_tasks_are_two_in_each_of_three_zones(self):
        """Whatever the number of instances in a zone."""
        hosts = [host("x", "a"), host("y", "b"), host("z", "c"), host("z2", "c")]
        after, _ = run(ResourceRequest(WEB, memory=10, strategies=(BY_ZONE,)), hosts, 6)
        assert tasks_by_zone(after) == {"a": 2, "b": 2, "c": 2}

    def test_a_spread_counts_the_tasks_of_full_hosts_too(self):
        """A zone with two tasks stays fuller than one with one, though its free host is empty."""
        full = host("full", "a", memory=0, groups={WEB: 2})
        free = host("free", "a")
        other = host("other", "b", groups={WEB: 1})
        assert (
            chosen_name(ResourceRequest(WEB, memory=1, strategies=(BY_ZONE,)), full, free, other) == "other"
        )

    def test_a_spread_counts_its_own_group_only(self):
        """Other services' tasks don't weigh."""
        crowded = host("crowded", "a", groups={"service:other": 9})
        assert (
            chosen_name(
                ResourceRequest(WEB, strategies=(BY_ZONE,)), crowded, host("own", "b", groups={WEB: 1})
            )
            == "crowded"
        )

    def test_a_second_spread_is_even_within_each_value_of_the_first(self):
        """Racks are numbered in each zone: rack 1 of zone b is not rack 1 of zone a."""
        hosts = [
            host("a1", "a", attributes={"rack": "1"}, groups={WEB: 3}),
            host("a2", "a", attributes={"rack": "2"}),
            host("b1", "b", attributes={"rack": "1"}),
            host("b2", "b", attributes={"rack": "2"}, groups={WEB: 2}),
        ]
        strategies = (BY_ZONE, Strategy("spread", "attribute:rack"))
        assert chosen_name(ResourceRequest(WEB, strategies=strategies), *hosts) == "b1"

    def test_a_later_strategy_decides_only_between_equals_of_the_earlier(self):
        """Zones first, then the fuller host of the zone."""
        hosts = [
            host("a", "a", memory=5, groups={WEB: 1}),
            host("b-full", "b", memory=20),
            host("b-free", "b"),
        ]
        assert chosen_name(ResourceRequest(WEB, memory=5, strategies=(BY_ZONE, PACKED)), *hosts) == "b-full"
        assert chosen_name(ResourceRequest(WEB, memory=5, strategies=(PACKED, BY_ZONE)), *hosts) == "a"

    def test_a_strategy_never_stands_in_the_way(self):
        """Strategies are a best effort: a zone that is full does not stop the service."""
        hosts = [host("x", "a", memory=1000), host("y", "b", memory=100)]
        after, placed = run(ResourceRequest(WEB, memory=100, strategies=(BY_ZONE,)), hosts, 8)
        assert len(placed) == 8
        assert tasks_by_zone(after) == {"a": 7, "b": 1}

    @pytest.mark.parametrize("value", ["1", None])
    def test_a_host_without_the_spread_attribute_comes_last(self, value):
        """It is used only where no host with the attribute can take the task, whatever the value."""
        labelled = host("labelled", attributes={"rack": value}, memory=20, groups={WEB: 5})
        ask = ResourceRequest(WEB, memory=10, strategies=(Strategy("spread", "attribute:rack"),))
        assert {chosen_name(ask, host("bare"), labelled, seed=seed) for seed in range(9)} == {"labelled"}
        assert chosen_name(replace(ask, memory=30), host("bare"), labelled) == "bare"

    def test_an_attribute_without_value_is_a_value_of_its_own(self):
        """The tasks of hosts without the attribute are not counted with it."""
        hosts = [
            host("bare", groups={WEB: 9}),
            host("empty", attributes={"rack": None}, groups={WEB: 1}),
            host("one", attributes={"rack": "1"}, groups={WEB: 2}),
        ]
        assert (
            chosen_name(ResourceRequest(WEB, strategies=(Strategy("spread", "attribute:rack"),)), *hosts)
            == "empty"
        )

    def test_constraints_come_before_strategies(self):
        """The fullest host is passed over where the expression does not select it."""
        hosts = [host("prod", memory=900, attributes={"stack": "prod"}), host("test", memory=100)]
        ask = ResourceRequest(
            WEB, memory=50, strategies=(PACKED,), constraints=member_of("attribute:stack == prod")
        )
        assert chosen_name(ask, *hosts) == "prod"

    def test_constraints_of_task_definition_and_service_both_bind(self):
        """Each selects two hosts; one host satisfies both."""
        hosts = [
            host("x", "a", attributes={"stack": "prod"}),
            host("y", "b", attributes={"stack": "prod"}),
            host("z", "b"),
        ]
        both = member_of("attribute:stack == prod") + member_of("attribute:ecs.availability-zone == b")
        assert {
            chosen_name(ResourceRequest(WEB, constraints=both), *hosts, seed=seed) for seed in range(20)
        } == {"y"}

    def test_distinct_instance_looks_at_the_tasks_own_group(self):
        """Another service's task on a host is no obstacle, its own is."""
        hosts = [host("own", groups={WEB: 1}), host("other", groups={"service:other": 4})]
        assert chosen_name(ResourceRequest(WEB, constraints=DISTINCT), *hosts) == "other"

    def test_affinity_follows_the_tasks_that_are_there(self):
        """An expression asks about groups as they stand when the task is placed."""
        hosts = [host("x", groups={"database": 1}), host("y")]
        assert (
            chosen_name(ResourceRequest(WEB, constraints=member_of("task:group == database")), *hosts) == "x"
        )
        assert (
            chosen_name(ResourceRequest(WEB, constraints=member_of("not(task:group == database)")), *hosts)
            == "y"
        )

    def test_a_fixed_host_port_is_used_once_for_each_protocol(self):
        """TCP and UDP don't disturb each other; without a host port there is no limit."""
        tcp = ResourceRequest(WEB, ports=frozenset({("tcp", 53)}), strategies=())
        taken = take(host("x"), tcp)
        assert lack_of(taken, tcp) is Lack.PORTS
        assert lack_of(taken, replace(tcp, ports=frozenset({("udp", 53)}))) is None
        assert lack_of(taken, replace(tcp, ports=frozenset())) is None

    def test_what_fits_exactly_fits(self):
        """The last unit of each resource is for use."""
        ask = ResourceRequest(WEB, cpu=1024, memory=1024, gpus=2)
        assert lack_of(host("x", gpus=2), ask) is None

    def test_a_service_without_strategies_spreads_over_zones_then_instances(self):
        """As the guide describes the service scheduler's default."""
        hosts = [host("a1", "a"), host("a2", "a"), host("b1", "b")]
        after, _ = run(ResourceRequest(WEB, memory=1, strategies=SERVICE_DEFAULT), hosts, 8)
        assert [each.running for each in after] == [2, 2, 4]

    @pytest.mark.parametrize("strategies", [STANDALONE_DEFAULT, (RANDOM,)], ids=["none given", "random"])
    def test_random_reaches_every_host(self, strategies):
        """A hundred draws leave none of four out."""
        hosts = [host(name) for name in "wxyz"]
        ask = ResourceRequest("family:batch", strategies=strategies)
        assert {chosen_name(ask, *hosts, seed=seed) for seed in range(100)} == set("wxyz")

    def test_random_first_leaves_nothing_to_a_later_strategy(self):
        """Random has chosen already when binpack is asked."""
        hosts = [host("full", memory=10), host("free")]
        ask = ResourceRequest(WEB, strategies=(RANDOM, PACKED))
        assert {chosen_name(ask, *hosts, seed=seed) for seed in range(50)} == {"full", "free"}


class TestUnplaced:
    """Why no host takes the task, in AWS's words."""

    ASK = ResourceRequest(
        WEB,
        cpu=256,
        memory=512,
        gpus=1,
        ports=frozenset({("tcp", 80)}),
        requires=frozenset({"com.amazonaws.ecs.capability.task-iam-role"}),
        constraints=DISTINCT + member_of("attribute:stack == prod"),
    )
    FIT = host(
        "0123",
        cpu=256,
        memory=512,
        gpus=1,
        attributes={"com.amazonaws.ecs.capability.task-iam-role": None, "stack": "prod"},
    )
    MEMBER_OF = 'encountered error "MemberOf placement constraint unsatisfied."'
    DISTINCT_INSTANCE = 'encountered error "DistinctInstance placement constraint unsatisfied."'
    CASES = (
        ({"agent_connected": False}, "AGENT", "doesn't have the agent connected"),
        ({"attributes": {"stack": "prod"}}, "ATTRIBUTE", "is missing an attribute required by your task"),
        ({"cpu": 255}, "RESOURCE:CPU", "has insufficient CPU units available"),
        ({"gpus": 0}, "RESOURCE:GPU", 'encountered error "RESOURCE:GPU"'),
        ({"memory": 511}, "RESOURCE:MEMORY", "has insufficient memory available"),
        (
            {"ports": frozenset({("tcp", 80)})},
            "RESOURCE:PORTS",
            "is already using a port required by your task",
        ),
        ({"groups": {WEB: 1}}, "DistinctInstance placement constraint unsatisfied.", DISTINCT_INSTANCE),
        (
            {"attributes": dict.fromkeys(["com.amazonaws.ecs.capability.task-iam-role", "stack"], "test")},
            "MemberOf placement constraint unsatisfied.",
            MEMBER_OF,
        ),
    )

    def test_the_host_that_lacks_nothing_takes_the_task(self):
        """Else the cases below would prove nothing."""
        assert choose_host(self.ASK, [self.FIT], Random(0)) is self.FIT

    @pytest.mark.parametrize(("change", "reason", "words"), CASES, ids=[reason for _, reason, _ in CASES])
    def test_each_lack_has_its_reason_and_its_words(self, change, reason, words):
        """RunTask answers with a reason for each instance, a service with an event about the closest."""
        unplaced = choose_host(self.ASK, [replace(self.FIT, **change)], Random(0))
        assert isinstance(unplaced, Unplaced)
        assert unplaced.failures() == [{"arn": self.FIT.arn, "reason": reason}]
        assert unplaced.event("web") == (
            "(service web) was unable to place a task because no container instance met all of its requirements. "
            f"The closest matching (container-instance 0123) {words}. "
            "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
        )

    @pytest.mark.parametrize("within", ["cluster", "capacity provider"])
    def test_a_cluster_without_instances_has_its_own_event(self, within):
        """There is no closest match to name, and no failure of an instance."""
        unplaced = choose_host(self.ASK, [], Random(0))
        assert unplaced == Unplaced()
        assert unplaced.failures() == []
        assert unplaced.event("web", within) == (
            "(service web) was unable to place a task because no container instance met all of its requirements. "
            f"Reason: No Container Instances were found in your {within}. "
            "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
        )

    def test_the_closest_match_came_furthest_in_the_process_and_then_had_most(self):
        """Every host is listed, in this order."""
        hosts = [
            host("off", agent_connected=False),
            host("cpu", cpu=0, memory=9000),
            host("less", memory=100),
            host("more", memory=200),
            host("port", ports=frozenset({("tcp", 80)})),
        ]
        unplaced = choose_host(
            ResourceRequest(WEB, cpu=1, memory=1000, ports=frozenset({("tcp", 80)})), hosts, Random(0)
        )
        assert isinstance(unplaced, Unplaced)
        assert [each.id for each, _ in unplaced.lacks] == ["port", "more", "less", "cpu", "off"]
