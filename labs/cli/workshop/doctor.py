"""`labs workshop doctor`: opens every seat's account once, and reports what is missing."""

from __future__ import annotations

import typer

from labs.cli import options
from labs.cli.workshop.options import JOBS, RosterFile, chosen_labs
from labs.errors import CouldNotLook


def doctor(
    roster: RosterFile,
    labs: options.LabNames = None,
    region: options.Region = None,
    endpoint_url: options.EndpointUrl = None,
    sandbox: options.UseSandbox = False,
    pack: options.Packs = None,
) -> None:
    """Open every seat's account once, and show what is missing. Runs no checks.

    Exit code: 0 all can be opened, 3 some cannot.
    """
    from concurrent.futures import ThreadPoolExecutor

    from labs.aws.read_only_guard import read_only_guard
    from labs.content.pack import open_catalog
    from labs.show.seat_access_text import seat_lines
    from labs.workshop.roster import read_roster
    from labs.workshop.seat_checker import SeatChecker, WorkerLimits

    people, catalog = read_roster(roster), open_catalog(pack or ())
    connection = options.connection(None, region, endpoint_url, sandbox)
    with read_only_guard(), ThreadPoolExecutor(JOBS) as pool:
        checker = SeatChecker(
            catalog, chosen_labs(catalog, people, labs or []), connection, WorkerLimits(JOBS)
        )
        found = list(pool.map(checker.reach, people.seats))
    typer.echo("\n".join(seat_lines(found)))
    raise typer.Exit(CouldNotLook.exit_code if any(each.error for each in found) else 0)
