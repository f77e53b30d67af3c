"""The evidence of findings: values of AWS's answers, under the paths that checks name."""

from __future__ import annotations

import json
from typing import Any

import pytest

from labs.sdk import Account, CannotTell, Names, Outcome, Passed
from labs.verdict import State
from tests.aws import Fault, SessionFactory, injected, one
from tests.builders import FAILED, Builder
from tests.faults import answer


@pytest.mark.parametrize(
    ("at", "paths"),
    [
        ("clusters[0].status", {"clusters[0].status": "ACTIVE"}),
        (("clusters[].clusterName", "failures"), {"clusters[].clusterName": ["c"], "failures": []}),
        ("nothing.of.that.kind", {}),
        ("clusters[0].attachments", {"clusters[0].attachments": None}),
    ],
)
def test_evidence_is_found_under_the_path_that_the_check_named(
    at: Any, paths: dict[str, Any], sessions: SessionFactory
) -> None:
    """A JMESPath expression on the latest answer that has it."""

    def check(account: Account, names: Names) -> Outcome:
        account.ecs.describe_clusters(clusters=["c"], include=["TAGS"])
        return Passed("it", evidence=at)

    found = one(sessions, check, "ecs:DescribeClusters")
    assert {each.path: each.value for each in found.evidence} == paths
    assert {(each.service, each.operation) for each in found.evidence} <= {("ecs", "DescribeClusters")}


def test_a_path_that_is_none_is_a_fault_of_the_check(sessions: SessionFactory) -> None:
    """An expression that cannot be read makes the objective inconclusive, not the run break."""

    def check(account: Account, names: Names) -> Outcome:
        account.ecs.describe_clusters(clusters=["c"])
        return Passed("it", evidence="clusters[?")

    assert one(sessions, check, "ecs:DescribeClusters").state is State.INCONCLUSIVE


def test_equal_answers_are_evidence_once(sessions: SessionFactory) -> None:
    """As those of the Regions in which a missing resource might be."""

    def check(account: Account, names: Names) -> Outcome:
        for kind in ("EC2", "FARGATE"):
            account.ecs.list_services(cluster="c", launchType=kind)
        account.ecs.list_clusters()
        return FAILED

    found = one(sessions, check, "ecs:ListServices", "ecs:ListClusters")
    assert [each.operation for each in found.evidence] == ["ListServices", "ListClusters"]


def test_without_a_path_each_answer_is_evidence_and_a_long_one_its_keys(sessions: SessionFactory) -> None:
    """A value longer than the evidence may be is shown by its keys."""
    for number in range(60):
        Builder().cluster(f"cluster-{number}")

    def check(account: Account, names: Names) -> Outcome:
        account.ecs.describe_clusters(clusters=["nobody"])
        account.ecs.list_clusters()
        return FAILED

    short, long = one(sessions, check, "ecs:DescribeClusters", "ecs:ListClusters").evidence
    assert short.value["clusters"] == []
    assert set(long.value) <= {"clusterArns", "nextToken"}
    assert long.path == short.path == "@"


def _strategies(account: Account, names: Names) -> Outcome:
    """A check that reads a service's placement strategies, and names the first as its evidence."""
    answer = account.ecs.describe_services(cluster="c", services=["s"])
    first = answer["services"][0]["placementStrategy"][0]["type"]
    return Passed("it", evidence="services[0].placementStrategy[0]") if first else FAILED


@pytest.mark.parametrize(
    ("body", "state"),
    [
        ({"placementStrategy": [{"type": "binpack", "field": "MEMORY"}]}, "passed"),
        ({"placementStrategy": [{"type": "BINPACK", "field": "MEMORY"}]}, "passed"),
        ({"placementStrategy": [{"type": "stack", "field": "MEMORY"}]}, "inconclusive"),
        ({"placementStrategy": [{"type": "binpack"}], "launchType": "MOON"}, "passed"),
        ({"placementStrategy": [{"type": "binpack"}, {"type": "stack"}]}, "passed"),
    ],
    ids=[
        "known",
        "in capitals",
        "unknown",
        "unknown, but not what it rests on",
        "unknown beside what it rests on",
    ],
)
def test_what_rests_on_a_value_that_nobody_knows_is_not_judged(
    body: dict[str, Any], state: str, sessions: SessionFactory
) -> None:
    """Only the evidence counts; upper and lower case are one."""
    changed = Fault(
        "changed", lambda call: answer(call, 200, json.dumps({"services": [body], "failures": []})), ""
    )
    with injected(changed, only=lambda call: call.operation == "DescribeServices"):
        found = one(sessions, _strategies, "ecs:DescribeServices")
    assert found.state is State(state)
    if state == "inconclusive":
        assert "AWS answered stack, which" in found.message


def test_evidence_of_what_could_not_be_judged_is_kept(sessions: SessionFactory) -> None:
    """Answers from before the fault are evidence for those who look into it."""

    def check(account: Account, names: Names) -> Outcome:
        account.ecs.describe_clusters(clusters=["c"])
        raise CannotTell("something odd")

    found = one(sessions, check, "ecs:DescribeClusters")
    assert [each.operation for each in found.evidence] == ["DescribeClusters"]
