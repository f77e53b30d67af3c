"""What the commands of `labs workshop` share: the roster, the labs that it is about, where rounds are kept."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labs.cli import runtime

if TYPE_CHECKING:
    from labs.content.pack import Catalog
    from labs.workshop.ledger import Ledger
    from labs.workshop.roster import Roster

RosterFile = Annotated[Path, typer.Argument(metavar="ROSTER", help="Who takes part: a TOML or CSV file.")]


def chosen_labs(catalog: Catalog, roster: Roster, names: list[str]) -> list[str]:
    """The labs that the line names, or else the roster; all of them, if neither does."""
    wanted = list(dict.fromkeys(names or roster.labs))
    return wanted or [lab.id for lab in catalog.all()]


def open_ledger(path: Path, roster: Roster, *, create: bool = False) -> Ledger:
    """Where the rounds of a workshop are kept: the database of LABS_DATABASE_URL, or a file of this machine.

    Only where a round is about to start, `create` gives a workshop without an id one.
    """
    from labs.workshop.database import open_database
    from labs.workshop.identity import workshop_id
    from labs.workshop.ledger import Ledger

    name = workshop_id(path, roster, create=create) or ""
    file = runtime.home() / "workshops.db"
    return Ledger(open_database(os.environ.get("LABS_DATABASE_URL"), file), name)


def warn(message: str) -> None:
    """Tells something on standard error, on one line, whatever is in it."""
    from labs.show.board_text import one_line

    typer.echo(f"labs: {one_line(message)}", err=True)


def write_out(chunks: Iterable[str]) -> None:
    """Prints a document piece by piece."""
    sys.stdout.writelines(chunks)
    sys.stdout.flush()
