"""`labs check`: verifies labs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec.structs import replace

from labs.cli import options
from labs.cli.history import open_history
from labs.cli.options import Format
from labs.errors import BadParameter, UsageError

if TYPE_CHECKING:
    from labs.cli.history import History
    from labs.cli.run_check import Output
    from labs.content.lab import Lab
    from labs.content.pack import Catalog
    from labs.verify.job import Job


ObjectiveIds = Annotated[
    list[str] | None,
    typer.Option(
        "--objective",
        metavar="ID",
        help="Check only this objective and those that it needs. Repeatable.",
        autocompletion=options.complete_objective,
    ),
]
AccountId = Annotated[
    str | None,
    typer.Option(
        "--account",
        metavar="ID",
        callback=options.account_id,
        help="Stop if the credentials belong to another account.",
    ),
]
WaitSeconds = Annotated[
    float,
    typer.Option(
        "--wait",
        metavar="SECONDS",
        min=0,
        callback=options.number,
        help="Wait up to SECONDS for AWS to finish.",
    ),
]
Watch = Annotated[bool, typer.Option("--watch", help="Repeat the check until every objective passes.")]
Cleaned = Annotated[bool, typer.Option("--cleaned", help="Check that the labs left no resources behind.")]
RecordFile = Annotated[
    Path | None,
    typer.Option("--record", metavar="FILE", help="Save the AWS responses behind the verdict to FILE."),
]


ShowMap = Annotated[bool, typer.Option("--map", help="Draw where tasks are placed.")]


def check(
    labs: options.LabNames = None,
    all_labs: Annotated[bool, typer.Option("--all", help="Check every lab.")] = False,
    param: options.Parameters = None,
    objective: ObjectiveIds = None,
    profile: options.Profile = None,
    region: options.Region = None,
    endpoint_url: options.EndpointUrl = None,
    sandbox: options.UseSandbox = False,
    account: AccountId = None,
    wait: WaitSeconds = 0,
    timeout: options.Timeout = None,
    watch: Watch = False,
    cleaned: Cleaned = False,
    record: RecordFile = None,
    format_: Annotated[Format, typer.Option("--format", help="Output format.")] = Format.TEXT,
    show_map: ShowMap = False,
    pack: options.Packs = None,
    trust: options.Trust = False,
) -> None:
    """Check labs in your account and report each objective. The check only reads. Default: the lab started last.

    Exit code: 0 all passed, 1 at least one failed, 2 nothing was checked, 3 something could not be checked, 4 wrong
    account.
    """
    from labs.aws.read_only_guard import read_only_guard
    from labs.aws.session import open_session
    from labs.cli import run_check
    from labs.cli.trust import require_trust
    from labs.content.pack import open_catalog

    _refuse_together(watch=watch, wait=wait, cleaned=cleaned, record=record, objective=objective)
    given, only = options.parameters(param), tuple(objective or ())
    with read_only_guard(), open_history() as history:
        catalog = open_catalog(pack or ())
        chosen = _chosen(catalog, labs or [], all_labs, history)
        connection = options.connection(profile, region, endpoint_url, sandbox, account, timeout)
        output = run_check.Output(chosen, catalog, history, format_, cleaned, show_map)
        require_trust({catalog.labs[lab.id]: None for lab in chosen}, connection, trust)
        jobs = _jobs(output, given, only)
        reads = frozenset(read for job in jobs for read in job.verifier.reads)
        session = open_session(replace(connection, reads=reads))
        last = run_check.watch(jobs, session, output) if watch else run_check.once(jobs, session, wait)
        run_check.report(jobs, last, output, record)
    raise typer.Exit(last.verdict.exit_code)


def _refuse_together(
    *, watch: bool, wait: float, cleaned: bool, record: Path | None, objective: list[str] | None
) -> None:
    """Raises UsageError for options that contradict each other."""
    if watch and wait:
        raise UsageError("--watch and --wait cannot be used together")
    if cleaned and (record or objective):
        raise UsageError("--cleaned cannot be used together with --record or --objective")


def _chosen(catalog: Catalog, names: list[str], all_labs: bool, history: History) -> list[Lab]:
    """The named labs, all of them with --all, or else the lab started last. Raises UsageError if there is none."""
    if all_labs and names:
        raise UsageError("Name labs, or use --all: not both")
    if not all_labs and not names:
        started = history.started_last()
        if started is None:
            raise UsageError(
                "Which lab? Name one (see `labs list`), start one with `labs start LAB`, or use --all"
            )
        names = [started]
    return catalog.all() if all_labs else [catalog.lab(name) for name in dict.fromkeys(names)]


def _jobs(output: Output, given: Mapping[str, str], only: tuple[str, ...]) -> list[Job]:
    """One job for each lab. Raises BadParameter for a parameter that no lab has, UsageError for a wrong --objective."""
    from labs.learner.jobs import job_of

    labs = output.labs
    if only and len(labs) != 1:
        raise UsageError("--objective needs exactly one lab")
    for name in given:
        if all(name not in lab.task.parameters for lab in labs):
            known = ", ".join(sorted({known for lab in labs for known in lab.task.parameters})) or "none"
            whose = f"{labs[0].id} has no" if len(labs) == 1 else "None of these labs has a"
            raise BadParameter(f"{whose} parameter {name!r}. Known parameters: {known}")
    return [job_of(lab, output.catalog, output.history, given, only, cleaned=output.cleaned) for lab in labs]
