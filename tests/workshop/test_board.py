"""The board: who needs the instructor first, on a screen of any size."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from labs.show.board_text import board_lines, duration
from labs.verdict import State
from labs.workshop.board import Board, Status
from labs.workshop.board_maker import make_board
from labs.workshop.seat_result import Standing

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LABS = ("one", "two")


def stands(
    name: str, states: str, *, lab: str = "one", minutes: float = 0, checks: int = 5, **_: object
) -> Standing:
    """A standing from letters: p passed, f failed, b blocked, i inconclusive; objectives are named a, b, c ..."""
    kinds = {state.value[0]: state for state in State}
    return Standing(
        name,
        lab,
        NOW - timedelta(minutes=minutes),
        checks,
        NOW,
        {chr(97 + number): kinds[letter] for number, letter in enumerate(states)},
    )


def board(
    *standings: Standing, names: list[str] | None = None, labs: tuple[str, ...] = ("one",), **errors: str
) -> Board:
    names = names or list(dict.fromkeys([each.seat for each in standings] + list(errors)))
    return make_board("Room", names, labs, standings, errors, NOW)


def test_worst_first_then_by_name() -> None:
    """Stuck (longest first), not seen, at work, not started, absent, not reached, done; within these by name."""
    found = board(
        stands("done", "pp"),
        stands("Zoe", "pf"),
        stands("amy", "pf"),
        stands("no-show", "ff", minutes=300),
        stands("late", "ff"),
        stands("stuck-20", "pf", minutes=20),
        stands("stuck-40", "pf", minutes=40),
        names=["done", "waiting", "no-show", "late", "Zoe", "amy", "stuck-20", "gone", "stuck-40"],
        gone="denied",
    )
    assert [row.name for row in found.rows] == [
        "stuck-40",
        "stuck-20",
        "gone",
        "amy",
        "Zoe",
        "late",
        "no-show",
        "waiting",
        "done",
    ]
    assert [row.status.name for row in found.rows] == [
        "STUCK",
        "STUCK",
        "CANNOT_LOOK",
        "ACTIVE",
        "ACTIVE",
        "NOT_STARTED",
        "ABSENT",
        "NOT_REACHED",
        "DONE",
    ]


def test_of_two_equally_stuck_learners_the_one_with_more_looks_is_first() -> None:
    found = board(stands("a", "pf", minutes=20, checks=3), stands("b", "pf", minutes=20, checks=9))
    assert [row.name for row in found.needing()] == ["b", "a"]


@pytest.mark.parametrize(
    ("minutes", "checks", "states", "status"),
    [
        (7, 9, "pf", Status.ACTIVE),
        (14.9, 9, "pf", Status.SLOW),
        (15, 9, "pf", Status.STUCK),
        (600, 1, "pf", Status.ACTIVE),
        (600, 9, "pp", Status.DONE),
        (600, 9, "pi", Status.CANNOT_LOOK),
    ],
    ids=["not yet", "nearly", "just", "only one look", "done long ago", "could not look"],
)
def test_stuck_is_who_has_not_moved_for_a_quarter_of_an_hour(
    minutes: float, checks: int, states: str, status: Status
) -> None:
    assert board(stands("a", states, minutes=minutes, checks=checks)).rows[0].status is status


def test_progress_in_any_lab_is_progress() -> None:
    """Who left a lab unfinished and works at the next is not stuck, and is shown at the next."""
    found = board(stands("a", "pf", minutes=60), stands("a", "pf", lab="two", minutes=1), labs=LABS)
    assert (found.rows[0].status, found.rows[0].lab) == (Status.ACTIVE, "two")


def test_nobody_is_done_with_a_lab_that_was_not_looked_at() -> None:
    found = board(stands("a", "pp"), labs=LABS)
    assert found.rows[0].status is Status.ACTIVE
    assert board(stands("a", "")).rows[0].status is not Status.DONE


def test_what_most_of_the_room_fails_is_named_first() -> None:
    """Of a learner's failing objectives, the one that is shared; blocked ones and no-shows do not count."""
    found = board(
        stands("x", "ffbp", minutes=30), stands("y", "pfb"), stands("z", "pfb"), stands("no-show", "ffb")
    )
    assert found.rows[0].failing == ("b", "a")
    hardest = [(each.objective, each.seats, each.started) for each in found.hardest]
    assert hardest == [("b", 3, 3), ("a", 1, 3)]


def test_strangers_to_the_roster_and_other_labs_are_left_out() -> None:
    """The ledger may know more than this roster asks for."""
    found = board(stands("a", "p"), stands("gone", "f"), stands("a", "f", lab="two"), names=["a"])
    assert [row.name for row in found.rows] == ["a"]
    assert found.rows[0].status is Status.DONE
    assert found.hardest == ()


def test_off_a_screen_everybody_is_there() -> None:
    text = "\n".join(board_lines(board(*(stands(f"l-{number:02}", "pf") for number in range(40))), 80, ""))
    assert all(f"l-{number:02}" in text for number in range(40))


def test_names_cannot_steer_the_terminal() -> None:
    text = "\n".join(board_lines(board(stands("a\x1b[2J\u202eb\nc", "pf")), 80, ""))
    assert "\u202e" not in text
    assert "[2Jb c" in text


@pytest.mark.parametrize(
    ("span", "message"),
    [
        (timedelta(seconds=8), "8 s"),
        (timedelta(seconds=61), "1 min"),
        (timedelta(minutes=22), "22 min"),
        (timedelta(hours=3, minutes=59), "3 h"),
        (timedelta(days=2), "2 d"),
    ],
)
def test_durations_are_told_as_people_say_them(span: timedelta, message: str) -> None:
    assert duration(span) == message
