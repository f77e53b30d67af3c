"""Sets up, runs and prints the rounds of `labs workshop check`."""

from __future__ import annotations

import os
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from labs.cli import runtime
from labs.cli.workshop.options import chosen_labs, open_ledger, seen_by_seat, warn, write_out
from labs.errors import StoreError, UsageError
from labs.system.process_exit import INTERRUPTED, leave_at_once

if TYPE_CHECKING:
    from labs.aws.session import ConnectionOptions
    from labs.workshop.dispatch import Workers
    from labs.workshop.ledger import Ledger
    from labs.workshop.roster import Roster
    from labs.workshop.spool import Spool
    from labs.workshop.workshop_run import RoundOutcome, WorkshopRun


class RoundFormat(StrEnum):
    """Output formats of `labs workshop check`."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    HTML = "html"


def workshop_run(
    path: Path,
    names: list[str],
    connection: ConnectionOptions,
    pack: list[Path] | None,
    jobs: int,
    *,
    trust: bool,
    repeats: bool,
    cleaned: bool = False,
    may_be_empty: bool = False,
) -> WorkshopRun:
    """A run that is ready for rounds: roster, labs, checker and ledger. A run of --cleaned stores nothing."""
    from labs.cli.trust import require_trust
    from labs.content.pack import open_catalog
    from labs.workshop.roster import read_roster
    from labs.workshop.seat_checker import SeatChecker, WorkerLimits
    from labs.workshop.workshop_run import WorkshopRun

    roster, catalog = read_roster(path, may_be_empty=may_be_empty), open_catalog(pack or ())
    chosen = chosen_labs(catalog, roster, names)
    require_trust({catalog.labs[name]: None for name in chosen if name in catalog.labs}, connection, trust)
    usual = WorkerLimits.DEFAULT_MAX_KEPT
    limits = WorkerLimits(jobs, max_kept=max(usual, 2 * len(roster.seats)) if repeats else usual)
    seen = seen_by_seat(path, roster, chosen) if cleaned else None
    seat_checker = SeatChecker(catalog, chosen, connection, limits, cleaned=seen)
    ledger = None if cleaned else _ledger_or_none(path, roster)
    runtime.collect_garbage_often()
    return WorkshopRun(roster, seat_checker, ledger, runtime.now, warn)


def workers_of(
    run: WorkshopRun, connection: ConnectionOptions, pack: list[Path] | None, jobs: int, on: str | None
) -> Workers:
    """The workers of a round: threads of this process, or the cluster of `--on`."""
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
    return cluster_workers(
        on, RemoteCheck(run.labs, packs, region, endpoint, connection.seconds), run.roster.seats, jobs
    )


def run_rounds(
    run: WorkshopRun, workers: Workers, every: float | None, resume: bool, format_: RoundFormat
) -> RoundOutcome:
    """Runs one round, or one every `every` seconds until Ctrl-C; prints each. Returns the last outcome."""
    import time

    from labs.show.progress_bar import progress
    from labs.workshop.spool import Spool

    while True:
        started = time.monotonic()
        with Spool() as spool:
            with progress(len(run.roster.seats)) as bar:
                done = run.run_round(workers, spool, resume=resume, on_result=bar)
            _print(_formatted(run, spool, done, format_), format_)
        if every is None or done.stopped:
            return done
        resume = False
        try:
            time.sleep(max(0.0, every - (time.monotonic() - started)))
        except KeyboardInterrupt:
            return done


def _formatted(run: WorkshopRun, spool: Spool, done: RoundOutcome, format_: RoundFormat) -> Iterable[str]:
    from labs.show import round_files
    from labs.web import report

    results = run.results(spool)
    match format_:
        case RoundFormat.JSON:
            return round_files.json_text(results, done.summary, done.seconds)
        case RoundFormat.CSV:
            return round_files.csv_text(results)
        case RoundFormat.HTML:
            return report.page(run.roster.title, run.labs, results, done.summary, runtime.now())
        case RoundFormat.TEXT if run.seat_checker.looks_for_leftovers:
            from labs.show.room_clean_text import cleaned_lines

            return (f"{line}\n" for line in cleaned_lines(results, runtime.width()))
        case RoundFormat.TEXT:
            return _text(run, spool, done)


def _text(run: WorkshopRun, spool: Spool, done: RoundOutcome) -> Iterable[str]:
    """The round as a board. Seats that a stopped round did not check are shown as not checked."""
    from labs.show.board_text import board_lines
    from labs.show.wording import plural
    from labs.workshop.board import standings_of
    from labs.workshop.board_maker import make_board

    now = runtime.now()
    names = [seat.name for seat in run.roster.seats]
    standings, errors = [], {}
    for name in names:
        result = spool.get(name)
        if result is not None:
            standings += standings_of(result, now)
            errors[name] = result.error
    board = make_board(run.roster.title, names, run.labs, standings, errors, now)
    footer = f"{plural(done.summary.seats, 'seat')} · {plural(done.calls, 'call')}, {done.seconds:.1f} s"
    return (f"{line}\n" for line in board_lines(board, runtime.width(), footer))


def _print(chunks: Iterable[str], format_: RoundFormat) -> None:
    """Prints a round; text without colours if the output is not a terminal."""
    if format_ is RoundFormat.TEXT:
        typer.echo("".join(chunks), nl=False)
    else:
        write_out(chunks)


def save_rest(run: WorkshopRun) -> None:
    """Saves what an outage of the database has left, however short ago the last try was; warns of what is lost."""
    from labs.show.wording import plural

    if run.writer and not run.writer.flush(at_once=True):
        warn(f"Not saved: {plural(len(run.writer.pending()), 'result')}. The database is still away.")


def leave(done: RoundOutcome) -> None:
    """Ends the process immediately after Ctrl-C: Python would wait for the requests that are still running."""
    from labs.show.wording import plural

    if (done.stopped or done.broken) and done.seats_left:
        warn(f"Stopped with {plural(done.seats_left, 'seat')} left. Continue: add --resume")
    if done.stopped:
        leave_at_once(INTERRUPTED)


def _ledger_or_none(path: Path, roster: Roster) -> Ledger | None:
    """The ledger of a workshop; None, with a warning, if it cannot be opened: the round runs without it."""
    from labs.show.wording import plural
    from labs.workshop.identity import other_accounts

    try:
        ledger = open_ledger(path, roster, create=True)
        others = other_accounts(roster, ledger.seats())
    except StoreError as error:
        warn(f"This round was not saved: {error}")
        return None
    if others:
        warn(
            f"results of {plural(len(others), 'seat')} in workshop {ledger.workshop} are from another account "
            f"and do not count ({'; '.join(others[:3])}). Is this another workshop? Then give its roster another id"
        )
    return ledger
