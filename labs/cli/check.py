"""`labs check`: verifies labs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from labs.cardtext import plain
from labs.cli import memory, options
from labs.cli.options import Format
from labs.errors import BadParameter, UsageError

if TYPE_CHECKING:
    from labs.lab import Lab
    from labs.pack import Shelf
    from labs.runner import Job
    from labs.verdict import Verdict


def check(
    labs: options.LabNames = None,
    all_labs: Annotated[bool, typer.Option("--all", help="Every lab.")] = False,
    param: options.Parameters = None,
    objective: Annotated[
        list[str] | None, typer.Option("--objective", metavar="ID", help="Only this one, with what it needs.")
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
    format_: Annotated[Format, typer.Option("--format", help="How to print the verdict.")] = Format.TEXT,
    pack: options.Packs = None,
) -> None:
    """Look into your account, read-only, and say of each objective whether it holds.

    Exit code: 0 all passed, 1 something failed, 2 nothing was looked at, 3 could not look, 4 not that account.
    """
    from labs.aws.session import open_look
    from labs.aws.wall import wall
    from labs.pack import open_shelf
    from labs.runner import verify_until

    with wall():
        shelf = open_shelf(pack or ())
        chosen = _chosen(shelf, labs or [], all_labs)
        where = options.where(profile, region, endpoint_url, sandbox, account)
        jobs = _jobs(shelf, chosen, options.parameters(param), tuple(objective or ()))
        verdict = verify_until(jobs, open_look(where), wait, on_wait=_tell_wait)
    typer.echo(_shown(verdict, format_, chosen, shelf))
    memory.remember(verdict, shelf)
    raise typer.Exit(verdict.exit_code)


def _chosen(shelf: Shelf, names: list[str], all_labs: bool) -> list[Lab]:
    if all_labs and names:
        raise UsageError("--all is for every lab: name labs, or say --all")
    if not all_labs and not names:
        raise UsageError("which lab? `labs list` shows them; --all is for every one")
    return shelf.all() if all_labs else [shelf.lab(name) for name in dict.fromkeys(names)]


def _jobs(shelf: Shelf, labs: list[Lab], given: Mapping[str, str], only: tuple[str, ...]) -> list[Job]:
    from labs.links import objective_cards
    from labs.runner import Job, check_parameters

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
        own = {**options.started_with(lab.id), **named}
        check_parameters(lab, own)
        job = Job(lab, shelf.verifier(lab), own, only, objective_cards(lab, decks))
        job.objectives()
        jobs.append(job)
    return jobs


def _tell_wait(verdict: Verdict) -> None:
    from labs.verdict import State

    missing = [each for lab in verdict.labs for each in lab.findings if each.state is State.FAILED]
    typer.echo(f"waiting for {missing[0].id}: {plain(missing[0].found)}", err=True)


def _shown(verdict: Verdict, format_: Format, labs: list[Lab], shelf: Shelf) -> str:
    from labs.show import data, files, text

    match format_:
        case Format.JSON:
            return data.dumps(data.verdict_document(verdict))
        case Format.JUNIT:
            return files.junit(verdict)
        case Format.MARKDOWN:
            from labs import __version__

            return files.markdown(verdict, __version__)
        case Format.TEXT:
            questions = {
                f"{deck.name}:{card.id}": card.question for deck in shelf.decks() for card in deck.cards
            }
            return text.verdict_text(verdict, {lab.id: lab for lab in labs}, options.width(), questions)
