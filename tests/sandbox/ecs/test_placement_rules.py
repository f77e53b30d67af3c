"""The rules for placement constraints and strategies."""

import pytest
from hosts import (
    DISTINCT,
    ZONE,
)

from labs.errors import BadPlacement
from labs.sandbox.ecs.placement.selection import (
    Strategy,
    check_together,
    read_constraints,
    read_strategies,
)


class TestRules:
    """Strategies and constraints that requests may hold."""

    @pytest.mark.parametrize(
        ("raw", "read"),
        [
            ({"type": "binpack", "field": "memory"}, Strategy("binpack", "memory")),
            ({"type": "binpack", "field": "MEMORY"}, Strategy("binpack", "memory")),
            ({"type": "binpack", "field": "cpu"}, Strategy("binpack", "cpu")),
            ({"type": "spread", "field": "instanceId"}, Strategy("spread", "instanceId")),
            ({"type": "spread", "field": "host"}, Strategy("spread", "instanceId")),
            ({"type": "spread", "field": ZONE}, Strategy("spread", ZONE)),
            ({"type": "spread", "field": "attribute:My/Rack"}, Strategy("spread", "attribute:My/Rack")),
            ({"type": "random"}, Strategy("random")),
        ],
    )
    def test_a_strategy_is_read(self, raw, read):
        """Fields that mean the same become one; attributes keep their case."""
        assert read_strategies([raw]) == (read,)

    @pytest.mark.parametrize(
        ("raw", "message"),
        [
            ({}, "type '' is invalid"),
            ({"type": "Spread", "field": "host"}, "type 'Spread' is invalid"),
            ({"type": "pack"}, "type 'pack' is invalid"),
            ({"type": "binpack"}, "binpack field '' is invalid"),
            ({"type": "binpack", "field": "disk"}, "binpack field 'disk' is invalid"),
            ({"type": "binpack", "field": "instanceId"}, "binpack field 'instanceId' is invalid"),
            ({"type": "spread"}, "spread field '' is invalid"),
            ({"type": "spread", "field": "memory"}, "spread field 'memory' is invalid"),
            (
                {"type": "spread", "field": "ecs.availability-zone"},
                "spread field 'ecs.availability-zone' is invalid",
            ),
            ({"type": "spread", "field": "attribute:"}, "spread field 'attribute:' is invalid"),
            ({"type": "spread", "field": "attribute:a b"}, "spread field 'attribute:a b' is invalid"),
            ({"type": "random", "field": ""}, "random field should not be specified"),
            ({"type": "random", "field": "cpu"}, "random field should not be specified"),
        ],
    )
    def test_a_strategy_is_refused(self, raw, message):
        """An unknown type, a missing field, a field of another type."""
        with pytest.raises(BadPlacement, match=message):
            read_strategies([{"type": "random"}, raw])

    def test_five_strategies_are_the_most(self):
        """The order is kept."""
        raw = [{"type": "spread", "field": f"attribute:a{number}"} for number in range(6)]
        assert [each.field for each in read_strategies(raw[:5])] == [each["field"] for each in raw[:5]]
        with pytest.raises(BadPlacement, match="at most 5"):
            read_strategies(raw)

    @pytest.mark.parametrize(
        ("raw", "message"),
        [
            ({}, "type '' is invalid"),
            ({"type": "MemberOf", "expression": "task:group exists"}, "type 'MemberOf' is invalid"),
            ({"type": "memberOf"}, "memberOf expression must be specified"),
            ({"type": "memberOf", "expression": ""}, "memberOf expression must be specified"),
            (
                {"type": "memberOf", "expression": "instance == t2"},
                "Invalid cluster query expression at character 1",
            ),
            ({"type": "memberOf", "expression": "x" * 2001}, "at most 2000"),
            ({"type": "distinctInstance", "expression": "task:group exists"}, "should not be specified"),
            ({"type": "distinctInstance", "expression": ""}, "should not be specified"),
        ],
    )
    def test_a_constraint_is_refused(self, raw, message):
        """An unknown type, an expression too many, too few, too long or wrong."""
        with pytest.raises(BadPlacement, match=message):
            read_constraints([{"type": "distinctInstance"}, raw])

    def test_a_task_definition_holds_member_of_only(self):
        """AWS's own words."""
        raw = [{"type": "memberOf", "expression": "task:group exists"}]
        assert read_constraints(raw, in_task_definition=True) == read_constraints(raw)
        with pytest.raises(BadPlacement, match=r"^constraint\.type 'distinctInstance' is not supported\.$"):
            read_constraints([{"type": "distinctInstance"}], in_task_definition=True)

    def test_ten_constraints_are_the_most_for_a_task(self):
        """Those of the task definition and of the request count together."""
        ten = DISTINCT * 10
        check_together(ten[:4], ten[:6])
        with pytest.raises(BadPlacement, match="at most 10"):
            check_together(ten[:4], ten[:7])
        with pytest.raises(BadPlacement, match="at most 10"):
            read_constraints([{"type": "distinctInstance"}] * 11)
