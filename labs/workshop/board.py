"""The board of a workshop: learners by how urgently they need help, as a pure function of the results of rounds."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from statistics import median

from labs.workshop.events import Event, EventKind, active_time, breaks_of
from labs.workshop.seat_result import Cell, SeatResult, Standing, found_of

STUCK_AFTER = timedelta(minutes=15)
"""The time without a change after which a learner is stuck, while the room's own pace is not known."""
MIN_STUCK_AFTER = timedelta(minutes=5)
STUCK_FACTOR = 2
"""Stuck is who takes so many times the room's median time for an objective; slow, who takes half of that."""
MIN_PACES = 3
"""The number of learners whose pace makes a median."""
SHARED_CAUSE_SEATS = 3
"""The number of seats from which on a common cause is shown once."""


class Status(IntEnum):
    """The status of a learner, the most urgent first."""

    STUCK = 0
    CANNOT_LOOK = 1
    SLOW = 2
    ACTIVE = 3
    NOT_STARTED = 4
    """Nothing has passed or changed yet."""
    ABSENT = 5
    """Not started, for longer than after what others are stuck."""
    NOT_REACHED = 6
    """No round has come to this seat yet."""
    DONE = 7


@dataclass(frozen=True, slots=True)
class Row:
    """One learner: `lab` is the one in progress, `failing` its failed objectives, the most common failures first."""

    name: str
    status: Status
    cells: tuple[Cell, ...]
    idle: timedelta
    looks: int
    lab: str | None
    failing: tuple[str, ...]
    error: str | None = None
    note: str = ""
    """Who helped last, or until when the learner is snoozed."""
    snoozed: bool = False


@dataclass(frozen=True, slots=True)
class Hardest:
    """An objective that learners fail: the number of those, of all that began the lab, and their median time at it."""

    lab: str
    objective: str
    seats: int
    started: int
    time: timedelta


@dataclass(frozen=True, slots=True)
class SharedCause:
    """One cause for which many seats cannot be looked at."""

    text: str
    seats: int

    @property
    def expired(self) -> bool:
        """Whether it is that credentials have expired, which the instructor renews for all."""
        return "credentials have expired" in self.text


@dataclass(frozen=True, slots=True)
class Board:
    """The whole workshop: a row for each learner, the most urgent first, then by name."""

    title: str
    labs: tuple[str, ...]
    rows: tuple[Row, ...]
    hardest: tuple[Hardest, ...]
    causes: tuple[SharedCause, ...] = ()

    def count(self, status: Status) -> int:
        """The number of learners with this status."""
        return sum(row.status is status for row in self.rows)

    def needing(self) -> tuple[Row, ...]:
        """The learners who need help, the most urgent first."""
        return tuple(row for row in self.rows if row.status is Status.STUCK and not row.snoozed)


def make_board(
    title: str,
    names: Sequence[str],
    labs: Sequence[str],
    standings: Iterable[Standing],
    errors: Mapping[str, str | None],
    now: datetime,
    *,
    events: Sequence[Event] = (),
    stuck_after: timedelta | None = None,
) -> Board:
    """The board of these learners and labs; `errors` says whose account could not be opened, and why."""
    wanted, shown = set(names), set(labs)
    of_seat: dict[str, dict[str, Standing]] = {name: {} for name in names}
    for each in standings:
        if each.seat in wanted and each.lab in shown:
            of_seat[each.seat][each.lab] = each
    known, breaks = [each for own in of_seat.values() for each in own.values()], breaks_of(events)
    of_lab: defaultdict[str, list[Standing]] = defaultdict(list)
    for each in known:
        of_lab[each.lab].append(each)
    hardest = _hardest(known, breaks, now)
    limits = {lab: stuck_after or _stuck_after(of_lab[lab], breaks) for lab in labs}
    fails = Counter({(each.lab, each.objective): each.seats for each in hardest})
    maker = _RowMaker(labs, errors, fails, limits, breaks, _notes(events), now)
    rows = [maker.row(name, own) for name, own in of_seat.items()]
    return Board(title, tuple(labs), tuple(sorted(rows, key=_urgency)), hardest, _causes(rows))


def standings_of(result: SeatResult, at: datetime) -> list[Standing]:
    """The standings of a seat after a single check; none if its account could not be opened."""
    if result.error:
        return []
    return [
        Standing(
            result.name,
            lab.lab,
            at,
            1,
            at,
            {each.id: each.state for each in lab.findings},
            found=found_of(lab),
        )
        for lab in result.labs
    ]


def _hardest(known: Iterable[Standing], events: Sequence[Event], now: datetime) -> tuple[Hardest, ...]:
    """The objectives that most learners fail, of those who began the lab."""
    started: Counter[str] = Counter()
    times: defaultdict[tuple[str, str], list[timedelta]] = defaultdict(list)
    for each in known:
        if has_started(each):
            started[each.lab] += 1
            for objective in each.failing():
                times[each.lab, objective].append(active_time(each.since, now, events))
    found = [
        Hardest(lab, objective, len(spent), started[lab], _median(spent))
        for (lab, objective), spent in times.items()
    ]
    return tuple(sorted(found, key=lambda each: -each.seats))


def _median(spans: Iterable[timedelta]) -> timedelta:
    return timedelta(seconds=median(each.total_seconds() for each in spans))


def has_started(standing: Standing) -> bool:
    """Whether the learner has passed or changed anything in this lab."""
    return standing.score > 0 or standing.started is not None


def _stuck_after(known: Iterable[Standing], events: Sequence[Event]) -> timedelta:
    """STUCK_FACTOR times the room's median time for an objective of one lab, whose standings are known."""
    paces = [
        active_time(each.started, each.since, events) / (each.score - 1)
        for each in known
        if each.started and each.score > 1
    ]
    if len(paces) < MIN_PACES:
        return STUCK_AFTER
    return max(STUCK_FACTOR * _median(paces), MIN_STUCK_AFTER)


def _notes(events: Iterable[Event]) -> dict[str, Event]:
    """The last note about each seat."""
    return {each.seat: each for each in events if each.kind is not EventKind.BREAK}


@dataclass(frozen=True, slots=True)
class _RowMaker:
    """Makes the row of a learner from what is known of the whole room."""

    labs: Sequence[str]
    errors: Mapping[str, str | None]
    fails: Counter[tuple[str, str]]
    limits: Mapping[str, timedelta]
    breaks: Sequence[Event]
    notes: Mapping[str, Event]
    now: datetime

    def row(self, name: str, own: Mapping[str, Standing]) -> Row:
        """The row of this learner, with these standings."""
        error = self.errors.get(name)
        cells = tuple(_cell(lab, own.get(lab), bool(error)) for lab in self.labs)
        if not own:
            status = Status.CANNOT_LOOK if error else Status.NOT_REACHED
            return Row(name, status, cells, timedelta(), 0, None, (), error)
        idle = active_time(max(each.since for each in own.values()), self.now, self.breaks)
        at_work = _at_work([own[lab] for lab in self.labs if lab in own])
        lab = at_work.lab if at_work else None
        failing = sorted(at_work.failing(), key=lambda each: -self.fails[lab or "", each]) if at_work else []
        looks = min(each.looks for each in own.values())
        limit = self.limits[lab] if lab else STUCK_AFTER
        started = any(has_started(each) for each in own.values())
        unseen = bool(error) or any(each.unseen for each in own.values())
        status = _status(cells, idle, looks, limit, started=started, unseen=unseen)
        note, snoozed = self._note(name)
        return Row(name, status, cells, idle, looks, lab, tuple(failing), error, note, snoozed)

    def _note(self, name: str) -> tuple[str, bool]:
        """The last action of an instructor for this learner, and whether the learner is snoozed now."""
        last = self.notes.get(name)
        if last is None:
            return "", False
        if last.kind is EventKind.SNOOZED and last.until:
            return f"snoozed by {last.who} until {last.until.astimezone():%H:%M}", self.now < last.until
        what = f"helped by {last.who} at {last.at.astimezone():%H:%M}"
        return f"{what}: {last.note}" if last.note else what, False


def _cell(lab: str, standing: Standing | None, unreachable: bool) -> Cell:
    """A lab's score; of the latest look that judged every objective, if the last one did not."""
    if standing is None:
        return Cell(lab, 0, 0)
    cell = standing.cell
    if unreachable and not cell.as_of:
        return Cell(lab, cell.score, cell.total, unseen=True, as_of=standing.at)
    return cell


def _at_work(own: Sequence[Standing]) -> Standing | None:
    """The lab in progress: of those started and not passed the one that changed last, else the first not passed."""
    todo = [each for each in own if not each.passed]
    started = [each for each in todo if has_started(each)]
    return max(started, key=lambda each: each.since) if started else next(iter(todo), None)


def _status(
    cells: Sequence[Cell], idle: timedelta, looks: int, limit: timedelta, *, started: bool, unseen: bool
) -> Status:
    if unseen:
        return Status.CANNOT_LOOK
    if all(cell.passed for cell in cells):
        return Status.DONE
    if not started:
        return Status.ABSENT if idle >= limit and looks > 1 else Status.NOT_STARTED
    if idle >= limit and looks > 1:
        return Status.STUCK
    return Status.SLOW if idle >= limit / 2 and looks > 1 else Status.ACTIVE


def _causes(rows: Iterable[Row]) -> tuple[SharedCause, ...]:
    """Causes that many seats share, whatever ARNs and numbers they name; the most frequent first."""
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row.error:
            groups[re.sub(r"arn:\S+|[0-9]+", "...", row.error)].append(row.error)
    found = [
        SharedCause(errors[0] if len(set(errors)) == 1 else general, len(errors))
        for general, errors in groups.items()
        if len(errors) >= SHARED_CAUSE_SEATS
    ]
    return tuple(sorted(found, key=lambda each: -each.seats))


def _urgency(row: Row) -> tuple[int, timedelta, int, str]:
    """Worst first: among the stuck, longest without change, then most looks; all others by name."""
    if row.status is Status.STUCK and not row.snoozed:
        return row.status, -row.idle, -row.looks, row.name.casefold()
    rank = Status.SLOW if row.snoozed and row.status is Status.STUCK else row.status
    return rank, timedelta(), 0, row.name.casefold()
