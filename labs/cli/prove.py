"""`labs test`: proves labs, in sandboxes of its own or in a real account."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labs.cli import options, runtime
from labs.cli.options import TextOrJson
from labs.errors import UsageError

if TYPE_CHECKING:
    from labs.author.proof import Selection

DEFAULT_WAIT = 600.0

AccountId = Annotated[
    str | None,
    typer.Option(
        "--account",
        metavar="ID",
        callback=options.account_id,
        help="Play the labs in this AWS account, which costs money.",
    ),
]
MaxCost = Annotated[
    float | None,
    typer.Option(
        "--max-cost",
        metavar="USD",
        min=0,
        callback=options.number,
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
        callback=options.number,
        help=f"Wait up to SECONDS for AWS to finish (default {DEFAULT_WAIT:g}).",
    ),
]


StepPattern = Annotated[
    str, typer.Option("-k", metavar="STEP", help="Run only steps whose kind and name contain STEP.")
]
Keep = Annotated[bool, typer.Option("--keep", help="Keep the sandbox states of steps that fail.")]
Watch = Annotated[bool, typer.Option("--watch", help="Test again when a file of the labs changes.")]
Mutate = Annotated[
    bool,
    typer.Option("--mutate", help="Measure how many small mistakes in the checks the labs detect."),
]
Jobs = Annotated[int, typer.Option("--jobs", metavar="N", min=1, help="Run up to N sandboxes in parallel.")]
StatesFolder = Annotated[
    Path | None,
    typer.Option(
        "--states",
        metavar="DIR",
        help="Store the states of the labs in DIR, and use those that are stored there.",
    ),
]
Realistic = Annotated[
    bool, typer.Option("--realistic", help="Test start, solutions and clean-up with the delays of AWS.")
]
Resume = Annotated[
    bool, typer.Option("--resume", help="Clean up after an interrupted test in an account, and continue.")
]


def prove(
    labs: options.LabNames = None,
    step: StepPattern = "",
    keep: Keep = False,
    watch: Watch = False,
    mutate: Mutate = False,
    jobs: Jobs = 2,
    states: StatesFolder = None,
    realistic: Realistic = False,
    account: AccountId = None,
    profile: options.Profile = None,
    region: options.Region = None,
    max_cost: MaxCost = None,
    wait: Wait = None,
    record: RecordFolder = None,
    yes: options.Yes = False,
    resume: Resume = False,
    format_: options.AsTextOrJson = TextOrJson.TEXT,
    pack: options.Packs = None,
) -> None:
    """Test labs in the sandbox: empty account, start, solutions, mistakes, clean-up. Exit code 1 if a test fails.

    With --account, in a real AWS account: it asks first, removes what it made, and stops before --max-cost.
    """
    names, packs = labs or [], pack or []
    _refuse_together(
        account=bool(account),
        mutate=mutate,
        steps_only=bool(step or keep or watch or realistic),
        sandbox_only=bool(step or keep or watch or states or realistic or mutate),
        account_only=bool(profile or region or record or yes or resume) or (max_cost, wait) != (None, None),
    )
    if account:
        from labs.cli.account_proof import AccountOptions, prove_in_account

        patience = DEFAULT_WAIT if wait is None else wait
        given = AccountOptions(account, profile, region, max_cost, patience, record, yes, resume)
        raise typer.Exit(prove_in_account(names, given, format_, tuple(packs)))
    if mutate:
        from labs.cli.mutate import measure_labs

        raise typer.Exit(measure_labs(names, packs, states, format_))
    if watch:
        from labs.cli.prove_again import prove_on_changes

        prove_on_changes(names, packs, step, keep=keep, jobs=jobs, states=states, realistic=realistic)
    from labs.author.proof import Selection

    selection = Selection(step, runtime.home() / "failed" if keep else None)
    raise typer.Exit(_prove_in_sandbox(names, packs, selection, jobs, states, format_, realistic=realistic))


def _refuse_together(
    *, account: bool, mutate: bool, steps_only: bool, sandbox_only: bool, account_only: bool
) -> None:
    """Raises UsageError for contradicting options; `..._only` is True if an option for that mode alone is given."""
    if account and sandbox_only:
        raise UsageError(
            "-k, --keep, --watch, --states, --realistic and --mutate are for the sandbox: "
            "they go without --account"
        )
    if account_only and not account:
        raise UsageError(
            "--profile, --region, --max-cost, --wait, --record, --yes and --resume go with --account ID"
        )
    if mutate and steps_only:
        raise UsageError("--mutate takes labs, --pack, --states and --format")


def _prove_in_sandbox(
    labs: list[str],
    packs: list[Path],
    selection: Selection,
    jobs: int,
    states: Path | None,
    format_: TextOrJson,
    *,
    realistic: bool,
) -> int:
    """Prints each step as soon as it is done, then the table. Returns the exit code."""
    from labs.author.mutation.scores import known_scores
    from labs.author.parallel_proof import prove_all
    from labs.content.links import missing_cards
    from labs.content.pack import open_catalog
    from labs.show import proof_text, verdict_json

    catalog = open_catalog(packs)
    chosen = catalog.chosen(labs, packs)
    for lab in chosen:
        for missing in missing_cards(lab, catalog.decks()):
            runtime.warn(missing)
    steps = []
    proofs = prove_all(catalog, chosen, jobs, states, selection, realistic=realistic, warn=runtime.warn)
    for step in proofs:
        steps.append(step)
        if format_ is TextOrJson.TEXT:
            typer.echo(proof_text.line(step), err=not step.wrong)
    if not steps:
        raise UsageError(
            f"no step of these labs contains {selection.pattern!r}. "
            "The proof of READS needs all steps: it runs without -k only"
        )
    scores = known_scores(catalog, chosen)
    if format_ is TextOrJson.JSON:
        typer.echo(verdict_json.dumps(proof_text.proof_document(steps, scores)))
    else:
        typer.echo(proof_text.table(steps, scores))
    return 1 if any(step.wrong for step in steps) else 0
