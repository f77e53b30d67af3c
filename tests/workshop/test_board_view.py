"""The board on a terminal's screen: it fits any size, and keys choose, filter, sort, open and note."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from labs.cli.workshop.terminal_board import TerminalBoard
from labs.show.board_view import BoardView, view_lines
from labs.show.wording import wide
from labs.workshop.board import Board, Status
from labs.workshop.board_source import BoardSource
from labs.workshop.database import Sqlite
from labs.workshop.events import EventKind
from labs.workshop.ledger import Ledger
from labs.workshop.roster import Roster, Seat
from tests.workshop.test_board import NOW, board, stands
from tests.workshop.test_ledger import LAB, result, verdict


def drawn(view: BoardView, found: Board, width: int = 80, height: int = 24) -> list[str]:
    return [re.sub("\x1b.*?m", "", line) for line in view_lines(view, found, width, height, "round 3")]


def chosen(lines: list[str]) -> str:
    """The line that is marked."""
    [line] = [each for each in lines if each.startswith(">")]
    return line


@pytest.mark.slow
@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("height", [8, 24, 60])
def test_the_board_fits_its_screen(width: int, height: int) -> None:
    """Forty learners with long and wide names: no line is too long, none too many, the sums are always there."""
    standings = [
        stands(f"{'名前' * 10 if number % 3 else 'learner'}-{number}", "pf", minutes=number)
        for number in range(40)
    ]
    found = board(*standings, **{"cannot look": "not allowed " * 20})
    for view in (BoardView(), BoardView("learner-0"), BoardView("learner-0", opened=True)):
        lines = drawn(view, found, width, height)
        assert len(lines) <= height
        assert max(map(wide, lines)) <= width
        assert lines[0].startswith("Room · 41 learners · 1 lab")


def test_three_hundred_learners_with_broken_seats_fit_a_small_terminal() -> None:
    """Who needs help first, one line for the broken, the objective, and since when; the keys are named."""
    room = [stands(f"learner-{number:03}", "pf", minutes=number / 4) for number in range(290)]
    broken = {f"broken-{number}": f"not allowed {number}" for number in range(10)}
    lines = drawn(BoardView(), board(*room, **broken))
    assert sum("cannot check  " in line for line in lines) == 1
    assert any("learner-289" in line and "one 1/2 for 1 h  b" in line for line in lines)
    assert sum(line.startswith("  ! learner-") for line in lines) >= 10
    assert any(re.match(r"  1-\d+ of 300 learners", line) for line in lines)
    assert lines[-1] == "round 3"
    assert "Enter open" in lines[-2]


@pytest.mark.parametrize("height", [24, 30, 60])
def test_a_small_room_is_shown_whole(height: int) -> None:
    """Whatever lines are free: who needs help first is never the one that is left out."""
    found = board(*(stands(f"learner-{number}", "pf", minutes=number * 9) for number in range(8)))
    shown = [line for line in drawn(BoardView(), found, 80, height) if "learner-" in line]
    assert [re.findall(r"learner-\d", line)[0] for line in shown] == [row.name for row in found.rows]
    assert len(shown) == 8


def test_a_part_of_a_name_or_group_finds_learners() -> None:
    """While it is typed, letters do nothing else; Enter keeps it, Esc shows all again."""
    found = board(*(stands(name, "pf") for name in ("Ada", "Bob", "Quentin")))
    view = BoardView(groups={"Bob": "Table 2", "Ada": "Table 1"})
    for keys, names in (("/q", ["Quentin"]), ("\x7f", ["Ada", "Bob", "Quentin"]), ("E 2\n", ["Bob"])):
        for key in keys:
            view = view.press(key, found, 10)
        assert [row.name for row in view.rows(found)] == names
    assert "find: E 2" in drawn(view, found)[-1]
    assert "Bob" in chosen(drawn(view.press("down", found, 10), found))
    assert len(view.press("/", found, 10).press("\x1b", found, 10).rows(found)) == 3


def test_keys_scroll_to_the_last_learner_and_back() -> None:
    found = board(*(stands(f"l-{number:03}", "pf") for number in range(100)))
    view = BoardView()
    for _ in range(30):
        view = view.press("page down", found, 10)
    assert "l-099" in chosen(drawn(view, found))
    assert any("of 100 learners" in line for line in drawn(view, found))
    assert "l-098" in chosen(drawn(view.press("up", found, 10), found))
    assert view.press("x", found, 10) is view


def test_keys_filter_and_sort() -> None:
    """The filter goes through what there is in the room; the chosen order is named."""
    found = board(stands("zoe", "pp"), stands("bob", "pf"), stands("ann", "ff"))
    names = {
        view: [row.name for row in view.rows(found)]
        for view in (BoardView(), BoardView().press("o", found, 10), BoardView().press("f", found, 10))
    }
    need, by_name, filtered = names.values()
    assert (need, by_name, filtered) == (["bob", "ann", "zoe"], ["ann", "bob", "zoe"], ["bob"])
    assert drawn(BoardView(status=Status.ACTIVE), found)[-1] == "round 3 · only: active"
    progress = BoardView().press("o", found, 10).press("o", found, 10)
    assert [row.name for row in progress.rows(found)] == ["zoe", "bob", "ann"]


def test_an_opened_learner_says_what_was_found_and_keys_note_help(tmp_path: Path) -> None:
    """Enter opens the chosen one, Escape goes back; help, snoozes and breaks are events in the ledger."""
    ledger = Ledger(Sqlite(tmp_path / "r.db"), "w")
    round_id = ledger.start_round([LAB], 1, NOW, "r1")
    assert round_id is not None
    ledger.record("r1", result(verdict("passed", "failed", found="binpack on cpu")), NOW)
    source = BoardSource(ledger, Roster("Room", (Seat("ada"),)), (LAB,))
    terminal = TerminalBoard(source, lambda: NOW, lambda: "Ann")
    for key in (None, "down", "\n"):
        assert terminal.press(key)
    screen = "\n".join(terminal.draw(80, 24))
    assert "ada: active · account 123456789012" in screen
    assert "✗ b: found binpack on cpu" in screen
    for key in ("h", "z", "p", "p", "\x1b"):
        assert terminal.press(key)
    assert [each.kind for each in ledger.events()] == [EventKind.HELPED, EventKind.SNOOZED, EventKind.BREAK]
    assert {each.who for each in ledger.events()} == {"Ann"}
    assert ledger.events()[-1].until == NOW, "the second p ended the break"
    assert not terminal.press("q")
