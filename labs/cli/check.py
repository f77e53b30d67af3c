"""`labs check`: verifies labs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labs.cli import here, options
from labs.cli.options import Format
from labs.errors import BadParameter, UsageError

if TYPE_CHECKING:
    from labs.content.lab import Lab
    from labs.content.pack import Shelf
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
    from labs.aws.session import open_look
    from labs.aws.wall import wall
    from labs.cli import looking
    from labs.content.pack import open_shelf

    _refuse_together(watch=watch, wait=wait, cleaned=cleaned, record=record, objective=objective)
    with wall():
        shelf = open_shelf(pack or ())
        chosen = _chosen(shelf, labs or [], all_labs)
        where = options.where(profile, region, endpoint_url, sandbox, account)
        jobs = _jobs(shelf, chosen, options.parameters(param), tuple(objective or ()), cleaned=cleaned)
        look = open_look(where)
        last = looking.watch(jobs, look, shelf, format_, cleaned) if watch else looking.once(jobs, look, wait)
    if record is not None:
        looking.keep(record, jobs, last, shelf)
    typer.echo(shown(last.verdict, format_, chosen, shelf, cleaned=cleaned))
    looking.tell_emulator(last)
    remembered = looking.remember(last, shelf, cleaned=cleaned)
    if format_ is Format.TEXT and not cleaned and last.verdict.exit_code == 0:
        typer.echo(looking.following(remembered, shelf))
    raise typer.Exit(last.verdict.exit_code)


def _refuse_together(
    *, watch: bool, wait: float, cleaned: bool, record: Path | None, objective: list[str] | None
) -> None:
    """Raises UsageError for options that contradict each other."""
    if watch and wait:
        raise UsageError("--watch looks until everything passed: it goes without --wait")
    if cleaned and (record or objective):
        raise UsageError("--cleaned asks one thing of a lab: it goes without --record and --objective")


def _chosen(shelf: Shelf, names: list[str], all_labs: bool) -> list[Lab]:
    if all_labs and names:
        raise UsageError("--all is for every lab: name labs, or say --all")
    if not all_labs and not names:
        raise UsageError("which lab? `labs list` shows them; --all is for every one")
    return shelf.all() if all_labs else [shelf.lab(name) for name in dict.fromkeys(names)]


def _jobs(
    shelf: Shelf, labs: list[Lab], given: Mapping[str, str], only: tuple[str, ...], *, cleaned: bool
) -> list[Job]:
    from labs.content.links import objective_cards
    from labs.verify.cleaned import cleaned_job
    from labs.verify.runner import Job, check_parameters

    if only and len(labs) != 1:
        raise UsageError("--objective goes with one lab")
    for name in given:
        if all(name not in lab.task.parameters for lab in labs):
            known = ", ".join(sorted({known for lab in labs for known in lab.task.parameters})) or "none"
            raise BadParameter(f"no parameter {name!r}; there are {known}")
    jobs = []
    decks = shelf.decks()
    for lab in labs:
        named = {name: value for name, value in given.items() if name in lab.task.parameters}
        own = {**here.started_with(lab.id), **named}
        check_parameters(lab, own)
        verifier = shelf.verifier(lab)
        job = (
            cleaned_job(lab, verifier, own)
            if cleaned
            else Job(lab, verifier, own, only, objective_cards(lab, decks))
        )
        job.objectives()
        jobs.append(job)
    return jobs


def shown(verdict: Verdict, format_: Format, labs: list[Lab], shelf: Shelf, *, cleaned: bool = False) -> str:
    """The verdict as it was asked for."""
    from labs.show import cleantext, data, files, text

    match format_:
        case Format.JSON:
            return data.dumps(data.verdict_document(verdict))
        case Format.JUNIT:
            return files.junit(verdict)
        case Format.MARKDOWN:
            from labs import __version__

            return files.markdown(verdict, __version__)
        case Format.TEXT if cleaned:
            return cleantext.text(verdict)
        case Format.TEXT:
            questions = {
                f"{deck.name}:{card.id}": card.question for deck in shelf.decks() for card in deck.cards
            }
            return text.verdict_text(verdict, {lab.id: lab for lab in labs}, here.width(), questions)
