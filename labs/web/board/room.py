"""The main page of the board: counts, the queue for help, the hardest objectives, and all scores."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labs.show.board_text import duration
from labs.show.wording import plural
from labs.web.board.filters import SORTS, Filters
from labs.web.board.lab_texts import LabText
from labs.web.board.people import (
    TILES,
    GroupRow,
    Person,
    counted,
    minutes,
    percent,
    room_bar,
)
from labs.workshop.board import Hardest
from labs.workshop.board_source import BoardState

MAX_QUEUE = 6
MAX_HARDEST = 5


@dataclass(frozen=True, slots=True)
class HelpRequest:
    """A learner who needs help: lab, objective, finding, and time without a change."""

    person: Person
    lab: str
    objective: str
    found: str
    idle: str


@dataclass(frozen=True, slots=True)
class HardObjective:
    """An objective that learners fail, and the most frequent finding."""

    lab: str
    objective: str
    title: str
    seats: int
    started: int
    most: str
    time: str

    @property
    def percent(self) -> int:
        """The share of the learners who started the lab."""
        return 100 * self.seats // self.started


def room_page(
    state: BoardState, people: Sequence[Person], labs: Sequence[LabText], filters: Filters
) -> dict[str, Any]:
    """The context of the template of the room."""
    chosen, bar = filters.chosen(people), room_bar(people, labs)
    of_group: defaultdict[str, list[Person]] = defaultdict(list)
    for person in people:
        of_group[person.group].append(person)
    names = sorted(of_group, key=natural)
    grouped = filters.grouped(len(people)) and len(names) > 1
    counts = counted(people)
    queue = [each for each in people if each.needs_help]
    return {
        "filters": filters,
        "people": chosen,
        "groups": [_group_row(name, of_group[name], filters) for name in names] if grouped else [],
        "group_names": names,
        "sorts": SORTS,
        "tiles": [(key, counts[key], note) for key, note in _tile_notes(people, state, len(labs))],
        "bar": bar,
        "percent": percent(bar),
        "queue": [_help_request(each, state) for each in queue[:MAX_QUEUE]],
        "more_stuck": len(queue) - MAX_QUEUE,
        "waiting": _waiting(people),
        "hardest": hardest(state, labs, MAX_HARDEST),
        "sums": lab_sums(state, labs),
        "total": len(people),
        "count": plural(len(chosen), "learner"),
    }


def natural(text: str) -> tuple[tuple[int, int | str], ...]:
    """A sort key by which `table 2` comes before `table 10`."""
    import re

    return tuple(
        (0, int(each)) if each.isdecimal() else (1, each.casefold()) for each in re.split(r"(\d+)", text)
    )


def hardest(state: BoardState, labs: Sequence[LabText], at_most: int | None = None) -> list[HardObjective]:
    """The objectives that most learners fail, at most this many."""
    texts = {lab.id: lab for lab in labs}
    return [_hard(each, texts[each.lab], state) for each in state.board.hardest[:at_most]]


def lab_sums(state: BoardState, labs: Sequence[LabText]) -> list[tuple[LabText, int, int, int | None]]:
    """For each lab: the number of learners who passed and who started it, and the median minutes."""
    known = state.board.summaries
    return [(lab, known[lab.id].done, known[lab.id].started, minutes(known[lab.id].median)) for lab in labs]


def _hard(each: Hardest, lab: LabText, state: BoardState) -> HardObjective:
    found = state.board.summaries[each.lab].failing[each.objective].found
    number, most = min(((-number, what) for what, number in found.items()), default=(0, ""))
    text = f"{-number} × {most}" if most else ""
    objective = lab.objective(each.objective)
    title = objective.title if objective else each.objective
    return HardObjective(each.lab, each.objective, title, each.seats, each.started, text, duration(each.time))


def _help_request(person: Person, state: BoardState) -> HelpRequest:
    row = person.row
    lab, objective = row.lab or "", next(iter(row.failing), "")
    standing = state.standings[row.name].get(lab)
    found = standing.found.get(objective, "") if standing else ""
    return HelpRequest(person, lab, objective, found, duration(row.idle))


def _tile_notes(people: Sequence[Person], state: BoardState, labs: int) -> list[tuple[str, str]]:
    """The second line of each tile."""
    of_state: Mapping[str, list[Person]] = {
        key: [each for each in people if each.state == key] for key in TILES
    }
    longest = max((each.row.idle for each in of_state["stuck"]), default=None)
    slow = sum(each.words == "slow" for each in of_state["active"])
    finished = [
        max(each.since for each in state.standings[person.name].values()) for person in of_state["done"]
    ]
    reasons = Counter("role or account" if each.row.error else "a part of a lab" for each in of_state["look"])
    unreached = sum(each.words == "not checked" for each in of_state["none"])
    return [
        ("stuck", f"longest {duration(longest)}" if longest else "nobody"),
        ("active", f"{slow} of them slow" if slow else "on their way"),
        (
            "done",
            f"first at {min(finished).astimezone():%H:%M}" if finished else f"all {plural(labs, 'lab')}",
        ),
        ("none", f"{unreached} not checked yet" if unreached else "nothing passed yet"),
        ("absent", "nothing since the start"),
        (
            "look",
            " · ".join(f"{number} × {reason}" for reason, number in reasons.items()) or "all can be checked",
        ),
    ]


def _waiting(people: Sequence[Person]) -> list[tuple[str, list[Person]]]:
    """The learners who do not need help now, by reason."""
    kinds = (
        ("snoozed", [each for each in people if each.state == "stuck" and each.row.snoozed]),
        ("not started", [each for each in people if each.state == "none"]),
        ("absent", [each for each in people if each.state == "absent"]),
    )
    return [(words, found) for words, found in kinds if found]


def _group_row(name: str, own: Sequence[Person], filters: Filters) -> GroupRow:
    return GroupRow(name, own, filters.sorted(own) if filters.group == name else [])
