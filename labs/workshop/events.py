"""Actions of a workshop's instructors: breaks of the room, and help and snoozes of a seat."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class EventKind(StrEnum):
    """The kinds of an instructor's actions."""

    BREAK = "break"
    HELPED = "helped"
    SNOOZED = "snoozed"


@dataclass(frozen=True, slots=True)
class Event:
    """An action of `who` for a seat or (a break) for the whole room; a break without `until` continues."""

    kind: EventKind
    seat: str
    who: str
    at: datetime
    until: datetime | None = None
    note: str = ""


def on_break(events: Iterable[Event], now: datetime) -> bool:
    """Whether there is a break now."""
    return any(
        each.kind is EventKind.BREAK and each.at <= now and (each.until is None or now < each.until)
        for each in events
    )


def breaks_of(events: Iterable[Event]) -> list[Event]:
    """The breaks among events, which `active_time` needs."""
    return [each for each in events if each.kind is EventKind.BREAK]


def active_time(since: datetime, now: datetime, events: Sequence[Event]) -> timedelta:
    """The time between two times without breaks; zero if the clock went back."""
    total, covered = now - since, since
    if not events:
        return max(total, timedelta())
    breaks = sorted((each for each in events if each.kind is EventKind.BREAK), key=lambda each: each.at)
    for each in breaks:
        start, end = max(each.at, covered), min(each.until or now, now)
        if end > start:
            total -= end - start
            covered = end
    return max(total, timedelta())
