"""The learner's commands around a check: list, show, start, hint and solution."""

from __future__ import annotations

import os
import pydoc
import shutil
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from labs.cli import options, runtime
from labs.cli.history import open_history
from labs.cli.options import TextOrJson
from labs.errors import UsageError

if TYPE_CHECKING:
    from labs.aws.session import ConnectionOptions
    from labs.cli.history import History
    from labs.content.lab import Lab
    from labs.sandbox.control import Sandbox


def list_labs(
    word: Annotated[
        str,
        typer.Argument(
            metavar="[DECK|WORD]", help="List the labs of DECK, or those with WORD in name or title."
        ),
    ] = "",
    todo: Annotated[bool, typer.Option("--todo", help="List only labs that are not done.")] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="List all labs, more than one screen too.")
    ] = False,
    format_: options.AsTextOrJson = TextOrJson.TEXT,
    pack: options.Packs = None,
) -> None:
    """List labs in learning order, with your progress on labs and cards."""
    from labs.cli.listing import print_list

    print_list(pack or (), word, todo=todo, everything=everything, as_json=format_ is TextOrJson.JSON)


def show(lab: options.LabName, param: options.Parameters = None, pack: options.Packs = None) -> None:
    """Show the brief of a lab: what to build, the names to use, the cost and the cards."""
    from labs.content.pack import open_catalog
    from labs.show import brief
    from labs.show.terminal import is_terminal, wants_colour
    from labs.store import queries

    catalog = open_catalog(pack or ())
    found = catalog.lab(lab)
    with open_history() as history:
        names = {**runtime.region_and_account(), **_names(found, param, history)}
        last = queries.last_seen(history.store, lab)
    passed = {each.id for each in last.result.objectives if each.state == "passed"} if last else set()
    colour = wants_colour()
    text = brief.render_brief(found, names, catalog.decks(), runtime.width(), colour=colour, passed=passed)
    if is_terminal() and text.count("\n") >= shutil.get_terminal_size().lines:
        os.environ.setdefault("LESS", "-FRX")  # colours, and the text stays on the screen
        pydoc.pager(text)
    else:
        typer.echo(text)


def start(
    lab: options.LabName,
    param: options.Parameters = None,
    exam: Annotated[bool, typer.Option("--exam", help="Turn off hints for this attempt.")] = False,
    profile: options.Profile = None,
    region: options.Region = None,
    endpoint_url: options.EndpointUrl = None,
    sandbox: options.UseSandbox = False,
    pack: options.Packs = None,
) -> None:
    """Start an attempt at a lab. The names that you set with -p are used by later commands.

    Some labs start with a broken setup: in the sandbox it is created for you, in an AWS account you get the commands.
    """
    from labs.content.pack import open_catalog
    from labs.doctor.account import missing
    from labs.learner.attempt import start_attempt
    from labs.show import brief

    catalog = open_catalog(pack or ())
    found = catalog.lab(lab)
    given = options.parameters(param)
    connection = options.connection(profile, region, endpoint_url, sandbox)
    in_use = _sandbox_in_use(sandbox)
    with open_history() as history:
        standing = start_attempt(catalog, found, given, connection, history, in_use, exam=exam)
    if found.script("start") and in_use:
        typer.echo("The sandbox is ready. Something in it is broken: find out what.")
    elif found.script("start"):
        typer.echo("Run these commands in your account, then find out what is wrong:\n")
        typer.echo(brief.script(found, "start", {**found.task.parameters, **given}))
    for point in missing(found, connection):
        typer.echo(f"{point.what}: {point.seen}. {point.do}")
    off = " Hints and the solution are off." if exam else ""
    started = f"Started {lab}: {found.task.title}.{off} See what to build: labs show {lab}"
    typer.echo(runtime.folded(started, sys.stdout))
    if standing:
        typer.echo(f"Already passed: {', '.join(standing)}.")
    if standing is None and (advice := _sandbox_advice(connection)):
        runtime.warn(advice)


def hint(
    lab: Annotated[
        str | None,
        typer.Argument(
            metavar="[LAB]",
            help="Lab name. Default: the lab started last.",
            autocompletion=options.complete_lab,
        ),
    ] = None,
    objective: Annotated[
        str | None,
        typer.Argument(
            metavar="[OBJECTIVE]",
            help="Objective. Default: the first one that failed.",
            autocompletion=options.complete_objective,
        ),
    ] = None,
    pack: options.Packs = None,
) -> None:
    """Show the next hint for the first objective that failed. Each hint says more than the one before."""
    from labs.content.pack import open_catalog
    from labs.learner.hints import open_hint
    from labs.show.hint_text import render_hint

    with open_history() as history:
        named = lab or history.started_last()
        if named is None:
            raise UsageError("Which lab? Name one, or start one with `labs start LAB`")
        found = open_catalog(pack or ()).lab(named)
        opened = open_hint(found, objective, history)
    typer.echo(render_hint(found, opened.objective, opened.level, opened.last, runtime.width()))


def solution(
    lab: options.LabName,
    other: Annotated[
        str | None,
        typer.Argument(metavar="[OTHER]", help="Another solution of the lab, for example cloudformation."),
    ] = None,
    yes: options.Yes = False,
    pack: options.Packs = None,
) -> None:
    """Show the commands of the reference solution, or of another one. Asks for confirmation."""
    from labs.content.pack import open_catalog
    from labs.learner.hints import open_solution, refuse_solution_in_exam, solution_script
    from labs.show import brief

    found = open_catalog(pack or ()).lab(lab)
    script = solution_script(found, other)
    with open_history() as history:
        refuse_solution_in_exam(found, history)
    if not yes:
        typer.confirm("Show the whole solution? `labs hint` gives only a hint.", abort=True, err=True)
    with open_history() as history:
        open_solution(found, history)
        names = _names(found, None, history)
    typer.echo(brief.script(found, script, names))
    others = [name for name in found.solutions() if name not in {"solution", other}]
    if others:
        typer.echo(
            f"\nOther solutions: {', '.join(others)}. Show one: labs solution {lab} {others[0]}", err=True
        )


def _sandbox_advice(connection: ConnectionOptions) -> str:
    """The command that reaches the sandbox, if the attempt could not be checked because this shell does not."""
    from labs.aws.read_only_guard import read_only_guard
    from labs.aws.session import open_session
    from labs.doctor.sandbox_advice import sandbox_advice

    with read_only_guard():
        session = open_session(connection)
        session.identify()
    return sandbox_advice(session, runtime.home())


def _sandbox_in_use(named: bool) -> Sandbox | None:
    """The sandbox, where this shell or an option says that the attempt is made in it."""
    from labs.sandbox import control

    running = control.running(runtime.home())
    return running if running and (named or options.talks_to(running)) else None


def _names(lab: Lab, param: list[str] | None, history: History) -> dict[str, str]:
    from labs.verify.job import check_parameters

    given = options.parameters(param)
    check_parameters(lab, given)
    return {**lab.task.parameters, **history.started_with(lab.id), **given}
