"""The board of a workshop, in the terminal or in the browser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from labs.cli import runtime

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from labs.workshop.board_source import BoardSource
    from labs.workshop.ledger import Ledger
    from labs.workshop.round_scheduler import RoundScheduler
    from labs.workshop.workshop_run import WorkshopRun


@dataclass(frozen=True, slots=True)
class BoardPlace:
    """Where a board is shown: in the browser by this address, or in the terminal."""

    web: bool
    host: str = "127.0.0.1"
    port: int = 8321


def show_board(
    run: WorkshopRun,
    ledger: Ledger,
    scheduler: RoundScheduler,
    clock: Callable[[], datetime],
    place: BoardPlace,
    stuck_after: timedelta | None = None,
) -> None:
    """Shows the board until Ctrl-C."""
    from labs.show.web.app import Site
    from labs.show.web.serve import serve
    from labs.workshop.board_source import BoardSource

    if place.web:
        site = Site(ledger, run.roster, run.labs, clock)
        serve(site, place.host, place.port, runtime.home(), typer.echo)
    else:
        watch_board(BoardSource(ledger, run.roster, run.labs, run.writer, stuck_after), scheduler, clock)


def watch_board(source: BoardSource, scheduler: RoundScheduler, clock: Callable[[], datetime]) -> None:
    """The board in the terminal, until Ctrl-C; off a terminal, a board for each round."""
    import time

    from labs.show.board_screen import board_screen
    from labs.show.board_text import board_lines, round_text

    def draw(width: int, height: int | None) -> list[str]:
        now = clock()
        footer = round_text(source.rounds(), now)
        return board_lines(source.board(now), width, footer, height, source.notices(now))

    seen = -1
    with board_screen(draw, runtime.width()) as screen:
        try:
            while True:
                screen.refresh()
                if seen != scheduler.done:
                    seen = scheduler.done
                    screen.round_done()
                time.sleep(1)
        except KeyboardInterrupt:
            return
