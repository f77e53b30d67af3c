"""Queries on the events of labs: attempts, hints, checks, parameters, best scores."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from labs.store.event import Event, EventFactory
from labs.store.lab_result import LabResult
from labs.store.sqlite import Store


class Checked(msgspec.Struct, frozen=True):
    """A stored verdict and its time."""

    at: datetime
    result: LabResult


class Best(msgspec.Struct, frozen=True):
    """The best score of a lab, and when it was first reached."""

    score: int
    total: int
    at: datetime

    @property
    def passed(self) -> bool:
        """Whether every objective passed."""
        return 0 < self.total == self.score


def check_event(new_event: EventFactory, given: LabResult, attempt: Event | None) -> Event:
    """The event of a verdict, in the current attempt."""
    return new_event("check", lab=given.lab, attempt=attempt and attempt.id, data=given.data())


def watched_event(new_event: EventFactory, given: LabResult, attempt: Event | None) -> Event:
    """The event of an intermediate verdict of `check --watch`, which counts for hints only."""
    return new_event("watched", lab=given.lab, attempt=attempt and attempt.id, data=given.data())


def attempt_event(new_event: EventFactory, lab: str, **options: Any) -> Event:
    """The event that starts an attempt; `exam=True` hides the hints.

    `standing` are the objectives that already passed, if `labs start` could check them: they earn no credit.
    """
    return new_event("attempt", lab=lab, data=options)


def hint_event(new_event: EventFactory, lab: str, objective: str, level: int, attempt: Event | None) -> Event:
    """The event of a hint that was read; levels count from 1."""
    return new_event(
        "hint", lab=lab, objective=objective, attempt=attempt and attempt.id, data={"level": level}
    )


def current_attempt(store: Store, lab: str | None = None) -> Event | None:
    """The `attempt` event that started the latest attempt at a lab, or at any lab."""
    return next(iter(store.events(kinds=["attempt"], lab=lab, newest=1)), None)


def is_exam(attempt: Event | None) -> bool:
    """Whether the attempt was started without hints."""
    return attempt is not None and attempt.data.get("exam") is True


def since_attempt(store: Store, lab: str, kind: str) -> list[Event]:
    """The events of a kind in the latest attempt at a lab; all events if it was never started."""
    attempt = current_attempt(store, lab)
    return store.events(kinds=[kind], lab=lab, since=attempt.at if attempt else None)


def hints_opened(store: Store, lab: str) -> dict[str, int]:
    """The highest hint level that was read of each objective in the latest attempt."""
    opened: dict[str, int] = {}
    for hint in since_attempt(store, lab, "hint"):
        level = hint.data.get("level")
        if hint.objective is not None and isinstance(level, int):
            opened[hint.objective] = max(level, opened.get(hint.objective, 0))
    return opened


def solution_opened(store: Store, lab: str) -> bool:
    """Whether the solution was shown in the latest attempt."""
    return bool(since_attempt(store, lab, "solution"))


def result_of(check: Event) -> LabResult:
    """The result in a `check` or `watched` event. Raises msgspec.ValidationError if it is malformed."""
    return msgspec.convert(check.data, LabResult)


def checks(store: Store, lab: str | None = None, newest: int | None = None) -> list[Checked]:
    """The verdicts on a lab, or on every lab, the oldest first."""
    return checked(store.events(kinds=["check"], lab=lab, newest=newest))


def checked(events: Iterable[Event]) -> list[Checked]:
    """The verdicts in the `check` events among these."""
    return [Checked(event.at, result_of(event)) for event in events if event.kind == "check"]


def last_seen(store: Store, lab: str) -> Checked | None:
    """The latest verdict on a lab that a check or a watch showed."""
    newest = store.events(kinds=["check", "watched"], lab=lab, newest=1)
    return next((Checked(event.at, result_of(event)) for event in newest), None)


def best_scores(ordered: Iterable[Checked]) -> dict[str, Best]:
    """The best score of each lab in these verdicts, and when it was first reached."""
    best: dict[str, Best] = {}
    for check in ordered:
        reached = Best(check.result.score, check.result.total, check.at)
        before = best.get(check.result.lab)
        if before is None or _share(reached) > _share(before):
            best[check.result.lab] = reached
    return best


def _share(best: Best) -> float:
    return best.score / best.total if best.total else 0.0
