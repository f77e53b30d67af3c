"""The sandbox's time: the system's, which stands still while a request runs (see `replay`)."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The current time of the embedded AWS, in UTC."""
    return datetime.now(UTC)
