"""Events for tests: at a given moment, with ids that are the same on every run."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from labs.store import Event, EventFactory, LabResult, ObjectiveResult, uuid7

START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)


def event_factory(clock: Clock, device: str = "laptop", seed: int = 1) -> EventFactory:
    return EventFactory(device, clock, random.Random(seed).getrandbits)


def result(states: dict[str, Any], **fields: Any) -> LabResult:
    where: dict[str, Any] = {"account": "123456789012", "region": "eu-west-1", "target": "aws"}
    objectives = tuple(ObjectiveResult(name, state) for name, state in states.items())
    return LabResult(**{"lab": "ecs-placement", "objectives": objectives, **where, **fields})


moments = st.integers(0, 100 * 365 * 86400 * 10**6).map(
    lambda microseconds: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
)
words = st.text(min_size=1, max_size=20)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=5,
)


@st.composite
def any_events(draw: st.DrawFn) -> Event:
    """Any event of a kind that no version knows yet: the store must keep it as it is."""
    at = draw(moments)
    total = draw(st.none() | st.integers(0, 30))
    return Event(
        id=uuid7(at, lambda bits: draw(st.integers(0, 2**bits - 1))),
        device=draw(words),
        at=at,
        kind="later:" + draw(words),
        card=draw(st.none() | words),
        rating=draw(st.none() | st.integers(1, 4)),
        ms=draw(st.none() | st.integers(0, 2**31 - 1)),
        items_hit=None if total is None else draw(st.integers(0, total)),
        items_total=total,
        lab=draw(st.none() | words),
        data=draw(st.dictionaries(words, json_values, max_size=3)),
    )
