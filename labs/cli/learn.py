"""The learner's commands around a check: what there is, what to build, where to begin, a hint, a solution, tidying."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from labs.cli import options, runtime
from labs.cli.history import open_history
from labs.cli.options import TextOrJson
from labs.errors import CouldNotLook, UsageError

if TYPE_CHECKING:
    from labs.aws.session import ConnectionOptions
    from labs.cli.history import History
    from labs.content.lab import Lab
    from labs.content.pack import Catalog


def list_labs(format_: options.AsTextOrJson = TextOrJson.TEXT, pack: options.Packs = None) -> None:
    """Decks and labs, in the order of learning, with what is known, practised and done."""
    from labs.cli.listing import print_list

    print_list(pack or (), as_json=format_ is TextOrJson.JSON)


def show(lab: options.LabName, param: options.Parameters = None, pack: options.Packs = None) -> None:
    """The brief: what to build, under which names, what it costs, and which cards it practises."""
    from labs.content.pack import open_catalog
    from labs.show import brief
    from labs.show.terminal import wants_colour

    catalog = open_catalog(pack or ())
    found = catalog.lab(lab)
    with open_history() as history:
        names = {**runtime.place(), **_names(found, param, history)}
    typer.echo(brief.render_brief(found, names, catalog.decks(), runtime.width(), colour=wants_colour()))


def start(
    lab: options.LabName,
    param: options.Parameters = None,
    exam: Annotated[bool, typer.Option("--exam", help="No hints in this attempt.")] = False,
    profile: options.Profile = None,
    region: options.Region = None,
    endpoint_url: options.EndpointUrl = None,
    sandbox: options.UseSandbox = False,
    pack: options.Packs = None,
) -> None:
    """Begin an attempt; its names are remembered. A lab that begins with something broken says how to set that up."""
    from labs.content.pack import open_catalog
    from labs.store.queries import attempt_event
    from labs.verify.runner import check_parameters

    catalog = open_catalog(pack or ())
    found = catalog.lab(lab)
    given = options.parameters(param)
    check_parameters(found, given)
    connection = options.connection(profile, region, endpoint_url, sandbox)
    if found.script("start"):
        _refuse_second_start(catalog, found, given, connection)
        _set_up(found, given, sandbox)
    standing = _standing(catalog, found, given, connection)
    with open_history() as history:
        history.store.append(
            attempt_event(history.new_event, lab, exam=exam, parameters=given, standing=standing)
        )
    typer.echo(f"Started {lab}: {found.task.title}. See what to build: labs show {lab}")
    if standing:
        typer.echo(f"Already passed: {', '.join(standing)}.")


def hint(
    lab: options.LabName,
    objective: Annotated[
        str | None,
        typer.Argument(
            metavar="[OBJECTIVE]",
            help="For this objective; else the first one that fails.",
            autocompletion=options.complete_objective,
        ),
    ] = None,
    pack: options.Packs = None,
) -> None:
    """The next hint, for what the last check saw; each one says a little more."""
    from labs.content.pack import open_catalog
    from labs.show import hints
    from labs.store import queries

    found = open_catalog(pack or ()).lab(lab)
    with open_history() as history:
        store = history.store
        attempt = queries.current_attempt(store, lab)
        if queries.is_exam(attempt):
            raise UsageError(f"this attempt at {lab} is an exam: `labs start {lab}` begins one with hints")
        last = queries.last_seen(store, lab)
        chosen = hints.choose(found, objective, last.result if last else None)
        level = min(queries.hints_opened(store, lab).get(chosen, 0) + 1, len(found.goal(chosen).hints))
        store.append(queries.hint_event(history.new_event, lab, chosen, level, attempt))
    typer.echo(hints.render_hint(found, chosen, level, last.result if last else None, runtime.width()))


def solution(lab: options.LabName, yes: options.Yes = False, pack: options.Packs = None) -> None:
    """The reference commands, after a confirmation."""
    from labs.content.pack import open_catalog
    from labs.show import brief
    from labs.store import queries

    found = open_catalog(pack or ()).lab(lab)
    with open_history() as history:
        if queries.is_exam(queries.current_attempt(history.store, lab)):
            raise UsageError(
                f"this attempt at {lab} is an exam: `labs start {lab}` begins one with the solution"
            )
    if not yes:
        typer.confirm("Show the whole solution? `labs hint` gives only a hint.", abort=True, err=True)
    with open_history() as history:
        history.store.append(history.new_event("solution", lab=lab))
        names = _names(found, None, history)
    typer.echo(brief.script(found, "solution", names))


def _standing(
    catalog: Catalog, lab: Lab, given: dict[str, str], connection: ConnectionOptions
) -> list[str] | None:
    """The objectives that hold before the attempt; None where that could not be looked at."""
    from labs.aws.read_only_guard import read_only_guard
    from labs.aws.session import open_session
    from labs.verdict import State
    from labs.verify.runner import Job, verify

    try:
        with read_only_guard():
            findings = (
                verify([Job(lab, catalog.verifier(lab), given)], open_session(connection)).labs[0].findings
            )
    except UsageError:
        return None
    if any(finding.state is State.INCONCLUSIVE for finding in findings):
        return None
    return [finding.id for finding in findings if finding.state is State.PASSED]


def _refuse_second_start(
    catalog: Catalog, lab: Lab, given: dict[str, str], connection: ConnectionOptions
) -> None:
    """Raises UsageError where the start state is there already; where nobody can look, nobody knows."""
    from labs.aws.read_only_guard import read_only_guard
    from labs.aws.session import open_session
    from labs.verify.runner import leftovers

    try:
        with read_only_guard():
            left = leftovers(lab, catalog.verifier(lab), given, open_session(connection))
    except (UsageError, CouldNotLook):
        return
    if left:
        raise UsageError(f"{lab.id} is set up already; to begin anew, `labs clean {lab.id}` first")


def _set_up(lab: Lab, given: dict[str, str], sandbox: bool) -> None:
    """Brings about the state with which a lab begins: in the sandbox by itself, elsewhere by the learner's hand."""
    from labs.sandbox import control
    from labs.show import brief

    names = {**lab.task.parameters, **given}
    running = control.running(runtime.home())
    if not sandbox and not (running and options.talks_to(running)):
        typer.echo("Run these commands in your account, then find out what is wrong:\n")
        typer.echo(brief.script(lab, "start", names))
        return
    from labs.sandbox.commands import aws_cli

    script = lab.script("start")
    assert script is not None
    with aws_cli() as cli:
        ran = cli.run(script, {**control.environment(options.running_sandbox()), **lab.variables(names)})
    if ran.exit_code:
        raise UsageError(f"the setup of the lab failed: {ran.output.strip()}")
    typer.echo("The sandbox is ready. Something in it is broken: find out what.")


def _names(lab: Lab, param: list[str] | None, history: History) -> dict[str, str]:
    from labs.verify.runner import check_parameters

    given = options.parameters(param)
    check_parameters(lab, given)
    return {**lab.task.parameters, **history.started_with(lab.id), **given}
