"""The command line's queries about a lab's history."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from labs.store import Store, open_store, queries
from tests.store.builders import START, Clock, event_factory, result

LAB = "ecs-placement"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path) as opened:
        yield opened


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_lab_that_was_never_touched_has_no_past(store: Store) -> None:
    assert queries.current_attempt(store, LAB) is None
    assert queries.last_seen(store, LAB) is None
    assert queries.hints_opened(store, LAB) == {}
    assert not queries.solution_opened(store, LAB)
    assert queries.best_scores(queries.checks(store)) == {}


def test_hints_and_the_solution_of_an_earlier_attempt_do_not_count(store: Store, clock: Clock) -> None:
    make = event_factory(clock)
    first = queries.attempt_event(make, LAB)
    store.append(first, queries.hint_event(make, LAB, "service", 2, first), make("solution", lab=LAB))
    assert queries.hints_opened(store, LAB) == {"service": 2}
    assert queries.solution_opened(store, LAB)
    clock.move(minutes=1)
    store.append(queries.attempt_event(make, LAB))
    assert queries.hints_opened(store, LAB) == {}
    assert not queries.solution_opened(store, LAB)


def test_the_highest_hint_of_each_objective_counts(store: Store, clock: Clock) -> None:
    make = event_factory(clock)
    for objective, level in (("service", 1), ("service", 3), ("service", 2), ("running", 1)):
        store.append(queries.hint_event(make, LAB, objective, level, None))
        clock.move(seconds=1)
    assert queries.hints_opened(store, LAB) == {"service": 3, "running": 1}


def test_an_exam_is_an_attempt_that_says_so(clock: Clock) -> None:
    make = event_factory(clock)
    assert queries.is_exam(queries.attempt_event(make, LAB, exam=True))
    assert not queries.is_exam(queries.attempt_event(make, LAB))
    assert not queries.is_exam(queries.attempt_event(make, LAB, exam=False))
    assert not queries.is_exam(None)


def test_best_score_is_the_first_of_the_highest(store: Store, clock: Clock) -> None:
    make = event_factory(clock)
    for states in (
        ["failed", "blocked"],
        ["passed", "failed"],
        ["failed", "passed"],
        ["inconclusive", "failed"],
    ):
        given = result(dict(zip(["cluster", "service"], states, strict=True)))
        store.append(queries.check_event(make, given, None))
        clock.move(minutes=1)
    assert queries.best_scores(queries.checks(store)) == {LAB: queries.Best(1, 2, START.replace(minute=1))}
    last = queries.last_seen(store, LAB)
    assert last is not None
    assert [finding.state for finding in last.result.objectives] == ["inconclusive", "failed"]


def test_a_lab_without_objectives_was_never_done() -> None:
    assert not queries.Best(0, 0, START).passed
    assert queries.Best(2, 2, START).passed
