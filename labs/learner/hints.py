"""Hints and the solution: which objective to help with, how much to say, and what an exam refuses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from labs.errors import UsageError
from labs.store import queries

if TYPE_CHECKING:
    from labs.content.lab import Lab
    from labs.learner.history import History
    from labs.store import LabResult

ASKS_FOR_HELP = ("failed", "inconclusive", "blocked")
"""The states of an objective that a hint may be about, the most urgent first."""


def choose(lab: Lab, wanted: str | None, last: LabResult | None) -> str:
    """The objective to help with: the one asked for, else what failed first in the last check, else the first.

    Raises UsageError for an objective that the lab does not have, and where the last check passed everything.
    """
    ids = [goal.id for goal in lab.task.objectives]
    if wanted is not None:
        if wanted not in ids:
            raise UsageError(f"{lab.id} has no objective {wanted!r}. Its objectives: {', '.join(ids)}")
        return wanted
    if last is None:
        return ids[0]
    for state in ASKS_FOR_HELP:
        for result in last.objectives:
            if result.state == state and result.id in ids:
                return result.id
    raise UsageError(f"No hints: every objective of {lab.id} passed in the last check.")


@dataclass(frozen=True, slots=True)
class OpenedHint:
    """A hint that was opened: its objective and level, and the result by which it was chosen."""

    objective: str
    level: int
    last: LabResult | None


def open_hint(lab: Lab, objective: str | None, history: History) -> OpenedHint:
    """The next hint, remembered. Raises UsageError in an exam, and where there is nothing to hint at."""
    store = history.store
    attempt = queries.current_attempt(store, lab.id)
    if queries.is_exam(attempt):
        raise UsageError(
            f"Hints are off: this attempt at {lab.id} is an exam. "
            f"To use hints, start a new attempt: labs start {lab.id}"
        )
    seen = queries.last_seen(store, lab.id)
    last = seen.result if seen else None
    chosen = choose(lab, objective, last)
    level = min(queries.hints_opened(store, lab.id).get(chosen, 0) + 1, len(lab.goal(chosen).hints))
    store.append(queries.hint_event(history.new_event, lab.id, chosen, level, attempt))
    return OpenedHint(chosen, level, last)


def solution_script(lab: Lab, other: str | None) -> str:
    """The name of a solution's script: the reference, or another one. Raises UsageError if there is none."""
    others = [each for each in lab.solutions() if each != "solution"]
    if other and other not in others:
        has = f"Others: {', '.join(others)}" if others else "It has no other."
        raise UsageError(f"{lab.id} has no solution {other!r}. {has}")
    return f"solutions/{other}" if other else "solution"


def refuse_solution_in_exam(lab: Lab, history: History) -> None:
    """Raises UsageError in an exam."""
    if queries.is_exam(queries.current_attempt(history.store, lab.id)):
        raise UsageError(
            f"The solution is off: this attempt at {lab.id} is an exam. Start a new attempt: labs start {lab.id}"
        )


def open_solution(lab: Lab, history: History) -> None:
    """Remembers that the solution was looked at: what passes after it is not the learner's own work."""
    history.store.append(history.new_event("solution", lab=lab.id))
