"""The sandbox's time: the system's, unless a test or a replayed journal sets another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

_now: Callable[[], datetime] = lambda: datetime.now(UTC)  # noqa: E731 - a default that can be replaced


def now() -> datetime:
    """The present moment in UTC, as the embedded AWS sees it."""
    return _now()


@contextmanager
def set_to(source: Callable[[], datetime]) -> Iterator[None]:
    """Takes the time from `source` while the block runs."""
    global _now
    before, _now = _now, source
    try:
        yield
    finally:
        _now = before
