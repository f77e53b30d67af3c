"""An event: one thing that the learner did, on which device, at which time. Events never change.

Everything else (due cards, known cards, best scores) is derived from events. So the histories of two machines
are merged as a union, and a mistake is undone by another event.

    review      card, rating 1-4, ms, items_hit of items_total, data.items: which, source study | lab | anki
    shown       card: its answer was shown, and not graded
    void        data.event: the id of the event that is taken back
    rename      card, data.to: the card's new reference, after its question was edited
    suspend     card; unsuspend ends it
    bury        card, data.until: not shown before that moment
    flag        card, data.note; data.on false takes the flag off
    reset       card: its schedule starts again
    surface     card, lab, objective, data.reason: a failed objective brings the card forward
    practised   card, lab, objective, data.version: a linked objective was verified
    settings    data: the scheduler's settings, so that every machine replays with the same
    attempt     lab, data: how `labs start` was called; its id is the `attempt` of what follows
    hint        lab, objective, data.level; solution: lab
    check       lab, data: a verdict (see lab_result.py); watched: the same, while the learner was at work
    clean       lab: its clean-up was confirmed

A card's reference is "<deck>:<id>". Events of unknown kinds are kept and exported.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
Number = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
Uuid7 = Annotated[
    str, msgspec.Meta(pattern="^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
]


class Event(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """One thing that the learner did. `at` is in UTC, `ms` the duration in milliseconds."""

    id: Uuid7
    device: Text
    at: Annotated[datetime, msgspec.Meta(tz=True)]
    kind: Text
    card: Text | None = None
    rating: Annotated[int, msgspec.Meta(ge=1, le=4)] | None = None
    ms: Number | None = None
    items_hit: Number | None = None
    items_total: Number | None = None
    source: Text | None = None
    attempt: Text | None = None
    lab: Text | None = None
    objective: Text | None = None
    data: dict[str, Any] = {}

    def __post_init__(self) -> None:
        if self.at.utcoffset() != timedelta(0):
            raise ValueError(f"the time of an event is in UTC, not {self.at.isoformat()}")
        if not 1970 <= self.at.year < 9000:
            raise ValueError(f"no learner was at work in the year {self.at.year}")
        if self.at.tzinfo is not UTC:
            msgspec.structs.force_setattr(self, "at", self.at.astimezone(UTC))
        if (self.items_hit or 0) > (self.items_total or 0):
            raise ValueError("more items hit than there are")


def uuid7(at: datetime, randbits: Callable[[int], int]) -> str:
    """An id that sorts by its time, to the microsecond (RFC 9562, 5.7 and 6.2 method 3)."""
    microseconds = (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    milliseconds, rest = divmod(microseconds, 1000)
    fraction = rest * 4096 // 1000
    return str(UUID(int=milliseconds << 80 | 7 << 76 | fraction << 64 | 0b10 << 62 | randbits(62)))


class EventFactory(msgspec.Struct, frozen=True):
    """Makes new events with id, device and current time."""

    device: str
    now: Callable[[], datetime]
    randbits: Callable[[int], int]

    def __call__(self, kind: str, **fields: Any) -> Event:
        """A new event of a kind, with any of the other fields of Event."""
        at = self.now()
        return Event(id=uuid7(at, self.randbits), device=self.device, at=at, kind=kind, **fields)
