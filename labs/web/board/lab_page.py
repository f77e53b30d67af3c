"""The list of labs, and the page of one lab with its objectives as columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from labs.show.board_text import duration
from labs.verdict import State
from labs.web.board.details import Details
from labs.web.board.filters import Filters
from labs.web.board.lab_texts import LabText
from labs.web.board.people import Person, minutes
from labs.web.board.room import lab_sums
from labs.workshop.board_source import BoardState
from labs.workshop.board_times import started, times_to_pass
from labs.workshop.lab_summary import median_time
from labs.workshop.seat_result import Standing

STYLES = {
    State.PASSED: ("p", "check", "passed"),
    State.FAILED: ("f", "x", "failed"),
    State.BLOCKED: ("k", "lock", "blocked"),
    State.INCONCLUSIVE: ("q", "q", "inconclusive"),
}
"""Style class, icon and word for each state of an objective."""


@dataclass(frozen=True, slots=True)
class ObjectiveCell:
    """The state of one objective of one learner."""

    objective: str
    style: str
    icon: str
    text: str


@dataclass(frozen=True, slots=True)
class LabRow:
    """A learner's objectives in one lab."""

    person: Person
    score: int
    cells: tuple[ObjectiveCell, ...]


def labs_page(state: BoardState, people: Sequence[Person], labs: Sequence[LabText]) -> dict[str, Any]:
    """The context of the template of the list of labs."""
    stuck = {lab.id: sum(_is_stuck_in(each, lab) for each in people) for lab in labs}
    return {"sums": lab_sums(state, labs), "stuck": stuck, "total": len(people)}


def lab_page(
    state: BoardState,
    people: Sequence[Person],
    labs: Sequence[LabText],
    lab: LabText,
    filters: Filters,
    details: Details,
    *,
    open_only: bool,
) -> dict[str, Any]:
    """The context of the template of one lab."""
    standings = {each.seat: each for each in started(state.standings, lab.id)}
    times = times_to_pass(details.lab_history(lab.id), state.events)
    median = state.board.summaries[lab.id].median
    rows = [
        _row(person, lab, standings[person.name])
        for person in filters.chosen(people)
        if person.name in standings
    ]
    rows.sort(key=lambda row: row.score == lab.total)  # stable: within both parts, the order of need stays
    place = [each.id for each in labs].index(lab.id)
    return {
        "lab": lab,
        "number": place + 1,
        "before": labs[place - 1] if place else None,
        "after": labs[place + 1] if place + 1 < len(labs) else None,
        "rows": [row for row in rows if not open_only or row.score < lab.total],
        "open_only": open_only,
        "group_names": list(dict.fromkeys(each.group for each in people)),
        "started": len(standings),
        "done": sum(each.passed for each in standings.values()),
        "stuck": sum(_is_stuck_in(each, lab) for each in people),
        "median": duration(median) if median else "",
        "passed": [sum(_has_passed(each, one.id) for each in standings.values()) for one in lab.objectives],
        "medians": [
            minutes(median_time(times[one.id].values())) if one.id in times else None
            for one in lab.objectives
        ],
    }


def _is_stuck_in(person: Person, lab: LabText) -> bool:
    return person.state == "stuck" and person.row.lab == lab.id


def _has_passed(standing: Standing, objective: str) -> bool:
    return standing.states.get(objective) is State.PASSED


def _row(person: Person, lab: LabText, standing: Standing) -> LabRow:
    cells = tuple(_cell(each.id, standing) for each in lab.objectives)
    return LabRow(person, standing.score, cells)


def _cell(objective: str, standing: Standing) -> ObjectiveCell:
    """The state of an objective; if inconclusive, also the last known one."""
    state = standing.states.get(objective)
    if state is None:
        return ObjectiveCell(objective, "o", "", "·")
    style, icon, word = STYLES[state]
    if state is State.INCONCLUSIVE and standing.seen and objective in standing.seen:
        return ObjectiveCell(objective, "q", icon, f"was {STYLES[standing.seen[objective]][2]}")
    return ObjectiveCell(objective, style, icon, standing.found.get(objective) or word)
