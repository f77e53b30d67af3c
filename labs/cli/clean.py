"""`labs clean`: lists the leftovers of a lab and the commands that remove them; removes them in the sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from labs.cli import options, runtime
from labs.cli.history import open_history
from labs.cli.options import TextOrJson

if TYPE_CHECKING:
    from labs.sdk import Leftover
    from labs.verify.cleanup.removal import Removed


def clean(
    lab: options.LabName,
    param: options.Parameters = None,
    profile: options.Profile = None,
    region: options.Region = None,
    endpoint_url: options.EndpointUrl = None,
    sandbox: options.UseSandbox = False,
    timeout: options.Timeout = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Remove them. Works only in the sandbox.")] = False,
    format_: options.AsTextOrJson = TextOrJson.TEXT,
    pack: options.Packs = None,
    trust: options.Trust = False,
) -> None:
    """List the resources that a lab left behind, what they cost, and the commands that remove them.

    Exit code with --yes: 0 if nothing is left, else 1.
    """
    from labs.aws.pack_checks import verifier_of
    from labs.aws.read_only_guard import read_only_guard
    from labs.aws.session import open_session
    from labs.cli.trust import require_trust
    from labs.content.pack import open_catalog
    from labs.doctor.sandbox_advice import sandbox_advice
    from labs.errors import CouldNotLook
    from labs.learner.clean import remove_in_sandbox
    from labs.show import clean_text
    from labs.verify.cleanup.removal import Removed
    from labs.verify.leftovers import leftovers

    catalog = open_catalog(pack or ())
    found = catalog.lab(lab)
    connection = options.connection(profile, region, endpoint_url, sandbox, timeout=timeout)
    require_trust([catalog.labs[lab]], connection, trust)
    with open_history() as history:
        given, seen = {**history.started_with(lab), **options.parameters(param)}, history.seen(lab)
    with read_only_guard():
        session = open_session(connection)
        verifier = verifier_of(catalog, found)
        try:
            left = leftovers(found, verifier, given, session, seen)
        except CouldNotLook as error:
            raise CouldNotLook(sandbox_advice(session, runtime.home()) or str(error)) from error

    def find() -> list[Leftover]:
        with read_only_guard():
            return leftovers(found, verifier, given, session.again(), seen)

    in_sandbox = session.target().kind == "sandbox"
    if format_ is TextOrJson.TEXT:
        typer.echo(clean_text.render_found(lab, left, runtime.width(), in_sandbox=in_sandbox))
    if yes:
        _report_removal(lab, remove_in_sandbox(session, find, runtime.home()), format_)
    elif format_ is TextOrJson.JSON:
        typer.echo(clean_text.clean_json(lab, Removed(found=left, left=dict.fromkeys(left, ""))))
    elif left:
        typer.echo(clean_text.render_commands(lab, left, in_sandbox=in_sandbox))


def _report_removal(lab: str, outcome: Removed, format_: TextOrJson) -> None:
    """Prints what was removed, and notes in the history that the lab is clean. Exits with 1 if something is left."""
    from labs.show import clean_text

    as_json = format_ is TextOrJson.JSON
    typer.echo(clean_text.clean_json(lab, outcome) if as_json else clean_text.render_removed(outcome))
    if outcome.left:
        raise typer.Exit(1)
    if outcome.removed:
        with open_history() as history:
            history.remember_cleaned([lab])
