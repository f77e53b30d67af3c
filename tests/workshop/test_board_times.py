"""How long labs and objectives take, without breaks; what nobody saw begin tells no time."""

from __future__ import annotations

from datetime import timedelta

from labs.verdict import State
from labs.workshop.board_times import times_to_pass
from labs.workshop.events import Event, EventKind
from labs.workshop.lab_summary import LabTally, time_in_lab
from labs.workshop.ledger_rows import StateChange
from labs.workshop.seat_result import Standing
from tests.workshop.test_ledger import LAB, minute

BREAK = Event(EventKind.BREAK, "", "Ann", minute(10), minute(15))


def standing(seat: str, states: str, started: float | None, since: float) -> Standing:
    """A learner who has been at this lab from one minute to another."""
    known = {chr(97 + n): State.PASSED if each == "p" else State.FAILED for n, each in enumerate(states)}
    started_at = None if started is None else minute(started)
    return Standing(seat, LAB, minute(since), 3, minute(60), known, started=started_at)


def change(seat: str, at: float, states: str) -> StateChange:
    known = {chr(97 + n): State.PASSED if each == "p" else State.FAILED for n, each in enumerate(states)}
    return StateChange(seat, "1", minute(at), known)


def test_a_lab_takes_from_its_first_pass_to_its_last_without_breaks() -> None:
    assert time_in_lab(standing("ada", "pp", 0, 20), [BREAK]) == timedelta(minutes=15)
    assert time_in_lab(standing("ada", "pf", 0, 20), []) is None
    assert time_in_lab(standing("ada", "pp", 20, 20), []) is None, "all in one look"
    assert time_in_lab(standing("ada", "pp", None, 20), []) is None


def test_the_median_is_of_those_who_passed() -> None:
    room = [standing(f"l{n}", "pp", 0, at) for n, at in enumerate((4, 6, 30))]
    tally = LabTally([])
    for each in [*room, standing("open", "pf", 0, 50)]:
        tally.replace_standing(each.seat, each)
    assert tally.summary().median == timedelta(minutes=6)


def test_an_objective_takes_from_the_pass_before_it() -> None:
    """Also where it broke in between; what passes first, or at the first look, tells no time."""
    changes = [
        change("ada", 0, "fff"),
        change("bob", 0, "pff"),
        change("ada", 5, "pff"),
        change("ada", 8, "ppf"),
        change("ada", 9, "pff"),
        change("ada", 18, "ppp"),
        change("bob", 3, "ppf"),
    ]
    minutes = {
        name: {seat: spent / timedelta(minutes=1) for seat, spent in own.items()}
        for name, own in times_to_pass(changes, [BREAK]).items()
    }
    assert minutes == {"b": {"ada": 3, "bob": 3}, "c": {"ada": 5}}
