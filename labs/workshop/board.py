"""The board of a workshop: learners by how urgently they need help, as a pure function of the results of rounds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from labs.workshop.seat_result import SeatResult, Standing

STUCK_AFTER = timedelta(minutes=15)
"""The time without a change after which a learner is shown as stuck."""


class Status(IntEnum):
    """The status of a learner, the most urgent first."""

    STUCK = 0
    UNSEEN = 1
    WORKING = 2
    WAITING = 3
    """Not checked yet."""
    DONE = 4


@dataclass(frozen=True, slots=True)
class Cell:
    """One lab of one learner: its score; `unseen` where not every objective could be checked."""

    lab: str
    score: int
    total: int
    unseen: bool = False

    @property
    def passed(self) -> bool:
        """Every objective passed."""
        return self.total > 0 and self.score == self.total


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


@dataclass(frozen=True, slots=True)
class Hardest:
    """An objective that learners fail, and the number of those learners."""

    lab: str
    objective: str
    seats: int


@dataclass(frozen=True, slots=True)
class Board:
    """The whole workshop: a row for each learner, the most urgent first, then by name."""

    title: str
    labs: tuple[str, ...]
    rows: tuple[Row, ...]
    hardest: tuple[Hardest, ...]

    def count(self, status: Status) -> int:
        """The number of learners with this status."""
        return sum(row.status is status for row in self.rows)

    def needing(self) -> tuple[Row, ...]:
        """The learners who need help, the most urgent first."""
        return tuple(row for row in self.rows if row.status is Status.STUCK)


def make_board(
    title: str,
    names: Sequence[str],
    labs: Sequence[str],
    standings: Iterable[Standing],
    errors: Mapping[str, str | None],
    now: datetime,
) -> Board:
    """The board of these learners and labs; `errors` says whose account could not be opened, and why."""
    wanted, shown = set(names), set(labs)
    of_seat: dict[str, dict[str, Standing]] = {name: {} for name in names}
    for each in standings:
        if each.seat in wanted and each.lab in shown:
            of_seat[each.seat][each.lab] = each
    fails = Counter(
        (each.lab, objective)
        for own in of_seat.values()
        for each in own.values()
        for objective in each.failing()
    )
    rows = [_row(name, labs, own, errors.get(name), fails, now) for name, own in of_seat.items()]
    hardest = [Hardest(lab, objective, seats) for (lab, objective), seats in fails.most_common()]
    return Board(title, tuple(labs), tuple(sorted(rows, key=_urgency)), tuple(hardest))


def standings_of(result: SeatResult, at: datetime) -> list[Standing]:
    """The standings of a seat after a single check."""
    return [
        Standing(result.name, lab.lab, at, 1, at, {each.id: each.state for each in lab.findings})
        for lab in result.labs
    ]


def _row(
    name: str,
    labs: Sequence[str],
    own: Mapping[str, Standing],
    error: str | None,
    fails: Counter[tuple[str, str]],
    now: datetime,
) -> Row:
    cells = tuple(_cell(lab, own.get(lab)) for lab in labs)
    if not own:
        return Row(name, Status.UNSEEN if error else Status.WAITING, cells, timedelta(), 0, None, (), error)
    idle = now - max(each.since for each in own.values())
    at_work = _at_work([own[lab] for lab in labs if lab in own])
    failing = sorted(at_work.failing(), key=lambda each: -fails[at_work.lab, each]) if at_work else []
    looks = min(each.looks for each in own.values())
    lab = at_work.lab if at_work else None
    status = _status(cells, idle, looks, unseen=bool(error) or any(each.unseen for each in own.values()))
    return Row(name, status, cells, idle, looks, lab, tuple(failing), error)


def _cell(lab: str, standing: Standing | None) -> Cell:
    if standing is None:
        return Cell(lab, 0, 0)
    return Cell(lab, standing.score, len(standing.states), standing.unseen)


def _at_work(own: Sequence[Standing]) -> Standing | None:
    """The lab in progress: of those started and not passed the one that changed last, else the first not passed."""
    todo = [each for each in own if not each.passed]
    started = [each for each in todo if each.score]
    return max(started, key=lambda each: each.since) if started else next(iter(todo), None)


def _status(cells: Sequence[Cell], idle: timedelta, looks: int, *, unseen: bool) -> Status:
    if unseen:
        return Status.UNSEEN
    if all(cell.passed for cell in cells):
        return Status.DONE
    return Status.STUCK if idle >= STUCK_AFTER and looks > 1 else Status.WORKING


def _urgency(row: Row) -> tuple[int, timedelta, int, str]:
    """Worst first: among the stuck, longest without change, then most looks; all others by name."""
    if row.status is Status.STUCK:
        return row.status, -row.idle, -row.looks, row.name.casefold()
    return row.status, timedelta(), 0, row.name.casefold()
