"""FSRS behind values: exact, without chance, in UTC, and never further off than half a year."""

import random
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.study.schedule import UNSEEN, Grade, Memory, Phase, Scheduler, Settings
from tests.store.builders import START

grades = st.sampled_from(Grade)
histories = st.lists(
    st.tuples(grades, st.timedeltas(timedelta(), timedelta(days=400))), min_size=1, max_size=12
)


def reviewed(history: list[tuple[Grade, timedelta]], scheduler: Scheduler | None = None) -> Memory:
    memory, at = UNSEEN, START
    for grade, wait in history:
        at += wait
        memory = (scheduler or Scheduler()).review(memory, grade, at)
    return memory


@pytest.mark.slow
@given(histories)
def test_the_same_reviews_always_give_the_same_memory(
    history: list[tuple[Grade, timedelta]],
) -> None:
    random.seed(1)
    first = reviewed(history)
    random.seed(2)
    assert reviewed(history) == first


def test_always_good_gives_the_ladder_of_fsrs_6() -> None:
    memory, at, ladder = UNSEEN, START, []
    for _ in range(6):
        memory = Scheduler().review(memory, Grade.GOOD, at)
        assert memory.due is not None
        ladder.append((memory.due - at).total_seconds() / 86400)
        at = memory.due
    assert ladder[0] == pytest.approx(600 / 86400)
    assert ladder[1:] == [2, 11, 46, 163, 180]


@pytest.mark.slow
@given(histories, st.integers(1, 365))
def test_no_interval_is_longer_than_the_maximum(history: list[tuple[Grade, timedelta]], most: int) -> None:
    memory = reviewed(history, Scheduler(Settings(maximum_days=most)))
    assert memory.due is not None
    assert memory.last is not None
    assert memory.due - memory.last <= timedelta(days=most)


@given(histories)
def test_previews_are_what_each_grade_then_does(history: list[tuple[Grade, timedelta]]) -> None:
    scheduler, memory = Scheduler(), reviewed(history)
    now = (memory.last or START) + timedelta(days=3)
    for grade, wait in scheduler.previews(memory, now).items():
        assert scheduler.review(memory, grade, now).due == now + wait


def test_due_is_the_moment_itself_and_not_the_predicted_recall() -> None:
    memory = Memory(Phase.REVIEW, 10.0, 5.0, due=START, last=START - timedelta(days=10))
    assert memory.is_due(START)
    assert not memory.is_due(START - timedelta(microseconds=1))
    assert not UNSEEN.is_due(START)


def test_a_moment_outside_utc_is_refused() -> None:
    with pytest.raises(ValueError, match="UTC"):
        Scheduler().review(UNSEEN, Grade.GOOD, datetime(2026, 1, 1))  # noqa: DTZ001 - the point of the test


def test_a_lapse_is_a_failure_in_review_and_not_one_while_learning() -> None:
    wait = timedelta(days=30)
    learning = [(Grade.AGAIN, timedelta())] * 5
    assert reviewed(learning).lapses == 0
    assert reviewed([*learning, (Grade.EASY, timedelta()), (Grade.AGAIN, wait)]).lapses == 1


@pytest.mark.parametrize("lapses", range(20))
def test_a_leech_is_told_at_the_eighth_lapse_and_every_fourth_after(lapses: int) -> None:
    memory = Memory(lapses=lapses)
    assert memory.is_leech == (lapses >= 8)
    assert memory.became_leech == (lapses in (8, 12, 16))


def test_a_card_never_seen_has_no_chance_to_be_recalled() -> None:
    assert Scheduler().retrievability(UNSEEN, START) == 0
