"""The state of one card: its memory, its practice, and whether it may be asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from labs.study.calendar import Calendar
from labs.study.schedule import UNSEEN, Memory, Phase

MAX_PRACTICE_AGE = timedelta(days=180)
"""The age beyond which practice no longer counts."""


class Surfaced(msgspec.Struct, frozen=True):
    """A failed objective that brings a card forward, and the reason shown to the learner."""

    at: datetime
    lab: str
    objective: str
    reason: str


class Practised(msgspec.Struct, frozen=True):
    """A linked objective that was verified: when, and in which version of its lab."""

    at: datetime
    lab: str
    objective: str
    version: str


class Recall(msgspec.Struct, frozen=True):
    """One review: its grade, and the recall probability that FSRS predicted."""

    at: datetime
    grade: int
    source: str
    predicted: float | None = None
    items: int | None = None
    """Which items of the answer were recalled, as a bit mask; the first item is bit 0."""


class CardState(msgspec.Struct, frozen=True):
    """Everything that is derived from the events of one card."""

    memory: Memory = UNSEEN
    recalls: tuple[Recall, ...] = ()
    practised: tuple[Practised, ...] = ()
    surfaced: tuple[Surfaced, ...] = ()
    shown: datetime | None = None
    """The time when the learner last saw the answer."""
    credited: datetime | None = None
    """The time when a lab was last credited as a review."""
    suspended: bool = False
    buried_until: datetime | None = None
    note: str | None = None
    """The learner's remark on a flagged card."""

    @property
    def first(self) -> datetime | None:
        """The time when the card was first studied."""
        return self.recalls[0].at if self.recalls else None

    def may_be_asked(self, now: datetime) -> bool:
        """Whether the card is neither suspended nor buried."""
        return not self.suspended and (self.buried_until is None or now >= self.buried_until)

    def is_known(self, now: datetime, calendar: Calendar) -> bool:
        """Whether the card was recalled on a later day than it was first seen, and is not overdue."""
        memory = self.memory
        if memory.phase is not Phase.REVIEW or memory.due is None or self.first is None:
            return False
        day = calendar.day(self.first)
        recalled_later = any(
            calendar.day(recall.at) > day and recall.grade > 1 and recall.source != "lab"
            for recall in self.recalls
        )
        return recalled_later and calendar.day(now) <= calendar.day(memory.due)

    def is_practised(self, now: datetime, versions: Mapping[str, str]) -> bool:
        """Whether there is practice that counts: at most MAX_PRACTICE_AGE old, in the present major version of its lab.

        `versions` are the present versions of the labs by id.
        """
        return any(
            now - fact.at <= MAX_PRACTICE_AGE and _same_major(fact.version, versions.get(fact.lab, ""))
            for fact in self.practised
        )


def _same_major(one: str, other: str) -> bool:
    """Whether two versions have the same major part (`2.1` and `2.4`), or one of them is unknown (empty)."""
    return not (one and other) or one.partition(".")[0] == other.partition(".")[0]
