"""Interactive screens: a whole terminal with single keys, or lines if there is no terminal."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Protocol, Self

from labs.content.markdown import plain
from labs.show.keys import key, single_keys
from labs.show.wording import plural

RESIZE_POLL_SECONDS = 0.5
"""The interval at which a waiting screen notices that its terminal was resized."""

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")

Draw = Callable[[int, bool], tuple[list[str], list[str]]]
"""Takes a width and whether colours are wanted; returns the content, and the footer that is always visible."""


class Screen(Protocol):
    """The screen of a study session: shows cards, reads keys and lines."""

    def show(self, draw: Draw) -> None:
        """Shows the content until something else is shown."""

    def ask(self) -> tuple[str, str]:
        """The next key, and the text after it; the key is "" at the end of input."""
        ...

    def page(self, text: str) -> None:
        """Shows a text until the learner has read it."""

    def line(self, prompt: str) -> str | None:
        """A line that the learner types; None if they cancelled."""
        ...

    def aside(self) -> ExitStack:
        """Lends the terminal to another program while the block runs."""
        ...


def is_terminal() -> bool:
    """Whether input and output are a terminal whose cursor can be moved."""
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM", "") not in ("", "dumb")


def wants_colour() -> bool:
    """Whether colours may be used: on a terminal, unless NO_COLOR is set (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


class WholeTerminal:
    """The alternate screen of a terminal, which keeps earlier output."""

    def __init__(self) -> None:
        self._draw: Draw = lambda _, __: ([], [])
        self._top = self._below = 0
        self._size = os.terminal_size((0, 0))
        self._taken = ExitStack()

    def __enter__(self) -> Self:
        self._take()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._taken.close()

    def show(self, draw: Draw) -> None:
        """Shows the content from its first line."""
        self._draw, self._top = draw, 0
        self._paint()

    def ask(self) -> tuple[str, str]:
        """The next key that is not for scrolling."""
        while True:
            pressed = key(RESIZE_POLL_SECONDS)
            if pressed in ("up", "down", "page up", "page down"):
                page = max(self._size.lines - 3, 1)
                self._top += {"up": -1, "down": 1, "page up": -page, "page down": page}[pressed]
                self._paint()
            elif pressed is not None:
                return pressed.replace("\r", "\n"), ""
            elif shutil.get_terminal_size() != self._size:
                self._paint()

    def page(self, text: str) -> None:
        """Shows a text; space scrolls to the next page, any other key returns."""
        before = self._draw
        self.show(lambda _, __: (text.split("\n"), ["Space: next page. Any other key: back."]))
        while self.ask()[0] == " " and self._below:
            self._top += max(self._size.lines - 3, 1)
            self._paint()
        self.show(before)

    def line(self, prompt: str) -> str | None:
        """A line at the bottom of the screen; None after Escape, Ctrl-C or the end of input."""
        text = ""
        try:
            while True:
                write_terminal(f"\x1b[{self._size.lines};1H\x1b[2K{prompt}{text}")
                pressed = key(RESIZE_POLL_SECONDS)
                if pressed in ("\n", "\r"):
                    return text
                if pressed in ("", "\x1b"):
                    return None
                if pressed in ("\x7f", "\b"):
                    text = text[:-1]
                elif pressed and len(pressed) == 1 and pressed.isprintable():
                    text += pressed
        except KeyboardInterrupt:
            return None

    def aside(self) -> ExitStack:
        """Restores the terminal while the block runs, and redraws the screen after it."""
        self._taken.close()
        stack = ExitStack()
        stack.callback(self._take)
        return stack

    def _take(self) -> None:
        self._taken.enter_context(single_keys())
        self._taken.callback(write_terminal, "\x1b[?25h\x1b[?1049l")
        write_terminal("\x1b[?1049h\x1b[?25l")

    def _paint(self) -> None:
        """Draws the lines that fit, the footer, and a mark if there is more."""
        self._size = shutil.get_terminal_size()
        body, foot = self._draw(self._size.columns, wants_colour())
        room = max(self._size.lines - len(foot) - 1, 1)
        self._top = max(0, min(self._top, _first_of_last_page(body, room, self._size.columns)))
        shown, used = [], 0
        for line in body[self._top :]:
            used += rows(line, self._size.columns)
            if used > room:
                break
            shown.append(line)
        self._below = len(body) - self._top - len(shown)
        beyond = f"{plural(self._below, 'more line')} (arrow keys)" if self._below else ""
        blank = [""] * (room - sum(rows(line, self._size.columns) for line in shown))
        write_terminal("\x1b[H\x1b[2J" + "\r\n".join([*shown, *blank, beyond, *foot]))


class Lines:
    """Plain lines of output and input: for pipes, screen readers, and terminals that cannot move the cursor."""

    def show(self, draw: Draw) -> None:
        """Prints it."""
        body, foot = draw(shutil.get_terminal_size().columns, False)
        print("\n".join(["", *body, "", *foot]))  # noqa: T201 - this is a screen

    def ask(self) -> tuple[str, str]:
        """A line: its first word is the key, the rest is its text; an empty line is Enter."""
        try:
            written = plain(input("> "))
        except EOFError:
            print()  # noqa: T201 - this is a screen
            return "", ""
        first, _, rest = written.strip().partition(" ")
        return first or "\n", rest.strip()

    def page(self, text: str) -> None:
        """Prints it."""
        print(f"\n{text}")  # noqa: T201 - this is a screen

    def line(self, prompt: str) -> str | None:
        """A line; None at the end of input."""
        try:
            return plain(input(prompt))
        except EOFError:
            return None

    def aside(self) -> ExitStack:
        """Does nothing."""
        return ExitStack()


@contextmanager
def open_screen(*, plain_lines: bool) -> Iterator[Screen]:
    """The whole terminal if there is one, else lines."""
    if plain_lines or not is_terminal():
        yield Lines()
        return
    with WholeTerminal() as screen:
        yield screen


def rows(line: str, width: int) -> int:
    """The number of terminal rows of a line, without its escape sequences."""
    from rich.cells import cell_len

    return max(1, -(-cell_len(_COLOURS.sub("", line)) // max(width, 1)))


def _first_of_last_page(lines: list[str], room: int, width: int) -> int:
    """The first line of the last page."""
    first, used = len(lines), 0
    while first and (used := used + rows(lines[first - 1], width)) <= room:
        first -= 1
    return first


def write_terminal(text: str) -> None:
    """Writes to the terminal immediately."""
    sys.stdout.write(text)
    sys.stdout.flush()
