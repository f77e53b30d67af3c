"""`labs workshop clean`: lists leftovers in all accounts of a workshop, their cost, and the commands to remove them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labs.cli import options, runtime
from labs.cli.options import TextOrJson
from labs.cli.workshop.options import JOBS, RosterFile, chosen_labs, chosen_seats, seen_by_seat, write_scripts
from labs.errors import CouldNotLook

if TYPE_CHECKING:
    from labs.aws.session import ConnectionOptions
    from labs.content.pack import Catalog
    from labs.workshop.roster import Roster, Seat
    from labs.workshop.seat_checker import SeatLeftovers


SeatNames = Annotated[
    list[str] | None, typer.Option("--seat", metavar="NAME", help="Check this learner only.")
]
ScriptsFolder = Annotated[
    Path | None,
    typer.Option(
        "--scripts",
        metavar="DIR",
        help="Write the commands that remove it to DIR, one file for each learner.",
    ),
]


def clean(
    roster: RosterFile,
    labs: options.LabNames = None,
    seat: SeatNames = None,
    scripts: ScriptsFolder = None,
    region: options.Region = None,
    endpoint_url: options.EndpointUrl = None,
    sandbox: options.UseSandbox = False,
    format_: options.AsTextOrJson = TextOrJson.TEXT,
    pack: options.Packs = None,
    trust: options.Trust = False,
) -> None:
    """List what the labs left behind in each account, and its cost per hour. Removes nothing.

    Learners remove it: `labs clean LAB`, or the commands of --scripts.

    Exit code: 0 all accounts could be read, 3 some could not.
    """
    from labs.cli.trust import require_trust
    from labs.content.pack import open_catalog
    from labs.show import room_clean_text
    from labs.workshop.roster import read_roster

    people, catalog = read_roster(roster), open_catalog(pack or ())
    names = chosen_labs(catalog, people, labs or [])
    connection = options.connection(None, region, endpoint_url, sandbox)
    require_trust({catalog.labs[name]: None for name in names if name in catalog.labs}, connection, trust)
    seats = chosen_seats(people, seat)
    found = find_leftovers(roster, people, catalog, names, seats, connection)
    if format_ is TextOrJson.JSON:
        typer.echo(room_clean_text.room_json(found))
    else:
        typer.echo("\n".join(room_clean_text.room_lines(found, runtime.width())))
    if scripts is not None:
        by_name = {each.name: each for each in seats}
        texts = {
            each.name: room_clean_text.removal_script(by_name[each.name], each, region)
            for each in found
            if each.things()
        }
        write_scripts(scripts, texts)
    raise typer.Exit(CouldNotLook.exit_code if any(each.error for each in found) else 0)


def find_leftovers(
    path: Path,
    people: Roster,
    catalog: Catalog,
    labs: Sequence[str],
    seats: Sequence[Seat],
    connection: ConnectionOptions,
) -> list[SeatLeftovers]:
    """The leftovers of these labs in each seat's account, found by name and by the ids from the last checks."""
    from concurrent.futures import ThreadPoolExecutor

    from labs.aws.read_only_guard import read_only_guard
    from labs.workshop.seat_checker import SeatChecker, WorkerLimits

    seen = seen_by_seat(path, people, labs)
    with read_only_guard(), ThreadPoolExecutor(JOBS) as pool:
        checker = SeatChecker(catalog, labs, connection, WorkerLimits(JOBS))

        def find(each: Seat) -> SeatLeftovers:
            return checker.leftovers(each, seen[each.name])

        return list(pool.map(find, seats))
