"""`labs workshop rehearse`: a temporary workshop in the sandbox, with simulated learners, and its board."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from labs.cli import options, runtime
from labs.cli.workshop.options import Every, Web, warn
from labs.errors import UsageError
from labs.system.process_exit import leave_at_once

if TYPE_CHECKING:
    from datetime import timedelta

    from labs.cli.workshop.joining import JoinOptions
    from labs.sandbox.control import Sandbox
    from labs.workshop.rehearsal import Room, RoomClock

USUAL_LABS = ("ecr-repository", "ecs-task-definition", "ecs-placement")
MINUTES_BETWEEN_ROUNDS = 5
PAUSE_SECONDS = 0.5
JOINING_ACCOUNT = "999900000001"


Seats = Annotated[int, typer.Option("--seats", metavar="N", min=1, max=1000, help="Simulate N learners.")]
Seed = Annotated[
    int, typer.Option("--seed", metavar="N", help="Simulate other learners with another number.")
]
PlayedMinutes = Annotated[
    float,
    typer.Option(
        "--minutes",
        metavar="N",
        min=0,
        max=600,
        callback=options.number,
        help="Play the first N minutes before it opens.",
    ),
]
Port = Annotated[int, typer.Option(metavar="PORT", min=0, max=65535, help="With --web.")]
Join = Annotated[bool, typer.Option("--join", help="With --web, let yourself join as a learner would.")]
StopAfter = Annotated[
    float | None,
    typer.Option(
        "--for", metavar="SECONDS", min=1, callback=options.number, help="Stop SECONDS after the start."
    ),
]


def rehearse(
    labs: options.LabNames = None,
    seats: Seats = 30,
    seed: Seed = 1,
    minutes: PlayedMinutes = 5,
    every: Every = 15,
    web: Web = False,
    port: Port = 8321,
    join: Join = False,
    for_: StopAfter = None,
    pack: options.Packs = None,
) -> None:
    """Rehearse a workshop: simulated learners work in a temporary sandbox, and you watch their board.

    They solve the labs, make mistakes and get stuck. Your accounts are not used. Stop with Ctrl-C.
    """
    import time
    from datetime import timedelta
    from pathlib import Path

    from labs.cli.workshop.board import BoardPlace, show_board
    from labs.content.pack import open_catalog
    from labs.web.serve import Listening
    from labs.workshop.lease import Lease
    from labs.workshop.rehearsal import RoomClock, rehearsal
    from labs.workshop.round_scheduler import RoundScheduler

    if join and not web:
        raise UsageError("--join goes with --web")
    catalog = open_catalog(pack or ())
    chosen = [catalog.lab(name) for name in labs or USUAL_LABS]
    clock = RoomClock(runtime.now, timedelta(minutes=minutes))
    warn(f"making {seats} accounts in a temporary sandbox")
    with rehearsal(catalog, chosen, seats, seed, clock, warn) as played:
        warn(f"{seats} simulated learners start: their first {minutes:g} minutes are played at once")
        played.play(_round_times(minutes))
        scheduler = RoundScheduler(played.run, every, Lease(played.ledger, time.monotonic))
        scheduler.start(played.workers)
        _continue_in_real_time(played.room, clock)
        _stop_after(for_)
        listening = Listening(port=port) if web else None
        place = BoardPlace(Path("room.toml"), every, listening)
        if join:
            place = BoardPlace(played.roster_file, every, listening, _join_options(played.sandbox), live=True)
        show_board(played.run, played.ledger, scheduler, clock, place)
        scheduler.stop()
    leave_at_once(0)


def _join_options(sandbox: Sandbox) -> JoinOptions:
    """Lets the instructor join the rehearsal, and prints the credentials of an account to join with."""
    from labs.cli.workshop.joining import ROLE_LASTS, JoinOptions
    from labs.sandbox.control import exports, in_account
    from labs.workshop.joining import JoinRules

    account = in_account(sandbox, JOINING_ACCOUNT)
    typer.echo(f"In a shell with these lines, you can join:\n{exports(account)}")
    return JoinOptions(JoinRules(), sandbox.account, runtime.now() + ROLE_LASTS)


def _round_times(minutes: float) -> list[timedelta]:
    """The times of the rounds that are played at once: at the start, every few minutes, and at the end."""
    from datetime import timedelta

    between = range(0, int(minutes), MINUTES_BETWEEN_ROUNDS)
    return [timedelta(minutes=each) for each in (*between, minutes)]


def _continue_in_real_time(room: Room, clock: RoomClock) -> None:
    """Starts the thread in which the simulated learners work as time passes."""
    import threading
    import time

    def work() -> None:
        while True:
            room.advance(clock() - clock.started)
            time.sleep(PAUSE_SECONDS)

    clock.elapsed = None
    threading.Thread(target=work, name="learners", daemon=True).start()


def _stop_after(seconds: float | None) -> None:
    """Stops the board after this many seconds, as Ctrl-C does, even if this process was started to ignore Ctrl-C."""
    import os
    import signal
    import threading

    if seconds is not None:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # shells let background jobs ignore it
        timer = threading.Timer(seconds, os.kill, [os.getpid(), signal.SIGINT])
        timer.daemon = True
        timer.start()
