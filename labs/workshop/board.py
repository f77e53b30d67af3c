"""The board of a workshop: learners by how urgently they need help."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum

from labs.aws.faults import CREDENTIALS_EXPIRED
from labs.workshop.lab_summary import LabSummary
from labs.workshop.seat_result import Cell, SeatResult, Standing, found_of

SHARED_CAUSE_SEATS = 3
"""Minimum number of seats with the same error that are shown as one cause."""


class Status(IntEnum):
    """The status of a learner, the most urgent first."""

    STUCK = 0
    CANNOT_LOOK = 1
    SLOW = 2
    ACTIVE = 3
    NOT_STARTED = 4
    """Nothing has passed or changed yet."""
    ABSENT = 5
    """Not started for longer than the time after which others are stuck."""
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
    checks: int
    lab: str | None
    failing: tuple[str, ...]
    error: str | None = None
    note: str = ""
    """Who helped last, or until when the learner is snoozed."""
    snoozed: bool = False


@dataclass(frozen=True, slots=True)
class Hardest:
    """An objective that learners fail: how many of those who started the lab, and their median time on it."""

    lab: str
    objective: str
    seats: int
    started: int
    time: timedelta


@dataclass(frozen=True, slots=True)
class SharedCause:
    """One cause that keeps many seats from being checked."""

    text: str
    seats: int

    @property
    def expired(self) -> bool:
        """Whether it is that credentials have expired, which the instructor renews for all."""
        return CREDENTIALS_EXPIRED in self.text


@dataclass(frozen=True, slots=True)
class Board:
    """The whole workshop: a row for each learner, the most urgent first, then by name."""

    title: str
    labs: tuple[str, ...]
    rows: tuple[Row, ...]
    hardest: tuple[Hardest, ...]
    causes: tuple[SharedCause, ...] = ()
    summaries: Mapping[str, LabSummary] = field(default_factory=dict)
    """The summary of each lab over the whole room."""

    def count(self, status: Status) -> int:
        """The number of learners with this status."""
        return sum(row.status is status for row in self.rows)

    def needing(self) -> tuple[Row, ...]:
        """The learners who need help, the most urgent first."""
        return tuple(row for row in self.rows if row.status is Status.STUCK and not row.snoozed)


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


def shared_causes(rows: Iterable[Row]) -> tuple[SharedCause, ...]:
    """Errors that many seats share, apart from ARNs and numbers in them; the most frequent first."""
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
