"""The learner's history: an append-only store of events, and queries on them."""

from __future__ import annotations

from pathlib import Path

from labs.store.event import Event, EventFactory, uuid7
from labs.store.lab_result import LabResult, ObjectiveResult
from labs.store.sqlite import Store

__all__ = ["Event", "EventFactory", "LabResult", "ObjectiveResult", "Store", "open_store", "uuid7"]


def open_store(home: Path) -> Store:
    """The learner's events in `progress.db` in this folder; file and folder are created with the first event."""
    return Store(home / "progress.db")
