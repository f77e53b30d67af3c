"""The projector page: large print, without names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from labs.web.board.lab_texts import LabText
from labs.web.board.people import Person, counted, percent, room_bar
from labs.web.board.room import hardest, natural
from labs.workshop.board_source import BoardState
from labs.workshop.roster import Roster

MAX_ON_PROJECTOR = 4
MAX_SEATS = 72
"""Maximum number of seats with a field of their own; beyond it, each group has a bar."""


@dataclass(frozen=True, slots=True)
class SeatField:
    """A seat on the projector, under its number or the alias that the roster gives it."""

    label: str
    person: Person


@dataclass(frozen=True, slots=True)
class GroupBar:
    """A group on the projector, and its part of all objectives by style class."""

    name: str
    parts: Sequence[tuple[str, int]]
    percent: int


def projector_page(
    state: BoardState, people: Sequence[Person], labs: Sequence[LabText], roster: Roster
) -> dict[str, Any]:
    """The template context of the projector, without names."""
    bar = room_bar(people, labs)
    seats = [] if len(people) > MAX_SEATS else sorted(people, key=lambda each: each.seat)
    aliases = [seat.extra.get("alias", "") for seat in roster.seats]
    return {
        "counts": counted(people),
        "bar": bar,
        "percent": percent(bar),
        "seats": [SeatField(aliases[each.seat - 1] or f"seat {each.seat}", each) for each in seats],
        "groups": [] if seats else _group_bars(people, labs),
        "hardest": hardest(state, labs, MAX_ON_PROJECTOR),
        "labs_total": len(labs),
    }


def _group_bars(people: Sequence[Person], labs: Sequence[LabText]) -> list[GroupBar]:
    found = []
    for name in sorted({each.group for each in people}, key=natural):
        parts = room_bar([each for each in people if each.group == name], labs)
        found.append(GroupBar(name, parts, percent(parts)))
    return found
