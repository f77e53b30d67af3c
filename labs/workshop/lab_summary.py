"""Summary of one lab over all seats: how many started and passed it, failed objectives, times without breaks."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from labs.workshop.events import Event, active_time
from labs.workshop.seat_result import Standing

STUCK_AFTER = timedelta(minutes=15)
"""The time without a change after which a learner is stuck, until the room's own pace is known."""
MIN_STUCK_AFTER = timedelta(minutes=5)
STUCK_FACTOR = 2
"""A learner is stuck after this multiple of the room's median time per objective, and slow after half of it."""
MIN_PACES = 3
"""Minimum number of learners with a known pace for a median."""


@dataclass(frozen=True, slots=True)
class FailedObjective:
    """An objective that learners fail: the times of their last changes, in order, and what was found of how many."""

    since: tuple[datetime, ...]
    found: Counter[str]

    def time(self, now: datetime, breaks: Sequence[Event]) -> timedelta:
        """The median time since the last change. `since` is sorted, so only the middle entries count."""
        middle = self.since[(len(self.since) - 1) // 2], self.since[len(self.since) // 2]
        return median_time(active_time(each, now, breaks) for each in middle)


@dataclass(frozen=True, slots=True)
class LabSummary:
    """The sum of the standings of all seats in one lab."""

    started: int
    done: int
    failing: Mapping[str, FailedObjective]
    stuck_after: timedelta
    """STUCK_FACTOR times the room's median time for an objective."""
    median: timedelta | None
    """The median time of those who passed the lab."""

    def seats_failing(self, objective: str) -> int:
        """The number of learners who fail an objective."""
        return len(self.failing[objective].since) if objective in self.failing else 0


class LabTally:
    """Collects the standings of one lab by seat; the share of each in the summary is computed once."""

    def __init__(self, breaks: Sequence[Event]) -> None:
        self._breaks = breaks
        self._shares: dict[str, _Share] = {}

    def replace_standing(self, seat: str, standing: Standing | None) -> None:
        """Replaces the standing of a seat; None removes it."""
        self._shares.pop(seat, None)
        if standing and has_started(standing):
            self._shares[seat] = _share(standing, self._breaks)

    def summary(self) -> LabSummary:
        """The sum of all of them."""
        shares = self._shares.values()
        since: defaultdict[str, list[datetime]] = defaultdict(list)
        found: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for each in shares:
            for objective in each.failing:
                since[objective].append(each.standing.since)
                if what := each.standing.found.get(objective):
                    found[objective][what] += 1
        return LabSummary(
            len(shares),
            sum(each.standing.passed for each in shares),
            {name: FailedObjective(tuple(sorted(times)), found[name]) for name, times in since.items()},
            _stuck_after([each.pace for each in shares if each.pace is not None]),
            _median([each.taken for each in shares if each.taken is not None]),
        )


@dataclass(frozen=True, slots=True)
class _Share:
    """A standing, and what it adds to the summary: seconds for an objective, and for the whole lab."""

    standing: Standing
    failing: Sequence[str]
    pace: float | None
    taken: float | None


def _share(standing: Standing, breaks: Sequence[Event]) -> _Share:
    pace, taken = None, time_in_lab(standing, breaks)
    if standing.started and standing.score > 1:
        active = active_time(standing.started, standing.since, breaks)
        pace = active.total_seconds() / (standing.score - 1)
    return _Share(standing, standing.failing(), pace, taken.total_seconds() if taken is not None else None)


def has_started(standing: Standing) -> bool:
    """Whether the learner has passed or changed anything in this lab."""
    return standing.score > 0 or standing.started is not None


def time_in_lab(standing: Standing, breaks: Sequence[Event]) -> timedelta | None:
    """The time from the first passed objective to the last; None if the lab is open, or passed within one check."""
    if not standing.passed or standing.started is None or standing.started >= standing.since:
        return None
    return active_time(standing.started, standing.since, breaks)


def median_time(spans: Iterable[timedelta]) -> timedelta:
    """The median of at least one time."""
    return timedelta(seconds=median(each.total_seconds() for each in spans))


def _median(seconds: Sequence[float]) -> timedelta | None:
    return timedelta(seconds=median(seconds)) if seconds else None


def _stuck_after(paces: Sequence[float]) -> timedelta:
    if len(paces) < MIN_PACES:
        return STUCK_AFTER
    return max(STUCK_FACTOR * timedelta(seconds=median(paces)), MIN_STUCK_AFTER)
