"""`labs workshop note`: stores breaks, help and snoozes, which all boards of the workshop show."""

from __future__ import annotations

import os
from datetime import timedelta
from enum import StrEnum
from typing import Annotated

import typer

from labs.cli import options, runtime
from labs.cli.workshop.options import RosterFile, open_ledger
from labs.errors import UsageError


class Note(StrEnum):
    """The kinds of notes."""

    BREAK = "break"
    RESUME = "resume"
    HELPED = "helped"
    SNOOZE = "snooze"


def note(
    roster: RosterFile,
    what: Annotated[
        Note,
        typer.Argument(
            metavar="WHAT", help="break (all clocks stop), resume, helped or snooze (with --seat)."
        ),
    ],
    seat: Annotated[str | None, typer.Option("--seat", metavar="NAME", help="The learner.")] = None,
    minutes: Annotated[
        float | None,
        typer.Option(
            "--minutes",
            metavar="N",
            min=1,
            callback=options.number,
            help="Duration. A break without it lasts until resume.",
        ),
    ] = None,
    by: Annotated[
        str | None, typer.Option("--by", metavar="NAME", help="Your name. Default: your login.")
    ] = None,
) -> None:
    """Record a break of the room, help for a learner, or a snooze."""
    from labs.workshop.events import Event, EventKind
    from labs.workshop.roster import read_roster

    people, now = read_roster(roster), runtime.now()
    about_seat = what in (Note.HELPED, Note.SNOOZE)
    if about_seat and all(each.name != seat for each in people.seats):
        raise UsageError(f"{what.value} needs --seat with a name of this roster")
    if not about_seat and seat is not None:
        raise UsageError(f"{what.value} is for the whole room: leave --seat out")
    ledger = open_ledger(roster, people, create=True)
    if what is Note.RESUME:
        ledger.end_break(now)
        typer.echo("The break is over. All clocks run.")
        return
    length = 10.0 if minutes is None and what is Note.SNOOZE else minutes
    kind = {Note.BREAK: EventKind.BREAK, Note.HELPED: EventKind.HELPED, Note.SNOOZE: EventKind.SNOOZED}[what]
    until = now + timedelta(minutes=length) if length and what is not Note.HELPED else None
    ledger.add_event(Event(kind, seat or "", by or os.environ.get("USER") or "an instructor", now, until))
    typer.echo(_recorded(what, seat or "", length))


def _recorded(what: Note, seat: str, minutes: float | None) -> str:
    if what is Note.BREAK:
        return "All clocks stop" + (
            f" for {minutes:g} min." if minutes else ". Resume: labs workshop note ROSTER resume"
        )
    return f"{seat}: helped." if what is Note.HELPED else f"{seat}: snoozed for {minutes:g} min."
