"""`labs workshop`: the group of commands, with `check` and `board`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from labs.cli import options, runtime
from labs.cli.menu import new_group
from labs.cli.workshop import clean, doctor, export, import_roster, notes, prepare, rehearse
from labs.cli.workshop.board import BoardPlace, show_board
from labs.cli.workshop.joining import join_options
from labs.cli.workshop.options import Every, RosterFile, Web, open_ledger
from labs.cli.workshop.rounds import RoundFormat, leave, run_rounds, save_rest, workers_of, workshop_run
from labs.errors import UsageError
from labs.system.process_exit import leave_at_once

app = new_group("Check the accounts of many learners: rounds, boards, roles, exports.")

Jobs = Annotated[
    int,
    typer.Option("--jobs", metavar="N", min=1, max=256, help="Check up to N seats in parallel."),
]
Timeout = Annotated[
    float,
    typer.Option(
        "--timeout",
        metavar="SECONDS",
        min=1,
        callback=options.number,
        help="Spend at most SECONDS on a seat, not counting waits for AWS rate limits.",
    ),
]
On = Annotated[
    str | None,
    typer.Option(
        "--on", metavar="URL", help="Run the checks on a Dask cluster: dask://scheduler.example:8786"
    ),
]


@app.callback(invoke_without_command=True)
def root(context: typer.Context) -> None:
    """Check the accounts of many learners: rounds, boards, roles, exports."""
    options.help_without_command(context)


@app.command()
def check(
    roster: RosterFile,
    labs: options.LabNames = None,
    jobs: Jobs = 16,
    on: On = None,
    every: Annotated[
        float | None,
        typer.Option(
            "--every",
            metavar="SECONDS",
            min=1,
            callback=options.number,
            help="Start a round every SECONDS, until Ctrl-C.",
        ),
    ] = None,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Continue the stopped round with the seats that are left."),
    ] = False,
    cleaned: Annotated[
        bool, typer.Option("--cleaned", help="Check that nothing of the labs is left in the accounts.")
    ] = False,
    timeout: Timeout = 300,
    region: options.Region = None,
    endpoint_url: options.EndpointUrl = None,
    sandbox: options.UseSandbox = False,
    format_: Annotated[RoundFormat, typer.Option("--format", help="Output format.")] = RoundFormat.TEXT,
    pack: options.Packs = None,
    trust: options.Trust = False,
) -> None:
    """Check every seat of a roster (read-only). A seat that fails does not stop the others.

    Exit code: 0 all passed, 1 something failed, 2 nothing was checked, 3 inconclusive, 130 Ctrl-C.
    """
    from labs.aws.read_only_guard import read_only_guard

    if every and format_ is not RoundFormat.TEXT:
        raise UsageError(
            "--every prints round after round, as text: `labs workshop export` writes the latest as a file"
        )
    if cleaned and (resume or on):
        raise UsageError(
            "--cleaned is not stored and stays on this machine: it goes without --resume and --on"
        )
    connection = options.connection(None, region, endpoint_url, sandbox, timeout=timeout)
    repeats = every is not None
    with read_only_guard():
        run = workshop_run(
            roster, labs or [], connection, pack, jobs, trust=trust, repeats=repeats, cleaned=cleaned
        )
        workers = workers_of(run, connection, pack, jobs, on)
        done = run_rounds(run, workers, every, resume, format_)
        save_rest(run)
        leave(done)
        workers.executor.shutdown()
    raise typer.Exit(done.summary.exit_code)


Host = Annotated[
    str,
    typer.Option(metavar="HOST", help="With --web, listen on this address. 0.0.0.0 means every network."),
]
Port = Annotated[
    int,
    typer.Option(
        metavar="PORT", min=0, max=65535, help="With --web, listen on this port. 0 means any free port."
    ),
]
Token = Annotated[
    str | None,
    typer.Option(
        "--token", metavar="TEXT", help="With --web, use this token. Default: a new one for each start."
    ),
]
CertFile = Annotated[
    Path | None,
    typer.Option("--certfile", metavar="PEM", help="With --web, use this certificate for TLS."),
]
KeyFile = Annotated[
    Path | None,
    typer.Option("--keyfile", metavar="PEM", help="With --web, use this key of the certificate."),
]
Join = Annotated[
    bool,
    typer.Option("--join", help="With --web, let learners join by themselves, on a page of their own."),
]
JoinCode = Annotated[
    str | None, typer.Option("--code", metavar="TEXT", help="With --join, ask learners for this code.")
]
Approve = Annotated[bool, typer.Option("--approve", help="With --join, approve each learner on the board.")]
Follow = Annotated[bool, typer.Option("--follow", help="Run no checks. Show the results of other rounds.")]
StuckMinutes = Annotated[
    float | None,
    typer.Option(
        "--stuck-after",
        metavar="MINUTES",
        min=1,
        callback=options.number,
        help="Call a learner stuck after MINUTES without a change. Default: twice the room's median.",
    ),
]


@app.command()
def board(
    roster: RosterFile,
    labs: options.LabNames = None,
    every: Every = 30,
    web: Web = False,
    host: Host = "127.0.0.1",
    port: Port = 8321,
    token: Token = None,
    certfile: CertFile = None,
    keyfile: KeyFile = None,
    join: Join = False,
    code: JoinCode = None,
    approve: Approve = False,
    follow: Follow = False,
    stuck_after: StuckMinutes = None,
    jobs: Jobs = 16,
    on: On = None,
    timeout: Timeout = 300,
    region: options.Region = None,
    endpoint_url: options.EndpointUrl = None,
    sandbox: options.UseSandbox = False,
    pack: options.Packs = None,
    trust: options.Trust = False,
) -> None:
    """Show live progress: who needs help, and which objectives are hardest. Stop with Ctrl-C."""
    import time
    from datetime import timedelta

    from labs.aws.read_only_guard import read_only_guard
    from labs.web.serve import Listening
    from labs.workshop.lease import Lease
    from labs.workshop.round_scheduler import RoundScheduler

    _refuse_join_options(join=join, web=web, elsewhere=bool(on or follow), rules=code is not None or approve)
    patience = timedelta(minutes=stuck_after) if stuck_after else None
    listening = Listening(host, port, token, certfile, keyfile) if web else None
    connection = options.connection(None, region, endpoint_url, sandbox, timeout=timeout)
    joined = join_options(connection, code, approve=approve) if join else None
    with read_only_guard():
        run = workshop_run(
            roster, labs or [], connection, pack, jobs, trust=trust, repeats=True, may_be_empty=join
        )
        ledger = open_ledger(roster, run.roster, create=True)
        scheduler = RoundScheduler(run, every, Lease(ledger, time.monotonic))
        if not follow:
            scheduler.start(workers_of(run, connection, pack, jobs, on))
        place = BoardPlace(roster, every, listening, joined, live=on is None)
        show_board(run, ledger, scheduler, runtime.now, place, patience)
        scheduler.stop()
        save_rest(run)
        leave_at_once(0)


def _refuse_join_options(*, join: bool, web: bool, elsewhere: bool, rules: bool) -> None:
    """Raises UsageError for options of joining that contradict the others; `rules` if one of --code and --approve."""
    if join and (elsewhere or not web):
        raise UsageError("--join goes with --web, and without --on and --follow")
    if rules and not join:
        raise UsageError("--code and --approve go with --join")


app.command("export")(export.export_round)
app.command()(export.report)
app.command()(export.role)
app.command()(prepare.prepare)
app.command()(notes.note)
app.command()(doctor.doctor)
app.command()(rehearse.rehearse)
app.command()(clean.clean)
app.command("import")(import_roster.import_roster)
