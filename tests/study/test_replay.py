"""Replay: events in any order give one state, undo is as if it had not been, a merge settles itself."""

from datetime import UTC, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.errors import StoreError
from labs.store import Event
from labs.study.calendar import Calendar
from labs.study.card_state import CardState
from labs.study.replay import in_order, renamed, replay, settings_of
from labs.study.schedule import Phase, Scheduler, Settings
from tests.store.builders import START, moments
from tests.study.learner_builder import BINPACK, SPREAD, Learner

CARD_KINDS = st.sampled_from(
    [
        "review",
        "review",
        "review",
        "suspend",
        "unsuspend",
        "flag",
        "reset",
        "surface",
        "practised",
        "bury",
        "shown",
    ]
)
FIELDS: dict[str, dict[str, Any]] = {
    "surface": {"lab": "l", "objective": "o", "data": {"reason": "found x"}},
    "practised": {"lab": "l", "objective": "o", "data": {"version": "1"}},
    "bury": {"data": {"until": "2027-01-01T04:00:00+00:00"}},
}


@st.composite
def lives(draw: st.DrawFn) -> list[Event]:
    """A learner's possible actions with two cards, over years."""
    learner = Learner()
    for _ in range(draw(st.integers(0, 15))):
        learner.clock.at += draw(st.timedeltas(timedelta(microseconds=1), timedelta(days=60)))
        kind, card = draw(CARD_KINDS), draw(st.sampled_from([BINPACK, SPREAD]))
        source = draw(st.sampled_from(["study", "study", "lab", "anki"]))
        rating = {"rating": draw(st.integers(1, 4)), "source": source} if kind == "review" else {}
        learner.does(kind, card=card, **rating, **FIELDS.get(kind, {}))
    return learner.events


def memories(states: dict[str, CardState]) -> dict[str, Any]:
    """The state that undo restores; that an answer was seen, it cannot take back."""
    plain = {
        card: (state.memory, state.recalls, state.surfaced, state.practised, state.suspended, state.note)
        for card, state in states.items()
    }
    return {card: parts for card, parts in plain.items() if parts != memories_of_new}


_new = CardState()
memories_of_new = (_new.memory, _new.recalls, _new.surfaced, _new.practised, _new.suspended, _new.note)


@pytest.mark.slow
@given(lives(), st.randoms())
def test_events_in_any_order_give_the_same_states(events: list[Event], chance: Any) -> None:
    shuffled = list(events)
    chance.shuffle(shuffled)
    assert replay(shuffled, Scheduler()) == replay(events, Scheduler())


@pytest.mark.slow
@given(lives(), st.data())
def test_undo_is_as_if_it_had_not_been(events: list[Event], data: st.DataObject) -> None:
    if not events:
        return
    taken = data.draw(st.sampled_from(events))
    void = Learner(at=events[-1].at + timedelta(days=1)).does(
        "void", card=taken.card, data={"event": taken.id}
    )
    without = [event for event in events if event is not taken]
    assert memories(replay([*events, void], Scheduler())) == memories(replay(without, Scheduler()))


@pytest.mark.slow
@given(lives(), st.data())
def test_taking_an_undo_back_is_as_if_nothing_had_been_undone(
    events: list[Event], data: st.DataObject
) -> None:
    if not events:
        return
    taken = data.draw(st.sampled_from(events))
    learner = Learner(at=events[-1].at + timedelta(days=1))
    void = learner.does("void", data={"event": taken.id})
    again = learner.does("void", data={"event": void.id})
    assert replay([*events, void, again], Scheduler()) == replay(events, Scheduler())


@pytest.mark.slow
@given(lives())
def test_no_lab_event_ever_lowers_stability_or_counts_as_a_lapse(events: list[Event]) -> None:
    """Not even a forged one, nor one that another machine's review has overtaken."""
    states: dict[str, CardState] = {}
    for number, event in enumerate(in_order(events), 1):
        after = replay(events[:number], Scheduler())
        if event.source == "lab" and event.card:
            before = states.get(event.card, CardState()).memory
            now = after[event.card].memory
            assert (now.stability or 0) >= (before.stability or 0)
            assert now.lapses == before.lapses
            assert now == before or before.is_due(event.at)
        states = after


def test_a_lab_review_that_another_machine_overtook_changes_nothing() -> None:
    learner = Learner()
    learner.learns(BINPACK)
    learner.waits_until_due(BINPACK)
    learner.reviews(BINPACK, 3)
    elsewhere = learner.state(BINPACK)
    learner.reviews(BINPACK, 2, source="lab")
    assert learner.state(BINPACK).memory == elsewhere.memory


def test_switching_lab_credit_off_recomputes_everything() -> None:
    learner = Learner()
    study_only = learner.learns(BINPACK).memory
    learner.waits_until_due(BINPACK)
    learner.reviews(BINPACK, 3, source="lab")
    assert learner.state(BINPACK).memory != study_only
    assert replay(learner.events, Scheduler(Settings(lab_credit="off")))[BINPACK].memory == study_only


def test_rename_keeps_memory_through_two_edits_and_can_be_undone() -> None:
    learner = Learner()
    memory = learner.learns("deck:old").memory
    learner.does("rename", card="deck:old", data={"to": "deck:newer"})
    last = learner.does("rename", card="deck:newer", data={"to": "deck:newest"})
    assert learner.state("deck:newest").memory == memory
    assert learner.state("deck:old") == CardState()
    learner.does("void", data={"event": last.id})
    assert learner.state("deck:newer").memory == memory


def test_names_that_were_changed_in_a_circle_come_to_rest() -> None:
    learner = Learner()
    for card, to in (("deck:a", "deck:b"), ("deck:b", "deck:c"), ("deck:c", "deck:a")):
        learner.does("rename", card=card, data={"to": to})
    assert set(renamed(learner.events).values()) == {"deck:a"}


def test_a_reset_card_is_new_and_still_practised() -> None:
    learner = Learner()
    learner.learns(BINPACK)
    learner.does("practised", card=BINPACK, lab="l", objective="o", data={"version": "1"})
    learner.does("reset", card=BINPACK)
    state = learner.state(BINPACK)
    assert state.memory.phase is Phase.NEW
    assert state.practised


def test_a_surfaced_card_stays_until_recalled_or_its_objective_passes() -> None:
    learner = Learner()
    learner.does("surface", card=BINPACK, lab="l", objective="o", data={"reason": "found random"})
    learner.reviews(BINPACK, 2)
    assert learner.state(BINPACK).surfaced
    learner.reviews(BINPACK, 3)
    assert not learner.state(BINPACK).surfaced
    for objective in ("o", "p"):
        learner.does("surface", card=BINPACK, lab="l", objective=objective, data={"reason": "found random"})
    learner.does("practised", card=BINPACK, lab="l", objective="o")
    assert [one.objective for one in learner.state(BINPACK).surfaced] == ["p"]


def test_a_lab_review_keeps_the_failures_of_other_labs() -> None:
    learner = Learner()
    learner.learns(BINPACK)
    learner.does("surface", card=BINPACK, lab="other", objective="o", data={"reason": "found random"})
    learner.waits_until_due(BINPACK)
    learner.reviews(BINPACK, 3, source="lab")
    assert learner.state(BINPACK).surfaced


def test_two_objectives_of_a_lab_are_two_facts() -> None:
    learner = Learner()
    for objective in ("o", "p", "o"):
        learner.does("practised", card=BINPACK, lab="l", objective=objective)
    assert [fact.objective for fact in learner.state(BINPACK).practised] == ["p", "o"]


def test_a_review_ends_a_bury_and_a_flag_can_be_taken_off() -> None:
    learner = Learner()
    learner.does("bury", card=BINPACK, data={"until": "2027-01-01T04:00:00+00:00"})
    learner.does("flag", card=BINPACK, data={"note": "wrong?"})
    assert (learner.state(BINPACK).may_be_asked(learner.now), learner.state(BINPACK).note) == (
        False,
        "wrong?",
    )
    learner.reviews(BINPACK, 3)
    learner.does("flag", card=BINPACK, data={"on": False})
    assert (learner.state(BINPACK).may_be_asked(learner.now), learner.state(BINPACK).note) == (True, None)


def test_a_review_in_anki_long_ago_did_not_show_the_card_here() -> None:
    learner = Learner()
    learner.reviews(BINPACK, 3, source="anki")
    assert learner.state(BINPACK).shown is None


def test_the_settings_chosen_last_hold_and_bad_ones_are_named() -> None:
    learner = Learner()
    assert settings_of(learner.events) == Settings()
    learner.does("settings", data={"retention": 0.8})
    learner.does("settings", data={"retention": 0.95, "lab_credit": "off"})
    assert settings_of(reversed(learner.events)) == Settings(retention=0.95, lab_credit="off")
    learner.does("settings", data={"retention": 2})
    with pytest.raises(StoreError, match="retention"):
        settings_of(learner.events)


def test_a_card_is_known_from_a_later_recall_until_its_due_day_has_passed() -> None:
    learner = Learner()
    learner.reviews(BINPACK, 4)
    assert not learner.state(BINPACK).is_known(learner.now, learner.calendar)
    learner.waits_until_due(BINPACK)
    assert not learner.state(BINPACK).is_known(learner.now, learner.calendar)
    learner.reviews(BINPACK, 3)
    assert learner.state(BINPACK).is_known(learner.now, learner.calendar)
    learner.waits_until_due(BINPACK)
    assert learner.state(BINPACK).is_known(learner.now, learner.calendar)
    learner.clock.move(days=1)
    assert not learner.state(BINPACK).is_known(learner.now, learner.calendar)


def test_a_card_that_was_forgotten_is_no_longer_known() -> None:
    learner = Learner()
    learner.learns(BINPACK)
    assert learner.state(BINPACK).is_known(learner.now, learner.calendar)
    learner.reviews(BINPACK, 1)
    assert not learner.state(BINPACK).is_known(learner.now, learner.calendar)


def test_a_lab_that_stood_in_for_a_review_does_not_make_a_card_known() -> None:
    learner = Learner()
    learner.reviews(BINPACK, 4)
    learner.waits_until_due(BINPACK)
    learner.reviews(BINPACK, 3, source="lab")
    assert not learner.state(BINPACK).is_known(learner.now, learner.calendar)


@pytest.mark.parametrize(
    ("days", "present", "practised"),
    [
        pytest.param(0, "1.0", True, id="just now"),
        pytest.param(180, "1.0", True, id="180 days ago"),
        pytest.param(181, "1.0", False, id="181 days ago"),
        pytest.param(1, "1.9", True, id="a new minor version"),
        pytest.param(1, "2.0", False, id="a new major version"),
        pytest.param(1, "", True, id="a pack without a version"),
    ],
)
def test_practice_grows_stale(days: int, present: str, practised: bool) -> None:
    learner = Learner()
    learner.does("practised", card=BINPACK, lab="l", objective="o", data={"version": "1.0"})
    at = START + timedelta(days=days)
    assert learner.state(BINPACK).is_practised(at, {"l": present}) is practised


@pytest.mark.slow
@given(
    moments, st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Asia/Kathmandu"])
)
def test_a_day_of_study_starts_at_four_in_the_morning(at: Any, zone: str) -> None:
    calendar = Calendar(ZoneInfo(zone))
    day = calendar.day(at)
    assert calendar.start(day) <= at < calendar.start(day) + timedelta(hours=49)
    local = calendar.start(day).astimezone(calendar.zone)
    assert (local.hour, local.date()) == (4, day)


def test_an_hour_after_midnight_is_still_yesterday() -> None:
    late = START.replace(hour=1)
    assert Calendar(UTC).day(late) == (START - timedelta(days=1)).date()
    assert Calendar(UTC).tomorrow(late) == START.replace(hour=4)
