"""Options and helpers that the commands of `labs workshop` share: roster, seats, ledger, output."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labs.cli import options, runtime
from labs.errors import UsageError

if TYPE_CHECKING:
    from labs.aws.session import ConnectionOptions
    from labs.content.pack import Catalog
    from labs.workshop.ledger import Ledger
    from labs.workshop.roster import Roster, Seat
    from labs.workshop.seat_checker import SeenBySeat

JOBS = 16
"""Accounts that are read at the same time."""

RosterFile = Annotated[Path, typer.Argument(metavar="ROSTER", help="Roster file, TOML or CSV.")]
Every = Annotated[
    float,
    typer.Option(
        "--every",
        metavar="SECONDS",
        min=1,
        callback=options.number,
        help="Start a round every SECONDS.",
    ),
]
Web = Annotated[bool, typer.Option("--web", help="Show the board in the browser.")]


def chosen_labs(catalog: Catalog, roster: Roster, names: list[str]) -> list[str]:
    """The labs named on the command line, or else in the roster, or else all."""
    wanted = list(dict.fromkeys(names or roster.labs))
    return wanted or [lab.id for lab in catalog.all()]


def open_ledger(path: Path, roster: Roster, *, create: bool = False) -> Ledger:
    """The ledger of a workshop: in the database of LABS_DATABASE_URL, or in a file in the learner's folder.

    With `create`, a workshop without an id gets one: only commands that store something do so.
    """
    from labs.workshop.database import open_database
    from labs.workshop.identity import workshop_id
    from labs.workshop.ledger import Ledger

    name = workshop_id(path, roster, create=create) or ""
    file = runtime.home() / "workshops.db"
    return Ledger(open_database(os.environ.get("LABS_DATABASE_URL"), file), name)


def chosen_seats(people: Roster, names: list[str] | None) -> list[Seat]:
    """The seats with these names, or all. Raises UsageError for an unknown name."""
    from labs.sdk import near

    by_name = {seat.name: seat for seat in people.seats}
    for name in names or ():
        if name not in by_name:
            close = near(name, by_name, at_most=2)
            meant = f": did you mean {' or '.join(close)}?" if close else ""
            raise UsageError(f"there is no seat {name!r} in this roster{meant}")
    return [by_name[name] for name in dict.fromkeys(names)] if names else list(by_name.values())


def seen_by_seat(path: Path, people: Roster, labs: Sequence[str]) -> SeenBySeat:
    """The ids of resources that the last check of each seat identified."""
    from labs.verify.identified import identified

    ledger = open_ledger(path, people)
    found = {}
    for seat in people.seats:
        last = ledger.result(seat.name, labs, seat.known_account)
        found[seat.name] = {lab.lab: identified(lab.findings) for lab in last.labs} if last else {}
    return found


def write_scripts(folder: Path, texts: Mapping[str, str]) -> None:
    """Writes a script for each learner, by seat name. Raises LabsError if the folder cannot be written."""
    from labs.cli import options
    from labs.show.file_names import file_names

    options.make_folder(folder)
    for name, file in file_names(texts).items():
        options.write(folder / f"{file}.sh", texts[name].encode())
    warn(f"{len(texts)} scripts are in {folder}")


def warn(message: str) -> None:
    """Writes a message to standard error as one line."""
    from labs.show.wording import one_line

    typer.echo(f"labs: {one_line(message)}", err=True)


def write_out(chunks: Iterable[str]) -> None:
    """Writes the parts of a document to standard output."""
    sys.stdout.writelines(chunks)
    sys.stdout.flush()


def own_account(connection: ConnectionOptions) -> str:
    """The account ID of the caller's credentials. Raises UsageError if AWS cannot identify them."""
    from labs.aws.faults import reason
    from labs.aws.read_only_guard import read_only_guard
    from labs.aws.session import open_session

    with read_only_guard():
        session = open_session(connection)
        session.identify()
        fault = session.fault()
        if fault:
            raise UsageError(f"Cannot read your account ID ({reason(fault).text}). Set --principal")
        return session.account_id()
