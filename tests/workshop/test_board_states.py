"""States of learners: results stay known, and stuck differs from late, away or on a break."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from labs.cli import runtime
from labs.show.board_text import board_lines
from labs.show.wording import one_line, wide
from labs.verdict import State
from labs.workshop.board import Board, Status
from labs.workshop.board_maker import make_board
from labs.workshop.database import Sqlite
from labs.workshop.events import Event, EventKind, active_time
from labs.workshop.ledger import Ledger
from labs.workshop.seat_result import Standing
from tests.workshop.test_board import NOW, stands
from tests.workshop.workshop_kit import Cli, seat, write

EXPIRED = "role {} cannot be assumed: The credentials have expired. Sign in again."


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def board(*standings: Standing, events: tuple[Event, ...] = (), **errors: str) -> Board:
    names = list(dict.fromkeys([each.seat for each in standings] + list(errors)))
    return make_board("Room", names, ("one",), standings, errors, NOW, events=events)


def started(name: str, states: str, *, pace: float, idle: float) -> Standing:
    """A learner who took `pace` minutes for each objective after the first, and has been idle since."""
    found = stands(name, states, minutes=idle)
    return Standing(
        *(name, "one", found.since, 5, NOW, found.states),
        started=found.since - minutes(pace * (found.score - 1)),
    )


def test_an_account_that_cannot_be_opened_keeps_its_score() -> None:
    """With the time of the look that the score is from, and the reason now."""
    found = board(stands("ada", "ppf", minutes=30), ada="role expired")
    (row,) = found.rows
    assert (row.status, row.cells[0].score, row.cells[0].as_of) == (Status.CANNOT_LOOK, 2, NOW)
    assert f"one 2/3 as of {NOW.astimezone():%H:%M}, now: role expired" in "\n".join(
        board_lines(found, 80, "")
    )


def test_a_look_that_judged_only_a_part_shows_the_last_that_judged_all() -> None:
    now = stands("ada", "iif")
    seen = {"a": State.PASSED, "b": State.PASSED, "c": State.FAILED}
    (row,) = board(
        Standing("ada", "one", now.since, 5, NOW, now.states, seen=seen, seen_at=NOW - minutes(5))
    ).rows
    assert (row.cells[0].score, row.cells[0].as_of) == (2, NOW - minutes(5))


def test_one_cause_for_many_seats_is_told_once_with_its_remedy() -> None:
    errors = {f"l-{number}": EXPIRED.format(f"arn:aws:iam::{number:012}:role/r") for number in range(4)}
    found = board(**errors)
    assert [each.seats for each in found.causes] == [4]
    banner = board_lines(found, 200, "")[1]
    assert banner.startswith("4 seats cannot be checked, for the same reason")
    assert "aws sso login" in banner
    assert board(**dict(list(errors.items())[:2])).causes == ()


@pytest.mark.parametrize(("idle", "status"), [(4, Status.ACTIVE), (8, Status.SLOW), (13, Status.STUCK)])
def test_stuck_is_measured_by_the_room_s_own_pace(idle: float, status: Status) -> None:
    """Three learners take six minutes for an objective: twice that is stuck, once is slow."""
    room = [started(f"l-{number}", "pppp", pace=6, idle=1) for number in range(3)]
    found = board(*room, started("ada", "ppf", pace=6, idle=idle))
    assert next(row.status for row in found.rows if row.name == "ada") is status


def test_a_break_stops_all_clocks() -> None:
    lunch = Event(EventKind.BREAK, "", "Ann", NOW - minutes(60), NOW - minutes(10))
    ada = stands("ada", "pf", minutes=65)
    assert board(ada).rows[0].status is Status.STUCK
    assert board(ada, events=(lunch,)).rows[0].status is Status.STUCK
    still = Event(EventKind.BREAK, "", "Ann", NOW - minutes(60))
    assert (board(ada, events=(still,)).rows[0].idle, board(ada, events=(still,)).needing()) == (
        minutes(5),
        (),
    )


def test_breaks_that_overlap_count_once() -> None:
    one = Event(EventKind.BREAK, "", "Ann", NOW - minutes(50), NOW - minutes(30))
    two = Event(EventKind.BREAK, "", "Bob", NOW - minutes(40), NOW - minutes(20))
    assert active_time(NOW - minutes(60), NOW, [two, one]) == minutes(30)
    assert active_time(NOW + minutes(5), NOW, []) == timedelta()


def test_a_snoozed_learner_does_not_lead_until_the_snooze_ends() -> None:
    ada = stands("ada", "pf", minutes=40)
    snooze = Event(EventKind.SNOOZED, "ada", "Ann", NOW - minutes(1), NOW + minutes(9))
    assert board(ada, events=(snooze,)).needing() == ()
    over = Event(EventKind.SNOOZED, "ada", "Ann", NOW - minutes(9), NOW - minutes(1))
    helped = Event(EventKind.HELPED, "ada", "Bob", NOW)
    (row,) = board(ada, events=(over, helped)).needing()
    assert row.note == f"helped by Bob at {NOW.astimezone():%H:%M}"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("\U0001f44d\U0001f3fd Zo\u00eb", "\U0001f44d Zo\u00eb"),
        ("\U0001f469\U0001f3fd\u200d\U0001f4bb Ann", "\U0001f469 Ann"),
        ("\u0645\u06cc\u200c\u0631", "\u0645\u06cc\u200c\u0631"),
        ("e\u0301a", "e\u0301a"),
        ("a\u202eb", "ab"),
    ],
    ids=["skin tone", "joined emoji", "Persian joiner", "combining", "override"],
)
def test_names_of_any_script_keep_the_columns(name: str, shown: str) -> None:
    """Characters that terminals measure differently are left out; joiners that a spelling needs stay."""
    assert one_line(name) == shown
    lines = board_lines(board(stands(name, "pf"), stands("plain-name", "pf")), 80, "")
    rows = [re.sub("\x1b.*?m", "", line) for line in lines if "one 1/2" in line]
    assert len({wide(row[: row.index("one 1/2")]) for row in rows}) == 1


def test_notes_of_instructors_are_events(tmp_path: Path, cli: Cli) -> None:
    """For the whole room or for one learner, never for somebody else."""
    file = write(tmp_path / "r.toml", 'id = "notes"', seat("Ada"))
    assert cli("workshop", "note", file, "break", "--by", "Ann").out.startswith("All clocks stop.")
    assert cli("workshop", "note", file, "resume").code == 0
    snoozed = cli("workshop", "note", file, "snooze", "--seat", "Ada", "--minutes", 5, "--by", "Bob")
    assert (snoozed.code, snoozed.out) == (0, "Ada: snoozed for 5 min.\n")
    for wrong in (["helped"], ["helped", "--seat", "Eve"], ["break", "--seat", "Ada"]):
        assert cli("workshop", "note", file, *wrong).code == 2
    pause, snooze = Ledger(Sqlite(runtime.home() / "workshops.db"), "notes").events()
    assert (pause.kind, pause.who, pause.until is None) == (EventKind.BREAK, "Ann", False)
    assert snooze.until is not None
    assert (snooze.seat, snooze.who, snooze.until - snooze.at) == ("Ada", "Bob", minutes(5))
