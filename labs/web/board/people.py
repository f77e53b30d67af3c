"""The learners of a board as its pages show them: state, progress, and a cell for each lab."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from labs.show.board_text import WORDS, duration
from labs.web.board.lab_texts import LabText
from labs.workshop.board import Row, Status
from labs.workshop.board_source import BoardState
from labs.workshop.roster import Roster
from labs.workshop.seat_result import Cell

LOOKS = {
    Status.STUCK: ("stuck", "alert"),
    Status.CANNOT_LOOK: ("look", "q"),
    Status.SLOW: ("active", "play"),
    Status.ACTIVE: ("active", "play"),
    Status.NOT_STARTED: ("none", "ring"),
    Status.NOT_REACHED: ("none", "ring"),
    Status.ABSENT: ("absent", "minus"),
    Status.DONE: ("done", "check"),
}
"""The style class and the sign of each status."""
TILES = ("stuck", "active", "done", "none", "absent", "look")
"""The states that pages count and filter by, in their order on the page."""
GROUP_SIZE = 25


@dataclass(frozen=True, slots=True)
class CellView:
    """A learner's score in one lab: its style class, the part of the bar that is filled, and the words for it."""

    lab: LabText
    style: str
    width: int
    text: str
    mark: str
    says: str


@dataclass(frozen=True, slots=True)
class Person:
    """A learner on the board."""

    seat: int
    name: str
    group: str
    row: Row
    state: str
    icon: str
    words: str
    done: int
    objectives: int
    labs: Sequence[LabText]

    @property
    def cells(self) -> list[CellView]:
        """A cell for each lab."""
        at_work = self.row.lab
        return [
            CellView(lab, *_shown(cell, lab.total, self.state if cell.lab == at_work else ""))
            for lab, cell in zip(self.labs, self.row.cells, strict=True)
        ]

    @property
    def needs_help(self) -> bool:
        """Whether the learner is stuck, and nobody has put it off."""
        return self.state == "stuck" and not self.row.snoozed

    @property
    def fills(self) -> int:
        """The part of the labs that is done, in steps of ten percent."""
        return round(10 * self.done / len(self.labs)) * 10 if self.labs else 0


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group of learners, those of them that are shown, and how many have done each lab."""

    name: str
    everyone: Sequence[Person]
    people: Sequence[Person]

    @property
    def stuck(self) -> int:
        """The number of those who need help."""
        return sum(each.needs_help for each in self.everyone)

    @property
    def average(self) -> str:
        """The labs that one of them has done, on average."""
        return f"{sum(each.done for each in self.everyone) / len(self.everyone):.1f}"

    @property
    def cells(self) -> list[CellView]:
        """A cell for each lab."""
        labs = self.everyone[0].labs
        return [_group_cell(lab, number, self.everyone) for number, lab in enumerate(labs)]


def people_of(
    state: BoardState, roster: Roster, labs: Sequence[LabText], before: Sequence[Person] = ()
) -> list[Person]:
    """The learners, in the board's order: who needs help most comes first. Those of before whose rows stay, stay."""
    numbers = {seat.name: number for number, seat in enumerate(roster.seats, 1)}
    groups, known = groups_of(roster), {each.name: each for each in before}
    return [
        known[row.name]
        if row.name in known and known[row.name].row is row
        else _person(row, numbers[row.name], groups[row.name], labs)
        for row in state.board.rows
    ]


def groups_of(roster: Roster) -> dict[str, str]:
    """The group of each seat: the roster's own column `group`, or as many seats as fit a table, in order."""
    if any(seat.extra.get("group") for seat in roster.seats):
        return {seat.name: seat.extra.get("group") or "no group" for seat in roster.seats}
    last = len(roster.seats)
    found = {}
    for number, seat in enumerate(roster.seats):
        first = number // GROUP_SIZE * GROUP_SIZE + 1
        found[seat.name] = f"seats {first}-{min(first + GROUP_SIZE - 1, last)}"
    return found


def _person(row: Row, seat: int, group: str, labs: Sequence[LabText]) -> Person:
    state, icon = LOOKS[row.status]
    words = WORDS[row.status]
    if row.status is Status.STUCK:
        words = f"stuck {duration(row.idle)}"
    if row.snoozed and row.status is Status.STUCK:
        words = "snoozed"
    done = sum(cell.passed for cell in row.cells)
    objectives = sum(cell.score for cell in row.cells)
    return Person(seat, row.name, group, row, state, icon, words, done, objectives, labs)


@lru_cache(8192)
def _shown(cell: Cell, usual: int, at_work: str) -> tuple[str, int, str, str, str]:
    """How a score is shown; `at_work` is the state of a learner who works on this lab now."""
    total = cell.total or usual
    text, width = f"{cell.score}/{total}", round(10 * cell.score / total) * 10 if total else 0
    if cell.unseen and (cell.score or at_work):
        if cell.passed:
            return "p", 100, text, "", "passed when it was last checked"
        when = f" at {cell.as_of.astimezone():%H:%M}" if cell.as_of else ""
        return "q", width, text, "?", f"last known{when}"
    if cell.passed:
        return "p", 100, text, "", "passed"
    if not cell.score and at_work not in ("stuck", "active"):
        return "o", 0, "·", "", "not started"
    width = max(width, 10) if cell.score else 0
    return ("x", width, text, "!", "stuck") if at_work == "stuck" else ("", width, text, "", "in progress")


def _group_cell(lab: LabText, number: int, own: Sequence[Person]) -> CellView:
    """How many of a group have done a lab; marked where two or more are stuck in it."""
    scores = [each.row.cells[number] for each in own]
    done = sum(each.passed for each in scores)
    stuck = sum(each.state == "stuck" and each.row.lab == lab.id for each in own)
    width = round(10 * done / len(own)) * 10
    says = f"{done} of {len(own)} done" + (f", {stuck} stuck" if stuck else "")
    if stuck > 1:
        return CellView(lab, "x", width, str(done), "!", says)
    if not any(each.score for each in scores):
        return CellView(lab, "o", 0, "·", "", "not started")
    return CellView(lab, "p" if done == len(own) else "", width, str(done), "", says)


def room_bar(people: Sequence[Person], labs: Sequence[LabText]) -> list[tuple[str, int]]:
    """The objectives of the whole room by style class: passed, last known, stuck on, in progress, not started."""
    counts = dict.fromkeys(("pass", "look", "fail", "mid", "none"), 0)
    for person in people:
        counts["look" if person.state == "look" else "pass"] += person.objectives
        failing = len(person.row.failing)
        if person.state in ("stuck", "active"):
            counts["fail" if person.state == "stuck" else "mid"] += failing
    whole = len(people) * sum(lab.total for lab in labs)
    counts["none"] = max(whole - sum(counts.values()), 0)
    return list(counts.items())


def percent(parts: Sequence[tuple[str, int]]) -> int:
    """The part of all objectives that has passed, as far as is known."""
    whole, known = sum(number for _, number in parts), dict(parts)
    return 100 * (known["pass"] + known["look"]) // whole if whole else 0


def minutes(span: timedelta | None) -> int | None:
    """A time in whole minutes."""
    return None if span is None else int(span.total_seconds() // 60)


def counted(people: Sequence[Person]) -> Mapping[str, int]:
    """How many learners are in each state."""
    found = dict.fromkeys(TILES, 0)
    for person in people:
        found[person.state] += 1
    return found
