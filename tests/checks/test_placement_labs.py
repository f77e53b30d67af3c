"""The labs on spread, on constraints and on the placement process, on both sides of what each demands."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from labs.packs.aws_ecs.checks import ecs_placement_constraints, ecs_placement_process, ecs_placement_spread
from labs.sdk import CannotTell, Failed, Outcome, Passed
from tests.checks.canned import answering
from tests.checks.clusters import ARN, ZONE, cluster, connected, definition, hosts, matching, service, tasks
from tests.checks.clusters import TYPE as KIND

SPREAD = {"cluster": "labs-spread", "service": "ha", "random": "dice"}
BOUND = {"cluster": "labs-constraints", "distinct": "one-per-host", "member": "t3-only"}
PROCESS = {
    "cluster": "labs",
    "family": "labs",
    "started_by": "me",
    "attribute": "stack",
    "value": "prod",
    "types": "t3.large,t3.xlarge",
}

BY_ZONE = {"type": "spread", "field": "attribute:ecs.availability-zone"}


@pytest.mark.parametrize(
    ("strategies", "right"),
    [
        ([BY_ZONE], True),
        ([BY_ZONE, {"type": "binpack", "field": "memory"}], True),
        ([{"type": "spread", "field": "instanceId"}, BY_ZONE], False),
        ([{**BY_ZONE, "type": "binpack"}], False),
        ([], False),
    ],
)
def test_spread_over_zones_comes_first(strategies: list[dict[str, str]], right: bool) -> None:
    account = answering(ecs=[*cluster(), service(placementStrategy=strategies)])
    outcome = ecs_placement_spread.first_strategy_spreads_over_zones(account, SPREAD)
    assert isinstance(outcome, Passed) is right


@pytest.mark.parametrize(
    ("strategies", "right"),
    [([{"type": "random"}], True), ([BY_ZONE, {"type": "random"}], False), ([BY_ZONE], False), ([], False)],
)
def test_dice_come_first(strategies: list[dict[str, str]], right: bool) -> None:
    """Without a strategy a service spreads its tasks: that is not chance."""
    account = answering(ecs=[*cluster(), service(placementStrategy=strategies)])
    outcome = ecs_placement_spread.service_places_at_random(account, SPREAD)
    assert isinstance(outcome, Passed) is right
    assert isinstance(outcome, Passed) or ("by default" in outcome.hint) is not bool(strategies)


THREE = {"a": {ZONE: "1a"}, "b": {ZONE: "1b"}, "c": {ZONE: "1c"}}


@pytest.mark.parametrize(
    ("on", "there", "right"),
    [
        pytest.param("aabbcc", THREE, True, id="two each"),
        pytest.param("aaabbc", THREE, False, id="two more in one zone than in another"),
        pytest.param("aaabbb", THREE, False, id="a zone with an instance has none"),
        pytest.param("aaabbb", {"a": THREE["a"], "b": THREE["b"]}, True, id="two zones are all there are"),
        pytest.param(
            "aabbcd", {**THREE, "d": {ZONE: "1d"}}, True, id="two and one differ by one, in four zones"
        ),
        pytest.param("aaaaab", {"a": {ZONE: "1a"}, "b": {}}, False, id="an instance that tells no zone"),
    ],
)
def test_zones_differ_by_one_task_at_most(on: str, there: dict[str, Any], right: bool) -> None:
    used = {name: there[name] for name in sorted(set(on))}
    account = answering(ecs=[*tasks(on), service(desiredCount=6), hosts(**used), *connected(**there)])
    outcome = ecs_placement_spread.tasks_are_balanced_between_zones(account, SPREAD)
    assert isinstance(outcome, Passed) is right


def test_tasks_on_fargate_are_balanced_over_no_instances() -> None:
    account = answering(ecs=[*tasks([None] * 6), service(desiredCount=6)])
    outcome = ecs_placement_spread.tasks_are_balanced_between_zones(account, SPREAD)
    assert isinstance(outcome, Failed)
    assert outcome.found == "6 of 6 tasks run on Fargate, not on a container instance"


@pytest.mark.parametrize(
    ("check", "names"),
    [
        (ecs_placement_spread.instances_in_three_zones, SPREAD),
        (ecs_placement_process.four_instances_of_three_types, PROCESS),
        (ecs_placement_process.attribute_is_on_the_two_types, PROCESS),
    ],
)
def test_without_a_cluster_that_is_what_is_reported(check: Any, names: dict[str, str]) -> None:
    outcome = check(answering(ecs=cluster(active=False)), names)
    assert isinstance(outcome, Failed)
    assert outcome.found == f"no ACTIVE cluster {names['cluster']} in eu-west-1"


def test_a_service_without_an_expression_selects_nothing() -> None:
    """Not even where there is no t3 that it could forget."""
    account = answering(
        ecs=[
            *cluster(),
            service(placementConstraints=[{"type": "distinctInstance"}]),
            definition(),
            *connected(a={KIND: "t3.small"}),
        ]
    )
    outcome = ecs_placement_constraints.expression_selects_the_family(account, BOUND)
    assert isinstance(outcome, Failed)
    assert outcome.found == "neither t3-only nor its task definition has a memberOf constraint"


@pytest.mark.parametrize(
    ("there", "selected", "right"),
    [
        pytest.param({"a": {KIND: "t3.small"}, "b": {KIND: "t3a.small"}}, "a", True, id="the t3"),
        pytest.param({"a": {KIND: "t3.small"}, "b": {KIND: "t3a.small"}}, "ab", False, id="the t3a, too"),
        pytest.param({"a": {KIND: "t3.small"}, "b": {KIND: "t3.large"}}, "a", False, id="not every t3"),
        pytest.param({"a": {KIND: "m5.large"}}, "", False, id="there is no t3"),
        pytest.param({"a": {KIND: "t3.small"}, "b": {}}, "a", True, id="one that tells no type"),
    ],
)
def test_exactly_the_t3_are_selected(there: dict[str, Any], selected: str, right: bool) -> None:
    constraint = {"type": "memberOf", "expression": "attribute:ecs.instance-type =~ t3.*"}
    account = answering(
        ecs=[
            *cluster(),
            service(placementConstraints=[constraint]),
            definition(),
            *connected(**there),
            matching(*selected),
        ]
    )
    outcome = ecs_placement_constraints.expression_selects_the_family(account, BOUND)
    assert isinstance(outcome, Passed) is right


@pytest.mark.parametrize(
    ("on", "right"),
    [
        pytest.param(["a", "b"], True, id="t3"),
        pytest.param(["a", "c"], False, id="one is on an m5"),
        pytest.param([None, None], False, id="both are on Fargate"),
    ],
)
def test_both_tasks_are_on_t3(on: list[str | None], right: bool) -> None:
    kinds = {"a": {KIND: "t3.small"}, "b": {KIND: "t3.large"}, "c": {KIND: "m5.large"}}
    used = {name: kinds[name] for name in on if name}
    account = answering(
        ecs=[*tasks(on), service(desiredCount=2), *([hosts(**used)] if used else [])],
    )
    outcome = ecs_placement_constraints.its_tasks_run_on_the_family(account, BOUND)
    assert isinstance(outcome, Passed) is right


@pytest.mark.parametrize(
    ("task", "right"),
    [
        pytest.param(definition(512, 4096, 8080), True, id="just enough"),
        pytest.param(definition(511, 4096, 8080), False, id="a CPU unit too few"),
        pytest.param(definition(512, 4095, 8080), False, id="a MiB too few"),
        pytest.param(definition(512, 4096, 80, 8080), True, id="another port as well"),
        pytest.param(definition(512, 4096, 18080), False, id="another port"),
        pytest.param(definition(512, 4096), False, id="no port"),
        pytest.param(definition(512, 4096, 8080, networkMode="awsvpc"), False, id="a port of the task's own"),
    ],
)
def test_a_task_asks_for_its_resources(task: Any, right: bool) -> None:
    outcome = ecs_placement_process.task_asks_for_its_resources(answering(ecs=[task, task]), PROCESS)
    assert isinstance(outcome, Passed) is right


@pytest.mark.parametrize(
    ("kinds", "message"),
    [
        (["t3.small", "t3.large", "t3.xlarge", "t3.small"], ""),
        (["t3.small", "t3.large", "t3.xlarge"], "3 ACTIVE container instances"),
        (["t3.small", "t3.large", "t3.large", "t3.small"], "(t3.large, t3.small)"),
        (["t3.small", "t3.large", "", ""], "(t3.large, t3.small)"),
        (["", "", "", ""], "4 ACTIVE container instances"),
    ],
)
def test_four_instances_are_of_three_types(kinds: list[str], message: str) -> None:
    """An instance outside of EC2 tells no type, which is not a type of its own."""
    there = {f"h{number}": {KIND: kind} if kind else {} for number, kind in enumerate(kinds)}
    account = answering(ecs=[*cluster(), *connected(**there)])
    outcome = ecs_placement_process.four_instances_of_three_types(account, PROCESS)
    assert isinstance(outcome, Failed) is bool(message)
    assert message in outcome.found


MARK = {"stack": "prod"}


@pytest.mark.parametrize(
    ("types", "right"),
    [("m7i-flex.large, m7i-flex.xlarge", True), ("m7i-flex.large,t3.large", False)],
    ids=["those", "another"],
)
def test_the_two_types_are_a_parameter(types: str, right: bool) -> None:
    there = {"a": {KIND: "m7i-flex.large", **MARK}, "b": {KIND: "m7i-flex.xlarge", **MARK}}
    account = answering(ecs=[*cluster(), *connected(**there)])
    outcome = ecs_placement_process.attribute_is_on_the_two_types(account, {**PROCESS, "types": types})
    assert isinstance(outcome, Passed) is right


@pytest.mark.parametrize("types", ["", "t3.large", "t3.large,t3.large", "t3.large,t3.xlarge,t3.2xlarge"])
def test_of_other_than_two_types_nothing_is_told(types: str) -> None:
    account = answering(ecs=[*cluster(), *connected(a={KIND: "t3.large", **MARK})])
    with pytest.raises(CannotTell, match="must be 2 instance types"):
        ecs_placement_process.attribute_is_on_the_two_types(account, {**PROCESS, "types": types})


@pytest.mark.parametrize(
    ("there", "message"),
    [
        pytest.param({"a": {KIND: "t3.large", **MARK}, "b": {KIND: "t3.xlarge", **MARK}}, "", id="both"),
        pytest.param(
            {"a": {KIND: "t3.large", **MARK}}, "labs has no ACTIVE t3.xlarge", id="one is not there"
        ),
        pytest.param({}, "labs has no ACTIVE t3.large and no ACTIVE t3.xlarge", id="neither is there"),
        pytest.param({"a": {KIND: "t3.large", **MARK}, "b": {KIND: "t3.xlarge"}}, "on i-a", id="one is not marked"),
        pytest.param(
            {"a": {KIND: "t3.large", **MARK}, "b": {KIND: "t3.xlarge", **MARK}, "c": {KIND: "t3.small", **MARK}},
            "i-c (t3.small)",
            id="another one is",
        ),
        pytest.param({"a": MARK}, "i-a (no type); labs has no ACTIVE t3.large", id="one that tells no type"),
    ],
)  # fmt: skip
def test_the_attribute_is_on_the_two_types(there: dict[str, Any], message: str) -> None:
    outcome = ecs_placement_process.attribute_is_on_the_two_types(
        answering(ecs=[*cluster(), *connected(**there)]), PROCESS
    )
    assert isinstance(outcome, Failed) is bool(message)
    assert message in outcome.found
    assert ("has no connected" in outcome.found) is ("has no connected" in message)


PLACED = datetime(2026, 11, 29, 12, tzinfo=UTC)
BEFORE, AFTER = PLACED - timedelta(minutes=5), PLACED + timedelta(minutes=5)


def other_task(on: str, created: datetime | None, stopped: datetime | None = None) -> dict[str, Any]:
    """A task of 9,000 MiB beside the one that is judged."""
    times = {"createdAt": created, "stoppedAt": stopped}
    given = {name: time for name, time in times.items() if time}
    return {"taskArn": "other", "taskDefinitionArn": "big", "containerInstanceArn": on, **given}


def placed_on(host: str, left: dict[str, int], other: dict[str, Any]) -> Outcome:
    """The outcome for a task of 4,096 MiB on an instance, with what the instances have left by now."""
    mine = {"taskArn": "mine", "startedBy": "me", "taskDefinitionArn": ARN, "lastStatus": "RUNNING"}
    mine |= {"containerInstanceArn": host, "createdAt": PLACED}
    described = connected(**{name: {KIND: "t3.large", "stack": "prod"} for name in left})[1]
    for each in described[1]["containerInstances"]:
        each["remainingResources"] = [
            {"name": "CPU", "integerValue": 2048},
            {"name": "MEMORY", "integerValue": left[each["containerInstanceArn"]]},
        ]
    needed = definition(
        512, 4096, placementConstraints=[{"type": "memberOf", "expression": "attribute:stack == prod"}]
    )
    account = answering(
        ecs=[
            needed,
            ("list_tasks", {"taskArns": ["mine"]}),
            ("describe_tasks", {"tasks": [mine]}),
            matching(*left),
            matching(*left),
            described,
            ("list_tasks", {"taskArns": ["mine"]}),
            ("list_tasks", {"taskArns": ["other"]}),
            ("describe_tasks", {"tasks": [mine, other]}),
            needed,
            definition(0, 9000),
        ]
    )
    return ecs_placement_process.task_is_where_least_memory_is_left(account, PROCESS)


@pytest.mark.parametrize(
    ("host", "left", "other", "right"),
    [
        pytest.param("a", {"a": 3600, "b": 15500}, other_task("c", BEFORE), True, id="the smaller one"),
        pytest.param("b", {"a": 7700, "b": 11400}, other_task("c", BEFORE), False, id="the larger one"),
        pytest.param("a", {"a": 3600, "b": 6500}, other_task("b", AFTER), True, id="the larger one was filled since"),
        pytest.param("a", {"a": 3600, "b": 6500}, other_task("b", BEFORE), False, id="it had been filled"),
        pytest.param("a", {"a": 3600, "b": 6500}, other_task("b", None), True, id="what fills it is provisioning"),
        pytest.param("b", {"a": 7700, "b": 11400}, other_task("b", BEFORE, AFTER), True, id="what filled it stopped"),
        pytest.param("b", {"a": 7700, "b": 11400}, other_task("a", BEFORE, AFTER), True, id="the smaller one was full"),
        pytest.param("b", {"a": 7700, "b": 11400}, other_task("a", BEFORE, BEFORE), False, id="it was free again"),
        pytest.param("b", {"a": 7700, "b": 11400}, other_task("a", AFTER, AFTER), False, id="full only later"),
    ],
)  # fmt: skip
def test_what_was_left_when_the_task_was_placed_decides(
    host: str, left: dict[str, int], other: dict[str, Any], right: bool
) -> None:
    assert isinstance(placed_on(host, left, other), Passed) is right
