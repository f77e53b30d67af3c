"""`labs check`: verifies labs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labs.cli import options, runtime
from labs.cli.options import Format
from labs.errors import BadParameter, UsageError

if TYPE_CHECKING:
    from labs.content.lab import Lab
    from labs.content.pack import Catalog
    from labs.verdict import Verdict
    from labs.verify.runner import Job


def check(
    labs: options.LabNames = None,
    all_labs: Annotated[bool, typer.Option("--all", help="Every lab.")] = False,
    param: options.Parameters = None,
    objective: Annotated[
        list[str] | None,
        typer.Option(
            "--objective",
            metavar="ID",
            help="Only this one, with what it needs.",
            autocompletion=options.complete_objective,
        ),
    ] = None,
    profile: options.Profile = None,
    region: options.Region = None,
    endpoint_url: options.EndpointUrl = None,
    sandbox: options.UseSandbox = False,
    account: Annotated[
        str | None, typer.Option("--account", metavar="ID", help="Refuse to look into any other account.")
    ] = None,
    wait: Annotated[
        float, typer.Option("--wait", metavar="SECONDS", min=0, help="Let effects come about for so long.")
    ] = 0,
    watch: Annotated[
        bool, typer.Option("--watch", help="Look again and again until everything passed.")
    ] = False,
    cleaned: Annotated[
        bool, typer.Option("--cleaned", help="Whether nothing of the labs is left in the account.")
    ] = False,
    record: Annotated[
        Path | None,
        typer.Option("--record", metavar="FILE", help="Keep what the verdict rests on, for `labs explain`."),
    ] = None,
    format_: Annotated[Format, typer.Option("--format", help="How to print the verdict.")] = Format.TEXT,
    pack: options.Packs = None,
) -> None:
    """Look into your account, read-only, and say of each objective whether it holds.

    Exit code: 0 all passed, 1 something failed, 2 nothing was looked at, 3 could not look, 4 not that account.
    """
    from labs.aws.read_only_guard import read_only_guard
    from labs.aws.session import open_session
    from labs.cli import run_check
    from labs.content.pack import open_catalog

    _refuse_together(watch=watch, wait=wait, cleaned=cleaned, record=record, objective=objective)
    with read_only_guard():
        catalog = open_catalog(pack or ())
        chosen = _chosen(catalog, labs or [], all_labs)
        where = options.where(profile, region, endpoint_url, sandbox, account)
        jobs = _jobs(catalog, chosen, options.parameters(param), tuple(objective or ()), cleaned=cleaned)
        look = open_session(where)
        last = (
            run_check.watch(jobs, look, catalog, format_, cleaned)
            if watch
            else run_check.once(jobs, look, wait)
        )
    if record is not None:
        run_check.keep(record, jobs, last, catalog)
    typer.echo(shown(last.verdict, format_, chosen, catalog, cleaned=cleaned))
    run_check.tell_emulator(last)
    remembered = run_check.remember(last, catalog, cleaned=cleaned)
    if format_ is Format.TEXT and not cleaned and last.verdict.exit_code == 0:
        typer.echo(run_check.following(remembered, catalog))
    raise typer.Exit(last.verdict.exit_code)


def _refuse_together(
    *, watch: bool, wait: float, cleaned: bool, record: Path | None, objective: list[str] | None
) -> None:
    """Raises UsageError for options that contradict each other."""
    if watch and wait:
        raise UsageError("--watch looks until everything passed: it goes without --wait")
    if cleaned and (record or objective):
        raise UsageError("--cleaned asks one thing of a lab: it goes without --record and --objective")


def _chosen(catalog: Catalog, names: list[str], all_labs: bool) -> list[Lab]:
    if all_labs and names:
        raise UsageError("--all is for every lab: name labs, or say --all")
    if not all_labs and not names:
        raise UsageError("which lab? `labs list` shows them; --all is for every one")
    return catalog.all() if all_labs else [catalog.lab(name) for name in dict.fromkeys(names)]


def _jobs(
    catalog: Catalog, labs: list[Lab], given: Mapping[str, str], only: tuple[str, ...], *, cleaned: bool
) -> list[Job]:
    from labs.content.links import objective_cards
    from labs.verify.leftovers import cleaned_job
    from labs.verify.runner import Job, check_parameters

    if only and len(labs) != 1:
        raise UsageError("--objective goes with one lab")
    for name in given:
        if all(name not in lab.task.parameters for lab in labs):
            known = ", ".join(sorted({known for lab in labs for known in lab.task.parameters})) or "none"
            raise BadParameter(f"no parameter {name!r}; there are {known}")
    jobs = []
    decks = catalog.decks()
    for lab in labs:
        named = {name: value for name, value in given.items() if name in lab.task.parameters}
        own = {**runtime.started_with(lab.id), **named}
        check_parameters(lab, own)
        verifier = catalog.verifier(lab)
        job = (
            cleaned_job(lab, verifier, own)
            if cleaned
            else Job(lab, verifier, own, only, objective_cards(lab, decks))
        )
        job.objectives()
        jobs.append(job)
    return jobs


def shown(
    verdict: Verdict, format_: Format, labs: list[Lab], catalog: Catalog, *, cleaned: bool = False
) -> str:
    """The verdict as it was asked for."""
    from labs.show import clean_text, verdict_files, verdict_json, verdict_text

    match format_:
        case Format.JSON:
            return verdict_json.dumps(verdict_json.verdict_document(verdict))
        case Format.JUNIT:
            return verdict_files.junit(verdict)
        case Format.MARKDOWN:
            from labs import __version__

            return verdict_files.markdown(verdict, __version__)
        case Format.TEXT if cleaned:
            return clean_text.text(verdict)
        case Format.TEXT:
            questions = {
                f"{deck.name}:{card.id}": card.question for deck in catalog.decks() for card in deck.cards
            }
            return verdict_text.verdict_text(
                verdict, {lab.id: lab for lab in labs}, runtime.width(), questions
            )
