"""`labs hint`: which objective to help with, and how much to say."""

from __future__ import annotations

import textwrap

from labs.content.lab import Lab, fill
from labs.content.markdown import plain
from labs.errors import UsageError
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
            raise UsageError(f"{lab.id} has no objective {wanted!r}; it has {', '.join(ids)}")
        return wanted
    if last is None:
        return ids[0]
    for state in ASKS_FOR_HELP:
        for result in last.objectives:
            if result.state == state and result.id in ids:
                return result.id
    raise UsageError(f"every objective of {lab.id} passed at the last check: there is nothing to hint at")


def render_hint(lab: Lab, objective: str, level: int, last: LabResult | None, width: int) -> str:
    """The hint of this level, with what the last check found; names are those of the last check."""
    names = {**lab.task.parameters, **(last.parameters if last else {})}
    goal = lab.goal(objective)
    lines = [f"{objective}: {fill(goal.title, names)}"]
    seen = next((each for each in last.objectives if each.id == objective), None) if last else None
    if seen and seen.state == "failed":
        lines.append(f"  found     {plain(seen.found)}")
        lines.append(f"  expected  {plain(seen.expected)}")
    lines.append("")
    lines += textwrap.wrap(fill(goal.hints[level - 1], names), min(width, 80))
    lines.append("")
    if level < len(goal.hints):
        lines.append(f"Hint {level} of {len(goal.hints)}. Next hint: labs hint {lab.id} {objective}")
    else:
        lines.append(f"Hint {level} of {len(goal.hints)} (last). Solution: labs solution {lab.id}")
    return "\n".join(lines)
