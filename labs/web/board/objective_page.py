"""The list of the hardest objectives, and the page of one: who fails it, grouped by what was found."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from labs.show.board_text import duration
from labs.verdict import State
from labs.web.board.details import Details
from labs.web.board.lab_texts import LabText, ObjectiveText
from labs.web.board.people import Person, minutes
from labs.web.board.room import hardest
from labs.workshop.board_source import BoardState
from labs.workshop.board_times import started, times_to_pass
from labs.workshop.events import active_time
from labs.workshop.lab_summary import median_time

MAX_CARDS = 2
DOT_PLACES = 40
DOT_HEIGHT = 44


@dataclass(frozen=True, slots=True)
class FoundGroup:
    """The learners with the same finding, the longest without progress first."""

    found: str
    people: Sequence[tuple[Person, str]]
    percent: int


@dataclass(frozen=True, slots=True)
class Dot:
    """One learner's time to pass: x in percent of the axis, y in pixels from the top."""

    x: float
    y: float


def objectives_page(state: BoardState, labs: Sequence[LabText]) -> dict[str, Any]:
    """The context of the template of the list of objectives."""
    return {"hardest": hardest(state, labs)}


def objective_page(
    state: BoardState, people: Sequence[Person], lab: LabText, objective: ObjectiveText, details: Details
) -> dict[str, Any]:
    """The context of the template of one objective."""
    standings = {each.seat: each for each in started(state.standings, lab.id)}
    failing = {
        seat: each for seat, each in standings.items() if each.states.get(objective.id) is State.FAILED
    }
    open_since = {seat: active_time(each.since, state.now, state.events) for seat, each in failing.items()}
    by_found: defaultdict[str, list[Person]] = defaultdict(list)
    for person in people:
        if person.name in failing:
            by_found[failing[person.name].found.get(objective.id, "")].append(person)
    times = sorted(times_to_pass(details.lab_history(lab.id), state.events).get(objective.id, {}).values())
    place = [each.id for each in lab.objectives].index(objective.id)
    return {
        "lab": lab,
        "objective": objective,
        "before": lab.objectives[place - 1] if place else None,
        "after": lab.objectives[place + 1] if place + 1 < lab.total else None,
        "failing": len(failing),
        "passed": sum(each.states.get(objective.id) is State.PASSED for each in standings.values()),
        "started": len(standings),
        "median": duration(median_time(times)) if times else "",
        "longest": duration(max(open_since.values())) if open_since else "",
        "groups": [_group(found, own, open_since, len(failing)) for found, own in _by_size(by_found)],
        "times": [minutes(each) for each in times],
        "dots": _dots(times),
        "axis": _axis(times),
        "cards": objective.cards[:MAX_CARDS],
    }


def _by_size(groups: dict[str, list[Person]]) -> list[tuple[str, list[Person]]]:
    return sorted(groups.items(), key=lambda pair: (-len(pair[1]), pair[0]))


def _group(found: str, people: Sequence[Person], since: dict[str, timedelta], total: int) -> FoundGroup:
    longest = sorted(people, key=lambda each: -since[each.name])
    named = [(each, duration(since[each.name])) for each in longest]
    return FoundGroup(found or "no details were stored", named, 100 * len(people) // total)


def _axis_minutes(times: Sequence[timedelta]) -> float:
    """The length of the axis in minutes: the longest time and 10 %."""
    return max(max(times).total_seconds() / 60 * 1.1, 1.0) if times else 1.0


def _axis(times: Sequence[timedelta]) -> list[tuple[float, str]]:
    """The marks of the time axis: position in percent, and label in minutes."""
    whole = _axis_minutes(times)
    step = next(each for each in (1, 2, 5, 10, 20, 30, 60, 120, 240, 10_000) if whole / each <= 6)
    return [(100 * mark / whole, str(mark)) for mark in range(0, int(whole) + 1, step)]


def _dots(times: Sequence[timedelta]) -> list[Dot]:
    """A dot for each time; dots at about the same position are stacked, closer together if there are many."""
    whole, stacks, places = _axis_minutes(times), Counter[int](), []
    for each in times:
        place = round(DOT_PLACES * each.total_seconds() / 60 / whole)
        places.append((place, stacks[place]))
        stacks[place] += 1
    step = min(11.0, DOT_HEIGHT / max(stacks.values(), default=1))
    return [Dot(100 * place / DOT_PLACES, DOT_HEIGHT - step * level) for place, level in places]
