"""The sandbox's time: the system's, which stands still at the moment of a request while that runs (see `replay`)."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment in UTC, as the embedded AWS sees it."""
    return datetime.now(UTC)
