"""Shows the board on a terminal, redrawn in place; without a terminal, prints it once for each round."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

import typer

Draw = Callable[[int, int | None], list[str]]
"""Returns the lines for a screen of this width and maximum height."""


class BoardScreen(Protocol):
    """Where a board is shown."""

    def refresh(self) -> None:
        """Redraws the board."""

    def round_done(self) -> None:
        """Handles the end of a round."""


class _Screen:
    """The other screen of a terminal, which leaves what was printed before as it was."""

    def __init__(self, draw: Draw) -> None:
        from rich.console import Console
        from rich.live import Live

        self._draw = draw
        self._console = Console()
        self._live = Live(console=self._console, screen=True, auto_refresh=False)

    def refresh(self) -> None:
        from rich.text import Text

        width, height = self._console.size
        text = Text.from_ansi("\n".join(self._draw(width, height)), no_wrap=True, overflow="crop")
        self._live.update(text, refresh=True)

    def round_done(self) -> None:
        self.refresh()


class _Printed:
    def __init__(self, draw: Draw, width: int) -> None:
        self._draw = draw
        self._width = width

    def refresh(self) -> None:
        """Does nothing between rounds."""

    def round_done(self) -> None:
        typer.echo("\n".join([*self._draw(self._width, None), ""]))


@contextmanager
def board_screen(draw: Draw, width: int) -> Iterator[BoardScreen]:
    """The screen while the block runs; its last state is printed at the end."""
    if not sys.stdout.isatty():
        yield _Printed(draw, width)
        return
    screen = _Screen(draw)
    with screen._live:
        yield screen
    typer.echo("\n".join(draw(width, None)))
