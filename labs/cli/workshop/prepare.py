"""`labs workshop prepare`: scripts or a sandbox state that bring a learner to the start of a lab."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labs.cli import options
from labs.cli.workshop.options import RosterFile, chosen_seats, open_ledger, warn, write_scripts
from labs.errors import UsageError

if TYPE_CHECKING:
    from labs.aws.session import ConnectionOptions
    from labs.content.lab import Lab
    from labs.content.pack import Catalog
    from labs.sdk import Leftover
    from labs.workshop.roster import Roster, Seat
    from labs.workshop.seat_result import Standing


SeatNames = Annotated[
    list[str] | None, typer.Option("--seat", metavar="NAME", help="Prepare this learner only.")
]
Solved = Annotated[bool, typer.Option("--solved", help="Also solve the labs that this lab requires.")]
WorldFile = Annotated[
    Path | None,
    typer.Option("--world", metavar="FILE", help="Write a sandbox state for `labs sandbox load` instead."),
]
ScriptsFolder = Annotated[
    Path | None,
    typer.Option(
        "--scripts", metavar="DIR", help="Write a file for each learner to DIR instead of printing."
    ),
]


def prepare(
    roster: RosterFile,
    lab: options.LabName,
    seat: SeatNames = None,
    solved: Solved = False,
    world: WorldFile = None,
    scripts: ScriptsFolder = None,
    region: options.Region = None,
    endpoint_url: options.EndpointUrl = None,
    sandbox: options.UseSandbox = False,
    pack: options.Packs = None,
    trust: options.Trust = False,
) -> None:
    """Bring a learner who fell behind to the start of a lab.

    Prints commands with the learner's names, which the learner runs. With --world, runs them in a sandbox of its own
    and saves its state. Labs that passed at the last check are left alone. Leftovers of other labs are removed before
    these are solved, so the account is read. Nothing is changed in it.
    """
    from labs.content.pack import open_catalog
    from labs.workshop.catch_up import required
    from labs.workshop.roster import read_roster

    catalog = open_catalog(pack or ())
    found = catalog.lab(lab)
    people = read_roster(roster)
    seats = chosen_seats(people, seat)
    if world is not None:
        _make_world(catalog, found, seats, solved, world)
        return
    connection = options.connection(None, region, endpoint_url, sandbox)
    plan = _Plan(roster, people, catalog, found, connection, solved, trust)
    texts = _texts(plan, seats)
    if scripts is not None:
        write_scripts(scripts, texts)
    elif texts:
        typer.echo("\n".join(texts.values()))
    before = required(catalog, found)
    if before and not solved:
        warn(f"{lab} requires {', '.join(each.id for each in before)}: add --solved to solve them first")
    if len(texts) < len(seats):
        raise typer.Exit(2)


@dataclass(frozen=True, slots=True)
class _Plan:
    """The options of the command: the lab, the roster, and how accounts are read."""

    roster: Path
    people: Roster
    catalog: Catalog
    lab: Lab
    connection: ConnectionOptions
    solved: bool
    trust: bool


def _texts(plan: _Plan, seats: list[Seat]) -> dict[str, str]:
    """The script of each seat, by name. A seat whose script cannot be written is left out, with a warning."""
    from labs.workshop.identity import accounts_of, current_standings

    ledger = open_ledger(plan.roster, plan.people)
    standings = current_standings(ledger.standings(), accounts_of(plan.people, ledger.seats()))
    texts = {}
    for seat in seats:
        try:
            texts[seat.name] = _script(plan, seat, standings[seat.name])
        except UsageError as error:
            warn(f"{seat.name}: {error}")
    return texts


def _script(plan: _Plan, seat: Seat, known: dict[str, Standing]) -> str:
    """The script of one seat. Raises UsageError if it cannot be written."""
    from labs.show import catch_up_text
    from labs.workshop.catch_up import left_alone, required, steps

    where = seat.region or plan.connection.region
    wanted = {plan.lab.id, *(each.id for each in required(plan.catalog, plan.lab))}
    known = {name: each for name, each in known.items() if name in wanted}
    left = _leftovers_of_unfinished(plan, seat, known) if plan.solved else {}
    todo = steps(
        plan.catalog, plan.lab, seat, seat.known_account, where, solved=plan.solved, known=known, left=left
    )
    kept = left_alone(plan.lab, known) if plan.solved or plan.lab.id in known else []
    return "\n".join([*catch_up_text.script(seat, plan.lab, todo, where, kept), ""])


def _leftovers_of_unfinished(
    plan: _Plan, seat: Seat, known: dict[str, Standing]
) -> dict[str, list[Leftover]]:
    """The leftovers of unfinished labs, by lab. Raises UsageError if the account cannot be read."""
    from labs.cli.trust import require_trust
    from labs.cli.workshop.clean import find_leftovers
    from labs.workshop.catch_up import to_remove, unfinished

    labs = unfinished(plan.catalog, plan.lab, known)
    if not labs:
        return {}
    require_trust({plan.catalog.labs[name]: None for name in known}, plan.connection, plan.trust)
    names = list(known)
    [found] = find_leftovers(plan.roster, plan.people, plan.catalog, names, [seat], plan.connection)
    if found.error:
        raise UsageError(f"the resources of {', '.join(labs)} cannot be read: {found.error}")
    return to_remove(labs, found.labs)


def _make_world(catalog: Catalog, lab: Lab, seats: list[Seat], solved: bool, file: Path) -> None:
    """Saves the state of a sandbox after the steps. Raises UsageError if the seats need different states."""
    from labs.sandbox import control
    from labs.workshop.catch_up import make_world, steps

    with control.throw_away() as sandbox:
        plans = [steps(catalog, lab, seat, sandbox.account, sandbox.region, solved=solved) for seat in seats]
        if any(plan != plans[0] for plan in plans):
            raise UsageError("not all seats have the same names: --seat says for whom the world is")
        make_world(plans[0], sandbox)
        control.save(sandbox.home, file)
    typer.echo(f"Saved the start of {lab.id} to {file}. Load it: labs sandbox load {file}")
