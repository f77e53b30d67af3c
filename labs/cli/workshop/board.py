"""Shows the board of a workshop in the terminal or in the browser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from labs.cli import runtime
from labs.cli.workshop.joining import announce_joining
from labs.cli.workshop.options import warn
from labs.cli.workshop.terminal_board import TerminalBoard

if TYPE_CHECKING:
    from datetime import datetime, timedelta
    from pathlib import Path

    from labs.cli.workshop.joining import JoinOptions
    from labs.web.board.site import BoardSite
    from labs.web.serve import Listening
    from labs.workshop.board_source import BoardSource
    from labs.workshop.joining import Joining
    from labs.workshop.ledger import Ledger
    from labs.workshop.round_scheduler import RoundScheduler
    from labs.workshop.workshop_run import WorkshopRun


@dataclass(frozen=True, slots=True)
class BoardPlace:
    """Where a board is shown: in the browser if there is an address to listen on, else in the terminal."""

    roster: Path
    every: float
    listening: Listening | None = None
    join: JoinOptions | None = None
    live: bool = False
    """Whether the roster is read again before each round."""


def show_board(
    run: WorkshopRun,
    ledger: Ledger,
    scheduler: RoundScheduler,
    clock: Callable[[], datetime],
    place: BoardPlace,
    stuck_after: timedelta | None = None,
) -> None:
    """Shows the board until Ctrl-C."""
    from labs.web.serve import serve
    from labs.workshop.board_source import BoardSource
    from labs.workshop.roster_reader import RosterReader

    source = BoardSource(ledger, run.roster, run.labs, run.writer, stuck_after)
    reader = RosterReader(place.roster, run, source, warn)
    if place.live:
        scheduler.before_round = reader.read
    listening = place.listening
    if listening is None:
        watch_board(source, scheduler, clock)
        return
    joining = place.join.joining(place.roster, run, ledger.workshop, reader.read) if place.join else None
    site = _site(source, run, scheduler, clock, place, joining)

    def ready(addresses: list[str]) -> None:
        announce(addresses, listening)
        if joining:
            announce_joining(joining, addresses, listening)

    below = place.join.site(joining, run).sub_site() if place.join and joining else None
    serve(site, listening, ready, below)


def _site(
    source: BoardSource,
    run: WorkshopRun,
    scheduler: RoundScheduler,
    clock: Callable[[], datetime],
    place: BoardPlace,
    joining: Joining | None,
) -> BoardSite:
    import getpass
    from datetime import timedelta

    from labs.web.board.lab_texts import lab_texts
    from labs.web.board.site import BoardOptions, BoardSite

    checker = run.seat_checker
    texts = lab_texts([job.lab for job in checker.jobs], checker.decks)
    every = timedelta(seconds=place.every)
    about = BoardOptions(
        place.roster, runtime.home(), getpass.getuser(), every, lambda: scheduler.leads, joining
    )
    return BoardSite(source, texts, clock, about)


def announce(addresses: list[str], listening: Listening) -> None:
    """Prints the addresses of the board, and a QR code if other devices can reach it."""
    import io

    import segno

    from labs.web.app import LOOPBACK

    lines = [f"  {address}" for address in addresses]
    typer.echo(
        "\n".join(["The board is at", *lines, "Anyone with the address can see it. Stop with Ctrl-C."])
    )
    if listening.host in LOOPBACK:
        return
    picture = io.StringIO()
    segno.make(addresses[-1], error="l").terminal(picture, border=1, compact=True)
    typer.echo(picture.getvalue(), nl=False)
    if not listening.certificate:
        typer.echo("The connection is not encrypted. For https: --certfile and --keyfile.")


def watch_board(source: BoardSource, scheduler: RoundScheduler, clock: Callable[[], datetime]) -> None:
    """Shows the board in the terminal until Ctrl-C or `q`; if there is no terminal, prints a board for each round."""
    import sys
    import time
    from contextlib import nullcontext

    from labs.show.board_screen import board_screen
    from labs.show.keys import key, single_keys

    terminal = TerminalBoard(source, clock)
    seen = -1
    has_keys = sys.stdin.isatty() and sys.stdout.isatty()
    with board_screen(terminal.draw, runtime.width()) as screen, single_keys() if has_keys else nullcontext():
        try:
            while True:
                screen.refresh()
                if seen != scheduler.done:
                    seen = scheduler.done
                    screen.round_done()
                if not has_keys:
                    time.sleep(1)
                elif not terminal.press(key(1.0)):
                    return
        except KeyboardInterrupt:
            return
