"""Opens hints and the solution, unless the attempt is an exam."""

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
"""The states of objectives that a hint is chosen for, in order of preference."""


def choose_objective(lab: Lab, wanted: str | None, last: LabResult | None) -> str:
    """The objective to give a hint for: the wanted one, else the first that failed in the last check, else the first.

    Raises UsageError for an unknown objective, and if every objective passed in the last check.
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
    """An opened hint: objective, level from 1, and the result that it was chosen by."""

    objective: str
    level: int
    last: LabResult | None


def open_hint(lab: Lab, objective: str | None, history: History) -> OpenedHint:
    """Opens the next hint, and stores that. Raises UsageError in an exam, and if there is no objective to help with."""
    store = history.store
    attempt = queries.current_attempt(store, lab.id)
    if queries.is_exam(attempt):
        raise UsageError(
            f"Hints are off: this attempt at {lab.id} is an exam. "
            f"To use hints, start a new attempt: labs start {lab.id}"
        )
    seen = queries.last_seen(store, lab.id)
    last = seen.result if seen else None
    chosen = choose_objective(lab, objective, last)
    level = min(queries.hints_opened(store, lab.id).get(chosen, 0) + 1, len(lab.goal(chosen).hints))
    store.append(queries.hint_event(history.new_event, lab.id, chosen, level, attempt))
    return OpenedHint(chosen, level, last)


def solution_script(lab: Lab, other: str | None) -> str:
    """The name of a solution's script: the reference solution, or `other`. Raises UsageError if it does not exist."""
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
    """Stores that the solution was shown: objectives that pass later earn no credit."""
    history.store.append(history.new_event("solution", lab=lab.id))
