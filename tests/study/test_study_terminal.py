"""`labs study` on a real terminal: whole frames that fit it, single keys, and a terminal left as it was found."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pexpect
import pytest

from labs.cli import runtime
from labs.store import Event, open_store
from tests.study.conftest import DECK

pytestmark = [pytest.mark.process, pytest.mark.slow]

WAIT = 30
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
QUESTION, ANSWER = "q quit", "4 Easy"


class Terminal:
    """A study session on a pseudo-terminal of some size."""

    def __init__(self, deck: Path, columns: int = 80, rows: int = 24, **environment: str) -> None:
        self.columns, self.rows = columns, rows
        given = {**os.environ, "TERM": "xterm-256color", **environment}
        arguments = ["-m", "labs", "study", str(deck)]
        self.child = pexpect.spawn(
            sys.executable, arguments, dimensions=(rows, columns), env=given, encoding="utf-8", timeout=WAIT
        )
        self.written = ""

    def frame(self, last: str) -> list[str]:
        """The lines of the next frame whose foot says this; checks that they fit the terminal."""
        self.child.expect_exact(last)
        self.written += f"{self.child.before}{self.child.after}"
        lines = COLOURS.sub("", self.written.rpartition("\x1b[2J")[2]).replace("\r", "").split("\n")
        assert len(lines) <= self.rows
        assert sum(-(-len(line) // self.columns) or 1 for line in lines) <= self.rows
        return lines

    def press(self, keys: str) -> None:
        self.child.send(keys)

    def end(self) -> str:
        """The output until the process has ended, with exit code 0."""
        self.child.expect(pexpect.EOF)
        self.child.close()
        assert self.child.exitstatus == 0
        return str(self.child.before)


@pytest.fixture
def deck(tmp_path: Path) -> Path:
    path = tmp_path / "mine.md"
    path.write_text(DECK)
    return path


def events() -> list[Event]:
    with open_store(runtime.home()) as store:
        return store.events()


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (60, 24), (50, 16)], ids=str)
def test_a_card_is_asked_ticked_and_graded_by_single_keys(deck: Path, columns: int, rows: int) -> None:
    terminal = Terminal(deck, columns, rows)
    assert "List the strategies (3)" in terminal.frame(QUESTION)
    terminal.press(" ")
    assert any("[c] · Spread" in line for line in terminal.frame(ANSWER))
    terminal.press("a")
    terminal.frame(ANSWER)
    terminal.press("b")
    assert any("2 of 3 items: suggested grade Hard" in line for line in terminal.frame(ANSWER))
    terminal.press(" ")
    assert "Explain Binpack" in terminal.frame(QUESTION)
    assert [(event.kind, event.rating) for event in events()] == [("review", 2)]
    terminal.press("q")
    assert "1 card, 1 recalled. Go on with the other 2 cards: labs study" in terminal.end()


def test_the_terminal_is_left_as_it_was_found(deck: Path) -> None:
    """The other screen is left and the cursor is shown again, after q and after Ctrl-C."""
    for leave in ("q", "\x03"):
        terminal = Terminal(deck)
        terminal.frame(QUESTION)
        assert "\x1b[?1049h" in terminal.written
        terminal.press(leave)
        rest = terminal.end()
        assert rest.index("\x1b[?25h") < rest.index("\x1b[?1049l")


def test_ctrl_c_keeps_what_was_graded(deck: Path) -> None:
    terminal = Terminal(deck)
    terminal.frame(QUESTION)
    terminal.press(" ")
    terminal.frame(ANSWER)
    terminal.press("4")
    terminal.frame(QUESTION)
    terminal.press("\x03")
    assert "1 card, 1 recalled." in terminal.end()
    assert [event.rating for event in events()] == [4]


@pytest.mark.parametrize("colour", [True, False], ids=["colours", "NO_COLOR"])
def test_colours_are_used_unless_they_are_not_wanted(deck: Path, colour: bool) -> None:
    terminal = Terminal(deck, **({} if colour else {"NO_COLOR": "1"}))
    terminal.frame(QUESTION)
    assert bool(COLOURS.search(terminal.written)) is colour
    terminal.press("q")
    terminal.end()


def test_a_terminal_that_cannot_move_its_cursor_gets_lines(deck: Path) -> None:
    terminal = Terminal(deck, TERM="dumb")
    terminal.child.expect_exact("> ")
    assert "\x1b" not in str(terminal.child.before)
    terminal.child.sendline("q")
    terminal.end()


def test_a_long_answer_can_be_moved(deck: Path) -> None:
    deck.write_text("Q\n---\n" + "\n\n".join(f"line {number}" for number in range(1, 41)))
    terminal = Terminal(deck)
    terminal.frame(QUESTION)
    terminal.press(" ")
    first = terminal.frame(ANSWER)
    assert any("more line" in line for line in first)
    assert "line 40" not in first
    for _ in range(4):
        terminal.press("\x1b[6~")
        last = terminal.frame(ANSWER)
    assert "line 40" in last
    assert not any("more line" in line for line in last)
    terminal.press("\x1b[5~")
    assert "line 40" not in terminal.frame(ANSWER)
    terminal.press("q")
    terminal.end()


def test_a_terminal_of_another_size_is_painted_again(deck: Path) -> None:
    terminal = Terminal(deck)
    terminal.frame(QUESTION)
    terminal.columns, terminal.rows = 50, 15
    terminal.child.setwinsize(15, 50)
    assert len(terminal.frame(QUESTION)) <= 15
    terminal.press("q")
    terminal.end()


def test_help_is_a_page_from_which_any_key_goes_back(deck: Path) -> None:
    terminal = Terminal(deck)
    terminal.frame(QUESTION)
    terminal.press("?")
    assert any(line.startswith("u             undo") for line in terminal.frame("Any other key: back"))
    terminal.press("x")
    assert "List the strategies (3)" in terminal.frame(QUESTION)
    terminal.press("q")
    terminal.end()


def test_a_remark_is_written_on_a_line_of_its_own(deck: Path) -> None:
    terminal = Terminal(deck)
    terminal.frame(QUESTION)
    terminal.press("f")
    terminal.child.expect_exact("Note: ")
    terminal.child.sendline("ask the teacher")
    assert "Flagged: ask the teacher." in terminal.frame(QUESTION)
    terminal.press("q")
    terminal.end()
    assert [event.data for event in events()] == [{"note": "ask the teacher"}]


def test_escape_leaves_a_prompt(deck: Path) -> None:
    terminal = Terminal(deck)
    terminal.frame(QUESTION)
    terminal.press("f")
    terminal.child.expect_exact("Note: ")
    terminal.press("\x1b")
    terminal.frame(QUESTION)
    terminal.press("q")
    terminal.end()
    assert events() == []
