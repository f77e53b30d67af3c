"""Finds `surface` events that earlier versions wrote without a valid reason, so that replay ignores them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from labs.store import Event
from labs.store.queries import result_of
from labs.study.credit import is_at_work, latest_attempt

TOGETHER = timedelta(seconds=2)
"""A check and the events that it caused are stored within this time, in any order."""


def unfounded(ordered: Iterable[Event]) -> frozenset[str]:
    """The ids of `surface` events of checks that should not bring cards forward by the rules in `credit`.

    Events without a nearby check are accepted.
    """
    labs: dict[str, list[Event]] = {}
    for event in ordered:
        if event.lab is not None and event.kind in {"attempt", "check", "clean", "surface"}:
            labs.setdefault(event.lab, []).append(event)
    return frozenset(each for lab, events in labs.items() for each in _of_lab(lab, events))


def _of_lab(lab: str, events: list[Event]) -> Iterator[str]:
    """The unfounded events of one lab: each is attributed to the nearest check, and judged by the events before it."""
    work = [event for event in events if event.kind != "surface"]
    wrong: dict[str, bool] = {}
    for event in events:
        if event.kind == "surface":
            near = [each for each in work if each.kind == "check" and abs(each.at - event.at) <= TOGETHER]
            check = min(near, key=lambda each: abs(each.at - event.at), default=None)
            if check and check.id not in wrong:
                attempt = latest_attempt(work[: work.index(check)], lab)
                wrong[check.id] = attempt is None or not is_at_work(attempt, result_of(check))
            if check and wrong[check.id]:
                yield event.id
