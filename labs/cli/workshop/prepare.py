"""`labs workshop prepare`: what brings a learner who fell behind to the start of a lab."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labs.cli import options
from labs.cli.workshop.options import RosterFile, warn
from labs.errors import UsageError

if TYPE_CHECKING:
    from labs.content.lab import Lab
    from labs.content.pack import Catalog
    from labs.workshop.roster import Roster, Seat


def prepare(
    roster: RosterFile,
    lab: options.LabName,
    seat: Annotated[
        list[str] | None, typer.Option("--seat", metavar="NAME", help="For this learner; else for all.")
    ] = None,
    solved: Annotated[bool, typer.Option("--solved", help="Also solve the labs that it builds on.")] = False,
    world: Annotated[
        Path | None,
        typer.Option("--world", metavar="FILE", help="Make a world for `labs sandbox load` instead."),
    ] = None,
    region: options.Region = None,
    pack: options.Packs = None,
) -> None:
    """Bring a learner who fell behind to the start of a lab.

    Prints the commands, in the learner's own names, to be run with the learner's own credentials; with --world, runs
    them in a sandbox of its own and keeps that. No account is touched.
    """
    from labs.content.pack import open_catalog
    from labs.workshop.roster import read_roster

    catalog = open_catalog(pack or ())
    found = catalog.lab(lab)
    seats = _chosen(read_roster(roster), seat)
    if world is not None:
        _make_world(catalog, found, seats, solved, world)
    elif not _print_commands(catalog, found, seats, solved, region):
        raise typer.Exit(2)


def _chosen(people: Roster, names: list[str] | None) -> list[Seat]:
    """The seats of these names, or all. Raises UsageError for a name that is not there."""
    from labs.sdk import near

    by_name = {seat.name: seat for seat in people.seats}
    for name in names or ():
        if name not in by_name:
            close = near(name, by_name, at_most=2)
            meant = f": did you mean {' or '.join(close)}?" if close else ""
            raise UsageError(f"there is no seat {name!r} in this roster{meant}")
    return [by_name[name] for name in dict.fromkeys(names)] if names else list(by_name.values())


def _print_commands(catalog: Catalog, lab: Lab, seats: list[Seat], solved: bool, region: str | None) -> bool:
    """A script for each learner; one that cannot be written spoils no other. Whether all could be."""
    from labs.show import catch_up_text
    from labs.workshop.catch_up import required, steps

    before = required(catalog, lab)
    written = True
    for seat in seats:
        where = seat.region or region
        try:
            todo = steps(catalog, lab, seat, seat.known_account, where, solved=solved)
            lines = list(catch_up_text.script(seat, lab, todo, where))
        except UsageError as error:
            written = False
            warn(f"{seat.name}: {error}")
        else:
            typer.echo("\n".join([*lines, ""]))
    if before and not solved:
        warn(f"{lab.id} builds on {', '.join(each.id for each in before)}: --solved does them too")
    return written


def _make_world(catalog: Catalog, lab: Lab, seats: list[Seat], solved: bool, file: Path) -> None:
    """Keeps what a sandbox holds after the steps. Raises UsageError where it would be another one for each seat."""
    from labs.sandbox import control
    from labs.workshop.catch_up import make_world, steps

    with control.throw_away() as sandbox:
        plans = [steps(catalog, lab, seat, sandbox.account, sandbox.region, solved=solved) for seat in seats]
        if any(plan != plans[0] for plan in plans):
            raise UsageError("not all seats have the same names: --seat says for whom the world is")
        make_world(plans[0], sandbox)
        control.save(sandbox.home, file)
    typer.echo(f"The start of {lab.id} is kept in {file}: `labs sandbox load {file}` puts it into a sandbox.")
