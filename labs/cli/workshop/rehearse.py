"""`labs workshop rehearse`: a throw-away room in the sandbox with simulated learners, and its board."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from labs.cli import options, runtime
from labs.cli.workshop.options import warn
from labs.errors import UsageError
from labs.process.interrupt import leave_at_once

if TYPE_CHECKING:
    from datetime import timedelta

    from labs.workshop.rehearsal import Room, RoomClock

USUAL_LABS = ("ecr-repository", "ecs-task-definition", "ecs-placement")
MINUTES_BETWEEN_ROUNDS = 5
PAUSE_SECONDS = 0.5
JOINING_ACCOUNT = "999900000001"


def rehearse(
    labs: options.LabNames = None,
    seats: Annotated[
        int, typer.Option("--seats", metavar="N", min=1, max=1000, help="Simulate N learners.")
    ] = 30,
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", help="Simulate other learners with another number.")
    ] = 1,
    minutes: Annotated[
        float,
        typer.Option(
            "--minutes", metavar="N", min=0, max=600, help="Play the first N minutes before it opens."
        ),
    ] = 5,
    every: Annotated[
        float, typer.Option("--every", metavar="SECONDS", min=1, help="Start a round every SECONDS.")
    ] = 15,
    web: Annotated[bool, typer.Option("--web", help="Show the board in the browser.")] = False,
    port: Annotated[int, typer.Option(metavar="PORT", min=0, max=65535, help="With --web.")] = 8321,
    join: Annotated[
        bool, typer.Option("--join", help="With --web, let yourself join as a learner would.")
    ] = False,
    for_: Annotated[
        float | None, typer.Option("--for", metavar="SECONDS", min=1, help="Stop SECONDS after the start.")
    ] = None,
    pack: options.Packs = None,
) -> None:
    """Rehearse a workshop: simulated learners work in a temporary sandbox, and you watch their board.

    They solve the labs, make mistakes and get stuck. Your accounts are not used. Stop with Ctrl-C.
    """
    import time
    from datetime import timedelta
    from pathlib import Path

    from labs.cli.workshop.board import BoardPlace, show_board
    from labs.cli.workshop.joining import ROLE_LASTS, JoinOptions
    from labs.content.pack import open_catalog
    from labs.sandbox.control import exports, in_account
    from labs.web.serve import Listening
    from labs.workshop.joining import JoinRules
    from labs.workshop.lease import Lease
    from labs.workshop.rehearsal import RoomClock, rehearsal
    from labs.workshop.round_scheduler import RoundScheduler

    if join and not web:
        raise UsageError("--join goes with --web")
    catalog = open_catalog(pack or ())
    chosen = [catalog.lab(name) for name in labs or USUAL_LABS]
    clock = RoomClock(runtime.now, timedelta(minutes=minutes))
    warn(f"making {seats} accounts in a throw-away sandbox")
    with rehearsal(catalog, chosen, seats, seed, clock, warn) as played:
        warn(f"{seats} simulated learners start: their first {minutes:g} minutes are played at once")
        played.play(_rounds(minutes))
        scheduler = RoundScheduler(played.run, every, Lease(played.ledger, time.monotonic))
        scheduler.start(played.workers)
        _go_on(played.room, clock)
        _end_after(for_)
        listening = Listening(port=port) if web else None
        place = BoardPlace(Path("room.toml"), every, listening)
        if join:
            account = in_account(played.sandbox, JOINING_ACCOUNT)
            typer.echo(f"In a shell with these lines, you can join:\n{exports(account)}")
            rules = JoinOptions(JoinRules(), played.sandbox.account, runtime.now() + ROLE_LASTS)
            place = BoardPlace(played.roster_file, every, listening, rules, live=True)
        show_board(played.run, played.ledger, scheduler, clock, place)
        scheduler.stop()
    leave_at_once(0)


def _rounds(minutes: float) -> list[timedelta]:
    """When the rounds of what is played at once are: at its start, every few minutes, and at its end."""
    from datetime import timedelta

    between = range(0, int(minutes), MINUTES_BETWEEN_ROUNDS)
    return [timedelta(minutes=each) for each in (*between, minutes)]


def _go_on(room: Room, clock: RoomClock) -> None:
    """From now on the learners work as time goes by."""
    import threading
    import time

    def work() -> None:
        while True:
            room.advance(clock() - clock.started)
            time.sleep(PAUSE_SECONDS)

    clock.elapsed = None
    threading.Thread(target=work, name="learners", daemon=True).start()


def _end_after(seconds: float | None) -> None:
    """Ends the board, as Ctrl-C does, after so many seconds."""
    import os
    import signal
    import threading

    if seconds is not None:
        timer = threading.Timer(seconds, os.kill, [os.getpid(), signal.SIGINT])
        timer.daemon = True
        timer.start()
