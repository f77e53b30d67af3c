"""The state of a study session: each step is a value, each grade an event, and undo goes all the way back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from labs.store import Event
from labs.study.queue import CardPool, StudyOptions, cards_in_order, queue
from labs.study.replay import replay
from labs.study.schedule import Grade, Phase
from labs.study.study_state import MAX_REVIEW_MS, StudyConfig, StudyState, suggested_grade, times_missed
from tests.study.learner_builder import BINPACK, CARDS, DECK, SPREAD, STRATEGIES, Learner


class SessionLearner(Learner):
    """A learner in a study session, whose events are collected as the command line would store them."""

    def __init__(self, *, cram: bool = False) -> None:
        super().__init__()
        self.cram = cram
        self.start_session()

    def start_session(self) -> None:
        pool = CardPool(cards_in_order([DECK]), self.states(), self.scheduler, self.calendar)
        config = StudyConfig(CARDS, self.scheduler, self.calendar, self.new_event, self.cram)
        self.state_now = StudyState.start(
            config, queue(pool, self.now, StudyOptions(cram=self.cram)), pool.states
        )

    @property
    def asked(self) -> str | None:
        return self.state_now.current.card if self.state_now.current else None

    def step(self, name: str, *given: object) -> tuple[Event, ...]:
        """Does a step; reveal and tick cause no events."""
        self.clock.move(seconds=5)
        outcome: Any = getattr(self.state_now, name)(*given)
        events: tuple[Event, ...]
        self.state_now, events = outcome if isinstance(outcome, tuple) else (outcome, ())
        self.events += events
        return events

    def answers(self, grade: Grade) -> Event:
        self.step("reveal")
        [event] = self.step("grade", grade)
        return event


@pytest.fixture
def learner() -> SessionLearner:
    return SessionLearner()


def test_a_card_is_shown_revealed_and_graded_into_one_event(learner: SessionLearner) -> None:
    assert learner.asked == STRATEGIES
    assert learner.state_now.card is CARDS[STRATEGIES]
    event = learner.answers(Grade.GOOD)
    assert (event.kind, event.card, event.rating, event.source, event.ms) == (
        "review",
        STRATEGIES,
        3,
        "study",
        10_000,
    )
    assert learner.asked == BINPACK
    assert not learner.state_now.revealed


def test_a_card_cannot_be_graded_or_ticked_before_its_answer_was_shown(learner: SessionLearner) -> None:
    before = learner.state_now
    assert learner.step("grade", Grade.EASY) == ()
    learner.step("tick", 0)
    assert learner.state_now == before


def test_previews_are_what_the_grades_do(learner: SessionLearner) -> None:
    learner.step("reveal")
    learner.clock.at = learner.state_now.shown_at
    previews = learner.state_now.previews()
    assert list(previews) == list(Grade)
    assert previews[Grade.AGAIN] == timedelta(minutes=1)
    event = learner.state_now.grade(Grade.EASY)[1][0]
    due = replay([event], learner.scheduler)[STRATEGIES].memory.due
    assert due == event.at + previews[Grade.EASY]


def test_ticked_items_suggest_a_grade_and_are_kept_as_count_and_mask(learner: SessionLearner) -> None:
    learner.step("reveal")
    for item in (0, 1, 2, 1):
        learner.step("tick", item)
    assert learner.state_now.ticked == {0, 2}
    assert learner.state_now.suggested is Grade.HARD
    [event] = learner.step("grade", Grade.GOOD)
    assert (event.rating, event.items_hit, event.items_total, event.data) == (3, 2, 3, {"items": 0b101})
    assert times_missed(learner.state(STRATEGIES), 3) == [0, 1, 0]
    assert learner.state_now.ticked == frozenset()


def test_nothing_is_suggested_before_the_answer_was_shown(learner: SessionLearner) -> None:
    assert learner.state_now.suggested is None
    learner.step("reveal")
    assert learner.state_now.suggested is Grade.AGAIN


@pytest.mark.parametrize(("hours", "kept"), [(-1, 0), (0, 10_000), (48, MAX_REVIEW_MS)])
def test_a_card_left_lying_or_a_clock_set_back_gives_no_absurd_time(
    learner: SessionLearner, hours: int, kept: int
) -> None:
    learner.clock.move(hours=hours)
    assert learner.answers(Grade.GOOD).ms == kept


@pytest.mark.parametrize("item", [-1, 3, 99])
def test_an_item_that_is_not_there_cannot_be_ticked(learner: SessionLearner, item: int) -> None:
    learner.step("reveal")
    learner.step("tick", item)
    assert learner.state_now.ticked == frozenset()


def test_a_card_that_names_no_number_suggests_nothing(learner: SessionLearner) -> None:
    learner.step("skip")
    assert learner.asked == BINPACK
    learner.step("reveal")
    assert learner.state_now.suggested is None


def test_a_grade_without_ticks_says_nothing_of_items(learner: SessionLearner) -> None:
    event = learner.answers(Grade.GOOD)
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


def test_a_failed_card_comes_back_after_a_minute_before_new_cards(
    learner: SessionLearner,
) -> None:
    learner.answers(Grade.AGAIN)
    assert learner.asked == BINPACK
    learner.clock.move(minutes=2)
    learner.answers(Grade.EASY)
    assert learner.asked == STRATEGIES


def test_a_failed_card_is_asked_early_when_nothing_else_is_left(learner: SessionLearner) -> None:
    learner.answers(Grade.AGAIN)
    learner.answers(Grade.EASY)
    learner.answers(Grade.EASY)
    assert learner.asked == STRATEGIES
    learner.answers(Grade.EASY)
    assert learner.asked is None
    assert learner.state_now.left == 0


def test_undo_puts_the_answered_card_back_with_its_answer_open(learner: SessionLearner) -> None:
    event = learner.answers(Grade.AGAIN)
    [void] = learner.step("undo")
    assert (void.kind, void.data) == ("void", {"event": event.id})
    assert learner.asked == STRATEGIES
    assert learner.state_now.revealed
    assert learner.state(STRATEGIES).memory.phase is Phase.NEW
    assert learner.state_now.done == ()


def test_undo_goes_back_card_by_card_and_a_seen_answer_stays_seen(learner: SessionLearner) -> None:
    first = learner.answers(Grade.GOOD)
    second = learner.answers(Grade.GOOD)
    voids = [*learner.step("undo"), *learner.step("undo")]
    assert [void.data["event"] for void in voids] == [second.id, first.id]
    assert learner.asked == STRATEGIES
    assert dict(learner.state_now.states) == learner.states()
    assert learner.state_now.states[BINPACK].shown == second.at


def test_a_card_graded_again_after_an_undo_was_last_seen_then(learner: SessionLearner) -> None:
    learner.answers(Grade.AGAIN)
    learner.step("undo")
    [again] = learner.step("grade", Grade.EASY)
    learner.answers(Grade.EASY)
    learner.step("undo")
    assert learner.state_now.states[STRATEGIES].shown == again.at
    assert dict(learner.state_now.states) == learner.states()


def test_undo_of_nothing_does_nothing(learner: SessionLearner) -> None:
    before = learner.state_now
    assert learner.step("undo") == ()
    assert learner.state_now == before


def test_a_skipped_card_comes_back_tomorrow_at_four(learner: SessionLearner) -> None:
    [bury] = learner.step("skip")
    assert (bury.kind, bury.data) == ("bury", {"until": "2026-11-23T04:00:00+00:00"})
    learner.start_session()
    assert learner.asked == BINPACK
    learner.clock.at = learner.now.replace(day=23, hour=4, minute=0, second=0, microsecond=0)
    learner.start_session()
    assert learner.asked == STRATEGIES


def test_to_skip_or_to_leave_after_the_answer_says_that_it_was_seen(learner: SessionLearner) -> None:
    learner.step("reveal")
    assert [event.kind for event in learner.step("skip")] == ["shown", "bury"]
    learner.step("reveal")
    assert [(event.kind, event.card) for event in learner.step("quit")] == [("shown", BINPACK)]
    assert learner.state(BINPACK).shown == learner.events[-1].at
    assert learner.asked is None


def test_leaving_before_the_answer_says_nothing(learner: SessionLearner) -> None:
    assert learner.step("quit") == ()


def test_a_suspended_card_is_not_asked_until_it_is_brought_back(learner: SessionLearner) -> None:
    learner.step("suspend")
    learner.clock.move(days=400)
    learner.start_session()
    assert STRATEGIES not in [learner.asked, *(entry.card for entry in learner.state_now.waiting)]
    learner.does("unsuspend", card=STRATEGIES)
    learner.start_session()
    assert learner.asked == STRATEGIES


def test_a_flag_keeps_the_card_on_the_table_and_can_be_undone(learner: SessionLearner) -> None:
    learner.step("reveal")
    [flag] = learner.step("flag", "spread is missing")
    assert (flag.kind, flag.data) == ("flag", {"note": "spread is missing"})
    assert (learner.asked, learner.state_now.revealed) == (STRATEGIES, True)
    assert learner.state_now.card_state.note == "spread is missing"
    learner.step("undo")
    assert learner.state(STRATEGIES).note is None


def test_a_cram_writes_nothing_and_repeats_what_was_not_recalled() -> None:
    learner = SessionLearner(cram=True)
    for grade in (Grade.AGAIN, Grade.GOOD, Grade.GOOD):
        learner.step("reveal")
        assert learner.step("grade", grade) == ()
    assert learner.asked == STRATEGIES
    for step in ("flag", "skip", "undo", "suspend", "quit"):
        assert learner.step(step) == ()
    assert learner.events == []


def test_a_cram_asks_what_is_neither_due_nor_new() -> None:
    learner = SessionLearner(cram=True)
    learner.learns(SPREAD)
    learner.start_session()
    assert learner.state_now.left == 3


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("grade"), st.sampled_from(Grade)),
        st.tuples(st.sampled_from(["reveal", "reveal", "reveal", "skip", "suspend", "flag", "undo", "undo"])),
        st.tuples(st.just("tick"), st.integers(0, 3)),
    ),
    max_size=25,
)


@pytest.mark.slow
@given(STEPS)
def test_the_state_always_equals_a_replay_of_its_events(steps: list[tuple[object, ...]]) -> None:
    """So that Ctrl-C at any moment, and a new start, loses nothing and changes nothing."""
    learner = SessionLearner()
    for name, *given_values in steps:
        learner.step(str(name), *given_values)
        assert dict(learner.state_now.states) == learner.states()


@pytest.mark.slow
@given(STEPS)
def test_undoing_everything_leaves_every_memory_as_it_was(steps: list[tuple[object, ...]]) -> None:
    learner = SessionLearner()
    for name, *given_values in steps:
        learner.step(str(name), *given_values)
    while learner.state_now.before is not None:
        learner.step("undo")
    assert all(state.memory.phase is Phase.NEW for state in learner.states().values())
    assert not any(state.suspended or state.buried_until or state.note for state in learner.states().values())
    assert learner.asked == STRATEGIES


def test_edited_cards_leave_earlier_states_unchanged(learner: SessionLearner) -> None:
    """A state is a value: an edit gives a new one, whose undo shows the card as it was edited."""
    first = learner.state_now
    learner.answers(Grade.GOOD)
    graded = learner.state_now
    edited = replace(CARDS[STRATEGIES], question="Name the strategies")
    learner.state_now = graded.with_cards({STRATEGIES: edited})
    assert first.card is CARDS[STRATEGIES]
    assert graded.config.cards[STRATEGIES] is CARDS[STRATEGIES]
    learner.step("undo")
    assert learner.state_now.card is edited
