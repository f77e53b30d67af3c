"""View models of learners on the board: state, progress, and a cell for each lab."""

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

STATES = {
    Status.STUCK: ("stuck", "alert"),
    Status.CANNOT_LOOK: ("look", "q"),
    Status.SLOW: ("active", "play"),
    Status.ACTIVE: ("active", "play"),
    Status.NOT_STARTED: ("none", "ring"),
    Status.NOT_REACHED: ("none", "ring"),
    Status.ABSENT: ("absent", "minus"),
    Status.DONE: ("done", "check"),
}
"""State (also the style class) and icon for each status."""
TILES = ("stuck", "active", "done", "none", "absent", "look")
"""The states in the order of their tiles, which count them and filter by them."""
GROUP_SIZE = 25


@dataclass(frozen=True, slots=True)
class CellView:
    """A score in one lab: style class, width of the bar in percent, text, mark, and label for screen readers."""

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
            CellView(lab, *_cell_text(cell, lab.total, self.state if cell.lab == at_work else ""))
            for lab, cell in zip(self.labs, self.row.cells, strict=True)
        ]

    @property
    def needs_help(self) -> bool:
        """Whether the learner is stuck and not snoozed."""
        return self.state == "stuck" and not self.row.snoozed

    @property
    def fills(self) -> int:
        """The share of labs done, in percent, rounded to tens."""
        return round(10 * self.done / len(self.labs)) * 10 if self.labs else 0


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group of learners: everyone, and those whose rows are shown."""

    name: str
    everyone: Sequence[Person]
    people: Sequence[Person]

    @property
    def stuck(self) -> int:
        """The number of learners who need help."""
        return sum(each.needs_help for each in self.everyone)

    @property
    def average(self) -> str:
        """The average number of labs done."""
        return f"{sum(each.done for each in self.everyone) / len(self.everyone):.1f}"

    @property
    def cells(self) -> list[CellView]:
        """A cell for each lab."""
        labs = self.everyone[0].labs
        return [_group_cell(lab, number, self.everyone) for number, lab in enumerate(labs)]


def people_of(
    state: BoardState, roster: Roster, labs: Sequence[LabText], before: Sequence[Person] = ()
) -> list[Person]:
    """The learners in the order of need. Unchanged learners are reused from `before`."""
    numbers = {seat.name: number for number, seat in enumerate(roster.seats, 1)}
    groups, known = groups_of(roster), {each.name: each for each in before}
    return [
        known[row.name]
        if row.name in known and known[row.name].row is row
        else _person(row, numbers[row.name], groups[row.name], labs)
        for row in state.board.rows
    ]


def groups_of(roster: Roster) -> dict[str, str]:
    """The group of each seat: the roster's column `group`, or else every GROUP_SIZE seats."""
    if any(seat.extra.get("group") for seat in roster.seats):
        return {seat.name: seat.extra.get("group") or "no group" for seat in roster.seats}
    last = len(roster.seats)
    found = {}
    for number, seat in enumerate(roster.seats):
        first = number // GROUP_SIZE * GROUP_SIZE + 1
        found[seat.name] = f"seats {first}-{min(first + GROUP_SIZE - 1, last)}"
    return found


def _person(row: Row, seat: int, group: str, labs: Sequence[LabText]) -> Person:
    state, icon = STATES[row.status]
    words = WORDS[row.status]
    if row.status is Status.STUCK:
        words = f"stuck {duration(row.idle)}"
    if row.snoozed and row.status is Status.STUCK:
        words = "snoozed"
    done = sum(cell.passed for cell in row.cells)
    objectives = sum(cell.score for cell in row.cells)
    return Person(seat, row.name, group, row, state, icon, words, done, objectives, labs)


@lru_cache(8192)
def _cell_text(cell: Cell, usual: int, at_work: str) -> tuple[str, int, str, str, str]:
    """Style, width, text, mark and label of a score; `at_work` is the learner's state if they work on this lab."""
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
    """The number of learners in a group who have done a lab, marked if two or more are stuck in it."""
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
    """The number of objectives by style class: passed, last known, stuck on, in progress, not started."""
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
    """The share of objectives that have passed, as far as known, in percent."""
    whole, known = sum(number for _, number in parts), dict(parts)
    return 100 * (known["pass"] + known["look"]) // whole if whole else 0


def minutes(span: timedelta | None) -> int | None:
    """A time in whole minutes."""
    return None if span is None else int(span.total_seconds() // 60)


def counted(people: Sequence[Person]) -> Mapping[str, int]:
    """The number of learners in each state."""
    found = dict.fromkeys(TILES, 0)
    for person in people:
        found[person.state] += 1
    return found
