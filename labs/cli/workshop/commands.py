"""`labs workshop`: many learners' accounts at once."""

from __future__ import annotations

import os
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labs.cli import options, runtime
from labs.cli.menu import new_group
from labs.cli.workshop import export, prepare
from labs.cli.workshop.options import RosterFile, chosen_labs, open_ledger, warn, write_out
from labs.errors import StoreError, UsageError
from labs.interrupt import INTERRUPTED, leave_at_once

if TYPE_CHECKING:
    from labs.aws.session import ConnectionOptions
    from labs.workshop.dispatch import Workers
    from labs.workshop.ledger import Ledger
    from labs.workshop.roster import Roster
    from labs.workshop.round_scheduler import RoundScheduler
    from labs.workshop.seat_result import SeatResult
    from labs.workshop.spool import Spool
    from labs.workshop.workshop_run import RoundOutcome, WorkshopRun

app = new_group("Look into many learners' accounts at once: rounds, boards, roles, exports.")


class RoundFormat(StrEnum):
    """How a round is printed."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    HTML = "html"


Jobs = Annotated[
    int,
    typer.Option("--jobs", metavar="N", min=1, max=256, help="Seats that are looked at at the same time."),
]
On = Annotated[
    str | None,
    typer.Option("--on", metavar="URL", help="Let a Dask cluster look: dask://scheduler.example:8786"),
]


@app.callback(invoke_without_command=True)
def root(context: typer.Context) -> None:
    """Look into many learners' accounts at once: rounds, boards, roles, exports."""
    options.help_without_command(context)


@app.command()
def check(
    roster: RosterFile,
    labs: options.LabNames = None,
    jobs: Jobs = 16,
    on: On = None,
    every: Annotated[
        float | None,
        typer.Option("--every", metavar="SECONDS", min=1, help="Begin a round so often, until Ctrl-C."),
    ] = None,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Take up the round that was stopped: only the seats that it left."),
    ] = False,
    region: options.Region = None,
    endpoint_url: options.EndpointUrl = None,
    sandbox: options.UseSandbox = False,
    format_: Annotated[
        RoundFormat, typer.Option("--format", help="How to print the round.")
    ] = RoundFormat.TEXT,
    pack: options.Packs = None,
) -> None:
    """Look into every account of a roster, read-only; one that cannot be looked into stops no other.

    Exit code: 0 all passed, 1 something failed, 2 nothing was looked at, 3 could not look, 130 Ctrl-C.
    """
    from labs.aws.read_only_guard import read_only_guard

    if every and format_ is not RoundFormat.TEXT:
        raise UsageError(
            "--every prints round after round, as text: `labs workshop export` writes the latest as a file"
        )
    connection = options.connection(None, region, endpoint_url, sandbox)
    with read_only_guard():
        run = _workshop_run(roster, labs or [], connection, pack, jobs, repeats=every is not None)
        workers = _workers(run, connection, pack, jobs, on)
        done = _rounds(run, workers, every, resume, format_)
        _leave(done)
        workers.executor.shutdown()
    raise typer.Exit(done.summary.exit_code)


def _workshop_run(
    path: Path,
    names: list[str],
    connection: ConnectionOptions,
    pack: list[Path] | None,
    jobs: int,
    *,
    repeats: bool,
) -> WorkshopRun:
    from labs.content.pack import open_catalog
    from labs.workshop.roster import read_roster
    from labs.workshop.seat_checker import SeatChecker, WorkerLimits
    from labs.workshop.workshop_run import WorkshopRun

    roster, catalog = read_roster(path), open_catalog(pack or ())
    limits = WorkerLimits(jobs, max_kept=2 * len(roster.seats) if repeats else WorkerLimits.DEFAULT_MAX_KEPT)
    seat_checker = SeatChecker(catalog, chosen_labs(catalog, roster, names), connection, limits)
    return WorkshopRun(roster, seat_checker, _ledger_or_none(roster), runtime.now, warn)


def _workers(
    run: WorkshopRun, connection: ConnectionOptions, pack: list[Path] | None, jobs: int, on: str | None
) -> Workers:
    """Threads of this process, or the cluster that `--on` names."""
    if on is None:
        return run.seat_checker.threads(jobs)
    if connection.environment:
        raise UsageError(
            "--sandbox is this machine's own: with --on, its workers know it by `labs sandbox env`"
        )
    from labs.workshop.cluster import cluster_workers
    from labs.workshop.remote_check import RemoteCheck

    region = connection.region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    endpoint = connection.endpoint_url or os.environ.get("AWS_ENDPOINT_URL")
    packs = tuple(str(folder.resolve()) for folder in pack or ())
    return cluster_workers(on, RemoteCheck(run.labs, packs, region, endpoint), run.roster.seats, jobs)


def _rounds(
    run: WorkshopRun, workers: Workers, every: float | None, resume: bool, format_: RoundFormat
) -> RoundOutcome:
    """One round, or round after round; each is printed when it has come to its end."""
    import time

    from labs.show.progress_bar import progress
    from labs.workshop.spool import Spool

    while True:
        started = time.monotonic()
        with Spool() as spool:
            with progress(len(run.roster.seats)) as bar:
                done = run.run_round(workers, spool, resume=resume, on_result=bar)
            _print(_shown(run, spool, done, format_), format_)
        if every is None or done.stopped:
            return done
        resume = False
        try:
            time.sleep(max(0.0, every - (time.monotonic() - started)))
        except KeyboardInterrupt:
            return done


def _shown(run: WorkshopRun, spool: Spool, done: RoundOutcome, format_: RoundFormat) -> Iterable[str]:
    from labs.show import round_files, round_html

    results = run.results(spool)
    match format_:
        case RoundFormat.JSON:
            return round_files.json_text(results, done.summary, done.seconds)
        case RoundFormat.CSV:
            return round_files.csv_text(results)
        case RoundFormat.HTML:
            return round_html.page(run.roster.title, run.labs, results, done.summary, runtime.now())
        case RoundFormat.TEXT:
            return _text(run, results, done)


def _text(run: WorkshopRun, results: Iterable[SeatResult], done: RoundOutcome) -> Iterable[str]:
    from labs.show.board_text import board_lines
    from labs.workshop.board import make_board, standings_of

    now = runtime.now()
    standings, errors = [], {}
    for result in results:
        standings += standings_of(result, now)
        errors[result.name] = result.error
    board = make_board(run.roster.title, list(errors), run.labs, standings, errors, now)
    footer = f"{done.summary.seats} seats · {done.summary.calls:,} calls, {done.seconds:.1f} s"
    return (f"{line}\n" for line in board_lines(board, runtime.width(), footer))


def _print(chunks: Iterable[str], format_: RoundFormat) -> None:
    """Text loses its colours where nobody wants them; files are written as they are."""
    if format_ is RoundFormat.TEXT:
        typer.echo("".join(chunks), nl=False)
    else:
        write_out(chunks)


def _leave(done: RoundOutcome) -> None:
    """After Ctrl-C, ends the process at once: Python would wait for the answers that are still on their way."""
    if (done.stopped or done.broken) and done.seats_left:
        warn(f"stopped with {done.seats_left} seats left: --resume goes on with them")
    if done.stopped:
        leave_at_once(INTERRUPTED)


def _ledger_or_none(roster: Roster) -> Ledger | None:
    """Where rounds are kept; that they cannot be kept spoils no verdict."""
    try:
        return open_ledger(roster.title)
    except StoreError as error:
        warn(f"this round is not remembered: {error}")
        return None


@app.command()
def board(
    roster: RosterFile,
    labs: options.LabNames = None,
    every: Annotated[
        float, typer.Option("--every", metavar="SECONDS", min=1, help="Begin a round so often.")
    ] = 30,
    web: Annotated[bool, typer.Option("--web", help="In the browser instead of the terminal.")] = False,
    host: Annotated[
        str,
        typer.Option(
            metavar="HOST", help="With --web, where to listen; beyond this machine, a token guards the board."
        ),
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(metavar="PORT", min=0, max=65535, help="With --web.")] = 8321,
    follow: Annotated[
        bool, typer.Option("--follow", help="Look at nothing: show what the rounds of others find.")
    ] = False,
    jobs: Jobs = 16,
    on: On = None,
    region: options.Region = None,
    endpoint_url: options.EndpointUrl = None,
    sandbox: options.UseSandbox = False,
    pack: options.Packs = None,
) -> None:
    """Show the room while it works: who needs you first, and what is hardest. Ctrl-C ends it."""
    from labs.aws.read_only_guard import read_only_guard
    from labs.show.web.app import Site
    from labs.show.web.serve import serve
    from labs.workshop.round_scheduler import RoundScheduler

    connection = options.connection(None, region, endpoint_url, sandbox)
    with read_only_guard():
        run = _workshop_run(roster, labs or [], connection, pack, jobs, repeats=True)
        ledger = open_ledger(run.roster.title)
        scheduler = RoundScheduler(run, every)
        if not follow:
            scheduler.start(_workers(run, connection, pack, jobs, on))
        if web:
            site = Site(ledger, run.roster, run.labs, runtime.now)
            serve(site, host, port, runtime.home(), typer.echo)
        else:
            _watch(run, ledger, scheduler)
        scheduler.stop()
        leave_at_once(0)


def _watch(run: WorkshopRun, ledger: Ledger, scheduler: RoundScheduler) -> None:
    """The board in the terminal, until Ctrl-C; off a terminal, a board for each round."""
    import time

    from labs.show.board_screen import board_screen
    from labs.show.board_text import board_lines, round_text
    from labs.workshop.workshop_run import board_of

    def draw(width: int, height: int | None) -> list[str]:
        now = runtime.now()
        footer = round_text(ledger.rounds(), now)
        return board_lines(board_of(ledger, run.roster, run.labs, now), width, footer, height)

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


app.command("export")(export.export_round)
app.command()(export.report)
app.command()(export.role)
app.command()(prepare.prepare)
