"""The time line of a learner, and the line of passed objectives over time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from labs.show.board_text import duration
from labs.verdict import LabVerdict, State
from labs.web.board.people import Person
from labs.workshop.board_source import BoardState
from labs.workshop.events import Event, EventKind, active_time
from labs.workshop.ledger_rows import VerdictChange


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the time line: time, kind (style class), names, and text."""

    at: datetime
    kind: str
    names: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class ProgressLine:
    """An SVG path of a step line in a box of 100 by 40, from the first change until now."""

    path: str
    first: datetime
    last: datetime
    passed: int


def time_line(history: Sequence[VerdictChange], state: BoardState, person: Person) -> list[Entry]:
    """The entries of a learner, newest first: passed and broken objectives, help, breaks."""
    entries = [*_changes(history, state.events), *_events(state.events, person.name)]
    if person.row.lab and person.row.failing and person.state in ("stuck", "active"):
        standing = state.standings[person.name][person.row.lab]
        about = f"open since then ({duration(person.row.idle)} of work)"
        entries.append(Entry(standing.since, "down", (person.row.failing[0],), about))
    in_order = sorted(enumerate(entries), key=lambda pair: (pair[1].at, pair[0]), reverse=True)
    return [entry for _, entry in in_order]


def progress_line(history: Sequence[VerdictChange], now: datetime) -> ProgressLine | None:
    """The number of passed objectives over time; None if nothing changed."""
    if not history:
        return None
    scores: dict[str, int] = {}
    points = []
    for change in history:
        scores[change.verdict.lab] = change.verdict.score
        points.append((change.at, sum(scores.values())))
    first, top = points[0][0], max(max(score for _, score in points), 1)
    whole = max((now - first).total_seconds(), 1.0)
    path = f"M0 {_height(points[0][1], top)}"
    for at, score in points[1:]:
        path += f"H{100 * (at - first).total_seconds() / whole:.1f}V{_height(score, top)}"
    return ProgressLine(f"{path}H100", first, now, points[-1][1])


def _height(score: int, top: int) -> str:
    return f"{38 - 36 * score / top:.1f}"


def _changes(history: Sequence[VerdictChange], events: Sequence[Event]) -> Iterator[Entry]:
    before: dict[str, LabVerdict] = {}
    started: dict[str, datetime] = {}
    for change in history:
        verdict = change.verdict
        last = before.get(verdict.lab)
        before[verdict.lab] = verdict
        fresh, broken = _passed(verdict) - _passed(last), _passed(last) - _passed(verdict)
        if fresh and verdict.lab not in started:
            started[verdict.lab] = change.at
            yield Entry(change.at, "", (verdict.lab,), "started")
        if verdict.passed and fresh:
            spent = active_time(started[verdict.lab], change.at, events)
            yield Entry(change.at, "up", (verdict.lab,), f"done, {duration(spent)}" if spent else "done")
        elif fresh:
            named = tuple(each.id for each in verdict.findings if each.id in fresh)
            yield Entry(change.at, "up", named, f"passed, {verdict.score}/{len(verdict.findings)}")
        if broken:
            named = tuple(each.id for each in verdict.findings if each.id in broken)
            yield Entry(change.at, "down", named, "passes no longer")


def _passed(verdict: LabVerdict | None) -> set[str]:
    return {each.id for each in verdict.findings if each.state is State.PASSED} if verdict else set()


def _events(events: Sequence[Event], seat: str) -> Iterator[Entry]:
    for each in events:
        if each.kind is EventKind.BREAK:
            yield Entry(each.at, "", (), "break")
        elif each.seat == seat:
            what = "helped by" if each.kind is EventKind.HELPED else "snoozed by"
            yield Entry(each.at, "help", (), f"{what} {each.who}" + (f": “{each.note}”" if each.note else ""))
