"""`labs test`: proves labs, in sandboxes of its own or in a real account."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labs.cli import options, runtime
from labs.cli.options import TextOrJson
from labs.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from labs.author.proof import Selection
    from labs.author.proof_step import ProofStep
    from labs.content.lab import Lab
    from labs.content.pack import Catalog

DEFAULT_WAIT = 600.0

AccountId = Annotated[
    str | None,
    typer.Option("--account", metavar="ID", help="Play the labs in this AWS account, which costs money."),
]
MaxCost = Annotated[
    float | None,
    typer.Option(
        "--max-cost",
        metavar="USD",
        min=0,
        help="Stop before more than USD are spent (default 1.00).",
    ),
]
RecordFolder = Annotated[
    Path | None, typer.Option("--record", metavar="DIR", help="Record every check in DIR.")
]
Wait = Annotated[
    float | None,
    typer.Option(
        "--wait",
        metavar="SECONDS",
        min=0,
        help=f"Wait up to SECONDS for AWS to finish (default {DEFAULT_WAIT:g}).",
    ),
]


def prove(
    labs: options.LabNames = None,
    step: Annotated[
        str, typer.Option("-k", metavar="STEP", help="Run only steps whose kind and name contain STEP.")
    ] = "",
    keep: Annotated[bool, typer.Option("--keep", help="Keep the sandbox states of steps that fail.")] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Test again when a file of the labs changes.")
    ] = False,
    mutate: Annotated[
        bool,
        typer.Option("--mutate", help="Measure how many small mistakes in the checks the labs detect."),
    ] = False,
    jobs: Annotated[
        int, typer.Option("--jobs", metavar="N", min=1, help="Run up to N sandboxes in parallel.")
    ] = 2,
    states: Annotated[
        Path | None,
        typer.Option(
            "--states",
            metavar="DIR",
            help="Store the states of the labs in DIR, and use those that are stored there.",
        ),
    ] = None,
    realistic: Annotated[
        bool, typer.Option("--realistic", help="Test start, solutions and clean-up with the delays of AWS.")
    ] = False,
    account: AccountId = None,
    profile: options.Profile = None,
    region: options.Region = None,
    max_cost: MaxCost = None,
    wait: Wait = None,
    record: RecordFolder = None,
    yes: options.Yes = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Clean up after an interrupted test in an account, and continue.")
    ] = False,
    format_: options.AsTextOrJson = TextOrJson.TEXT,
    pack: options.Packs = None,
) -> None:
    """Test labs in the sandbox: empty account, start, solutions, mistakes, clean-up. Exit code 1 if a test fails.

    With --account, in a real AWS account: it asks first, removes what it made, and stops before --max-cost.
    """
    if account:
        if step or keep or watch or states or realistic or mutate:
            raise UsageError(
                "-k, --keep, --watch, --states, --realistic and --mutate are for the sandbox: "
                "they go without --account"
            )
        from labs.cli.account_proof import AccountOptions, prove_in_account

        patience = DEFAULT_WAIT if wait is None else wait
        given = AccountOptions(account, profile, region, max_cost, patience, record, yes, resume)
        raise typer.Exit(prove_in_account(labs or [], given, format_, tuple(pack or ())))
    if profile or region or max_cost is not None or wait is not None or record or yes or resume:
        raise UsageError(
            "--profile, --region, --max-cost, --wait, --record, --yes and --resume go with --account ID"
        )
    if mutate:
        if step or keep or watch or realistic:
            raise UsageError("--mutate takes labs, --pack, --states and --format")
        from labs.cli.mutate import measure_labs

        raise typer.Exit(measure_labs(labs or [], pack or [], states, format_))
    if watch:
        from labs.cli.prove_again import prove_on_changes

        prove_on_changes(
            labs or [], pack or [], step, keep=keep, jobs=jobs, states=states, realistic=realistic
        )
    from labs.author.parallel_proof import prove_all
    from labs.author.proof import Selection
    from labs.content.pack import open_catalog

    catalog = open_catalog(pack or ())
    chosen = catalog.chosen(labs or (), pack or ())
    selection = Selection(step, runtime.home() / "failed" if keep else None)
    proved = prove_all(catalog, chosen, jobs, states, selection, realistic=realistic)
    raise typer.Exit(_print_steps(proved, catalog, chosen, selection, format_))


def _print_steps(
    proved: Iterator[ProofStep],
    catalog: Catalog,
    chosen: list[Lab],
    selection: Selection,
    format_: TextOrJson,
) -> int:
    """Prints each step as it is done, and the table; the exit code."""
    from labs.author.mutation.scores import known_scores
    from labs.show import proof_text, verdict_json

    steps = []
    for step in proved:
        steps.append(step)
        if format_ is TextOrJson.TEXT:
            typer.echo(proof_text.line(step), err=not step.wrong)
    if not steps:
        raise UsageError(f"no step of these labs contains {selection.pattern!r}")
    scores = known_scores(catalog, chosen)
    if format_ is TextOrJson.JSON:
        typer.echo(verdict_json.dumps(proof_text.proof_document(steps, scores)))
    else:
        typer.echo(proof_text.table(steps, scores))
    return 1 if any(step.wrong for step in steps) else 0
