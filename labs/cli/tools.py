"""Commands `labs demo`, `labs doctor`, `labs policy` and `labs new`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from labs.cli import options, runtime
from labs.errors import UsageError


def demo(
    lab: Annotated[str, typer.Argument(metavar="[LAB]", help="Lab to play.")] = "ecs-placement",
    pack: options.Packs = None,
) -> None:
    """Play one lab in a temporary sandbox: a failed check, the solution, a passed check."""
    from labs.cli.demo import run
    from labs.content.pack import open_catalog

    catalog = open_catalog(pack or ())
    raise typer.Exit(0 if run(catalog, catalog.lab(lab), typer.echo) else 1)


def doctor(
    profile: options.Profile = None,
    region: options.Region = None,
    endpoint_url: options.EndpointUrl = None,
    sandbox: options.UseSandbox = False,
    timeout: options.Timeout = None,
    pack: options.Packs = None,
    trust: options.Trust = False,
) -> None:
    """Check credentials, account, Region, permissions and tools. Exit code 1 if something is missing."""
    from labs.cli.trust import require_trust
    from labs.content.pack import open_catalog
    from labs.doctor.checks import examine
    from labs.show import doctor_text

    catalog = open_catalog(pack or ())
    connection = options.connection(profile, region, endpoint_url, sandbox, timeout=timeout)
    require_trust(catalog.packs, connection, trust)
    points = examine(catalog, connection, runtime.home(), runtime.now)
    typer.echo(doctor_text.render_doctor(points))
    raise typer.Exit(0 if all(point.well for point in points) else 1)


def policy(labs: options.LabNames = None, pack: options.Packs = None) -> None:
    """Print the IAM policy with the read permissions that checks of these labs need. Default: all labs."""
    from labs.aws.pack_checks import verifier_of
    from labs.aws.policy import least_policy
    from labs.content.pack import open_catalog
    from labs.show import verdict_json

    catalog = open_catalog(pack or ())
    chosen = [catalog.lab(name) for name in labs] if labs else catalog.all()
    reads = {read for lab in chosen for read in verifier_of(catalog, lab).reads}
    typer.echo(verdict_json.dumps(least_policy(reads)))


def new(
    lab: Annotated[
        str | None,
        typer.Argument(metavar="[LAB]", help="Name of the new lab: lowercase letters, digits and hyphens."),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            "--pack", metavar="DIR", help="Add the lab to the pack in DIR. DIR is created if needed."
        ),
    ] = None,
    package: Annotated[
        Path | None,
        typer.Option("--package", metavar="DIR", help="Create an installable pack in DIR."),
    ] = None,
    deck: Annotated[
        Path | None,
        typer.Option("--deck", metavar="FILE", help="Deck that the lab is for. --package copies it."),
    ] = None,
    card: Annotated[
        int, typer.Option("--card", metavar="LINE", min=1, help="Line of the card that it practices.")
    ] = 1,
) -> None:
    """Create a lab from a template, or an installable pack: brief, hints, check, solution and one mistake."""
    from labs.author.scaffold import card_at, check_name, scaffold, scaffold_package

    if (folder is None) == (package is None) or not (lab or package):
        raise UsageError(
            "a new lab needs --pack DIR; an installable pack --package DIR, with or without a lab"
        )
    practises = card_at(deck, card) if deck else None
    if lab:
        check_name(lab, "a lab's")
    if package:
        folder, written = scaffold_package(package, deck)
        for path in written:
            typer.echo(str(path))
    assert folder is not None, "either --pack or --package is given"
    for path in scaffold(folder, lab, practises) if lab else ():
        typer.echo(str(path))
    typer.echo(f"\nNext: labs test {lab} --pack {folder}" if lab else f"\nNext: labs new LAB --pack {folder}")
