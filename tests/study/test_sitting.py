"""A sitting: each step is a value, each grade an event, and undo goes all the way back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.store import Event
from labs.study.queue import DueCards, StudyOptions, cards_in_order, queue
from labs.study.replay import replay
from labs.study.schedule import Grade, Phase
from labs.study.session_state import LONGEST, StudyConfig, StudyState, missed, suggested_grade
from tests.study.desk import BINPACK, CARDS, DECK, SPREAD, STRATEGIES, Learner


class Student(Learner):
    """A learner with a sitting, whose events are collected as the command line would store them."""

    def __init__(self, *, cram: bool = False) -> None:
        super().__init__()
        self.cram = cram
        self.sits()

    def sits(self) -> None:
        desk = DueCards(cards_in_order([DECK]), self.states(), self.scheduler, self.calendar)
        table = StudyConfig(CARDS, self.scheduler, self.calendar, self.stamp, self.cram)
        self.sitting = StudyState.begin(
            table, queue(desk, self.now, StudyOptions(cram=self.cram)), desk.states
        )

    @property
    def asked(self) -> str | None:
        return self.sitting.current.card if self.sitting.current else None

    def step(self, name: str, *given: object) -> tuple[Event, ...]:
        """Does a step; reveal and tick cause no events."""
        self.clock.move(seconds=5)
        outcome: Any = getattr(self.sitting, name)(*given)
        events: tuple[Event, ...]
        self.sitting, events = outcome if isinstance(outcome, tuple) else (outcome, ())
        self.events += events
        return events

    def answers(self, grade: Grade) -> Event:
        self.step("reveal")
        [event] = self.step("grade", grade)
        return event


@pytest.fixture
def student() -> Student:
    return Student()


def test_a_card_is_shown_revealed_and_graded_into_one_event(student: Student) -> None:
    assert student.asked == STRATEGIES
    assert student.sitting.card is CARDS[STRATEGIES]
    event = student.answers(Grade.GOOD)
    assert (event.kind, event.card, event.rating, event.source, event.ms) == (
        "review",
        STRATEGIES,
        3,
        "study",
        10_000,
    )
    assert student.asked == BINPACK
    assert not student.sitting.revealed


def test_a_card_cannot_be_graded_or_ticked_before_its_answer_was_shown(student: Student) -> None:
    before = student.sitting
    assert student.step("grade", Grade.EASY) == ()
    student.step("tick", 0)
    assert student.sitting == before


def test_previews_are_what_the_grades_do(student: Student) -> None:
    student.step("reveal")
    student.clock.at = student.sitting.shown_at
    previews = student.sitting.previews()
    assert list(previews) == list(Grade)
    assert previews[Grade.AGAIN] == timedelta(minutes=1)
    event = student.sitting.grade(Grade.EASY)[1][0]
    due = replay([event], student.scheduler)[STRATEGIES].memory.due
    assert due == event.at + previews[Grade.EASY]


def test_ticked_items_suggest_a_grade_and_are_kept_as_count_and_mask(student: Student) -> None:
    student.step("reveal")
    for item in (0, 1, 2, 1):
        student.step("tick", item)
    assert student.sitting.ticked == {0, 2}
    assert student.sitting.suggested is Grade.HARD
    [event] = student.step("grade", Grade.GOOD)
    assert (event.rating, event.items_hit, event.items_total, event.data) == (3, 2, 3, {"items": 0b101})
    assert missed(student.state(STRATEGIES), 3) == [0, 1, 0]
    assert student.sitting.ticked == frozenset()


def test_nothing_is_suggested_before_the_answer_was_shown(student: Student) -> None:
    assert student.sitting.suggested is None
    student.step("reveal")
    assert student.sitting.suggested is Grade.AGAIN


@pytest.mark.parametrize(("hours", "kept"), [(-1, 0), (0, 10_000), (48, LONGEST)])
def test_a_card_left_lying_or_a_clock_set_back_gives_no_absurd_time(
    student: Student, hours: int, kept: int
) -> None:
    student.clock.move(hours=hours)
    assert student.answers(Grade.GOOD).ms == kept


@pytest.mark.parametrize("item", [-1, 3, 99])
def test_an_item_that_is_not_there_cannot_be_ticked(student: Student, item: int) -> None:
    student.step("reveal")
    student.step("tick", item)
    assert student.sitting.ticked == frozenset()


def test_a_card_that_names_no_number_suggests_nothing(student: Student) -> None:
    student.step("skip")
    assert student.asked == BINPACK
    student.step("reveal")
    assert student.sitting.suggested is None


def test_a_grade_without_ticks_says_nothing_of_items(student: Student) -> None:
    event = student.answers(Grade.GOOD)
    assert (event.items_hit, event.items_total, event.data) == (None, None, {})


@pytest.mark.parametrize(
    ("hit", "total", "grade"),
    [
        (3, 3, Grade.GOOD),
        (2, 3, Grade.HARD),
        (1, 3, Grade.AGAIN),
        (0, 3, Grade.AGAIN),
        (2, 2, Grade.GOOD),
        (1, 2, Grade.AGAIN),
        (1, 1, Grade.GOOD),
        (0, 1, Grade.AGAIN),
        (9, 10, Grade.HARD),
        (8, 10, Grade.AGAIN),
    ],
)
def test_half_an_answer_is_never_suggested_as_hard(hit: int, total: int, grade: Grade) -> None:
    """Hard is a recall in FSRS."""
    assert suggested_grade(hit, total) is grade


def test_a_failed_card_comes_back_when_its_minute_has_come_before_the_next_new_one(student: Student) -> None:
    student.answers(Grade.AGAIN)
    assert student.asked == BINPACK
    student.clock.move(minutes=2)
    student.answers(Grade.EASY)
    assert student.asked == STRATEGIES


def test_a_failed_card_is_asked_early_when_nothing_else_is_left(student: Student) -> None:
    student.answers(Grade.AGAIN)
    student.answers(Grade.EASY)
    student.answers(Grade.EASY)
    assert student.asked == STRATEGIES
    student.answers(Grade.EASY)
    assert student.asked is None
    assert student.sitting.left == 0


def test_undo_puts_the_answered_card_back_with_its_answer_open(student: Student) -> None:
    event = student.answers(Grade.AGAIN)
    [void] = student.step("undo")
    assert (void.kind, void.data) == ("void", {"event": event.id})
    assert student.asked == STRATEGIES
    assert student.sitting.revealed
    assert student.state(STRATEGIES).memory.phase is Phase.NEW
    assert student.sitting.done == ()


def test_undo_goes_back_card_by_card_and_a_seen_answer_stays_seen(student: Student) -> None:
    first = student.answers(Grade.GOOD)
    second = student.answers(Grade.GOOD)
    voids = [*student.step("undo"), *student.step("undo")]
    assert [void.data["event"] for void in voids] == [second.id, first.id]
    assert student.asked == STRATEGIES
    assert dict(student.sitting.states) == student.states()
    assert student.sitting.states[BINPACK].shown == second.at


def test_a_card_graded_anew_after_an_undo_was_last_seen_then(student: Student) -> None:
    student.answers(Grade.AGAIN)
    student.step("undo")
    [anew] = student.step("grade", Grade.EASY)
    student.answers(Grade.EASY)
    student.step("undo")
    assert student.sitting.states[STRATEGIES].shown == anew.at
    assert dict(student.sitting.states) == student.states()


def test_undo_of_nothing_does_nothing(student: Student) -> None:
    before = student.sitting
    assert student.step("undo") == ()
    assert student.sitting == before


def test_a_skipped_card_comes_back_tomorrow_at_four(student: Student) -> None:
    [bury] = student.step("skip")
    assert (bury.kind, bury.data) == ("bury", {"until": "2026-11-23T04:00:00+00:00"})
    student.sits()
    assert student.asked == BINPACK
    student.clock.at = student.now.replace(day=23, hour=4, minute=0, second=0, microsecond=0)
    student.sits()
    assert student.asked == STRATEGIES


def test_to_skip_or_to_leave_after_the_answer_says_that_it_was_seen(student: Student) -> None:
    student.step("reveal")
    assert [event.kind for event in student.step("skip")] == ["shown", "bury"]
    student.step("reveal")
    assert [(event.kind, event.card) for event in student.step("quit")] == [("shown", BINPACK)]
    assert student.state(BINPACK).shown == student.events[-1].at
    assert student.asked is None


def test_leaving_before_the_answer_says_nothing(student: Student) -> None:
    assert student.step("quit") == ()


def test_a_suspended_card_is_not_asked_until_it_is_brought_back(student: Student) -> None:
    student.step("suspend")
    student.clock.move(days=400)
    student.sits()
    assert STRATEGIES not in [student.asked, *(entry.card for entry in student.sitting.waiting)]
    student.does("unsuspend", card=STRATEGIES)
    student.sits()
    assert student.asked == STRATEGIES


def test_a_flag_keeps_the_card_on_the_table_and_can_be_undone(student: Student) -> None:
    student.step("reveal")
    [flag] = student.step("flag", "spread is missing")
    assert (flag.kind, flag.data) == ("flag", {"note": "spread is missing"})
    assert (student.asked, student.sitting.revealed) == (STRATEGIES, True)
    assert student.sitting.state.note == "spread is missing"
    student.step("undo")
    assert student.state(STRATEGIES).note is None


def test_a_cram_writes_nothing_and_repeats_what_was_not_recalled() -> None:
    student = Student(cram=True)
    for grade in (Grade.AGAIN, Grade.GOOD, Grade.GOOD):
        student.step("reveal")
        assert student.step("grade", grade) == ()
    assert student.asked == STRATEGIES
    for step in ("flag", "skip", "undo", "suspend", "quit"):
        assert student.step(step) == ()
    assert student.events == []


def test_a_cram_asks_what_is_neither_due_nor_new() -> None:
    student = Student(cram=True)
    student.learns(SPREAD)
    student.sits()
    assert student.sitting.left == 3


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("grade"), st.sampled_from(Grade)),
        st.tuples(st.sampled_from(["reveal", "reveal", "reveal", "skip", "suspend", "flag", "undo", "undo"])),
        st.tuples(st.just("tick"), st.integers(0, 3)),
    ),
    max_size=25,
)


@given(STEPS)
def test_a_sitting_always_stands_where_a_replay_of_its_events_would(steps: list[tuple[object, ...]]) -> None:
    """So that Ctrl-C at any moment, and a new start, loses nothing and changes nothing."""
    student = Student()
    for name, *given_values in steps:
        student.step(str(name), *given_values)
        assert dict(student.sitting.states) == student.states()


@given(STEPS)
def test_undoing_everything_leaves_every_memory_as_it_was(steps: list[tuple[object, ...]]) -> None:
    student = Student()
    for name, *given_values in steps:
        student.step(str(name), *given_values)
    while student.sitting.before is not None:
        student.step("undo")
    assert all(state.memory.phase is Phase.NEW for state in student.states().values())
    assert not any(state.suspended or state.buried_until or state.note for state in student.states().values())
    assert student.asked == STRATEGIES
