"""`labs hint`: a hint, with what the last check found."""

from __future__ import annotations

import textwrap

from labs.content.lab import Lab, fill
from labs.content.markdown import plain
from labs.show.wording import hanging
from labs.store import LabResult


def render_hint(lab: Lab, objective: str, level: int, last: LabResult | None, width: int) -> str:
    """The hint of this level, with what the last check found; names are those of the last check."""
    width = min(width, 80)
    names = {**lab.task.parameters, **(last.parameters if last else {})}
    goal = lab.goal(objective)
    lines = [f"{objective}: {fill(goal.title, names)}"]
    seen = next((each for each in last.objectives if each.id == objective), None) if last else None
    if seen and seen.state == "failed":
        lines += hanging("  found     ", plain(seen.found), width)
        lines += hanging("  expected  ", plain(seen.expected), width)
    lines.append("")
    lines += textwrap.wrap(fill(goal.hints[level - 1], names), width)
    if goal.link:
        lines.append(f"Read: {goal.link}")
    lines.append("")
    if level < len(goal.hints):
        lines.append(f"Hint {level} of {len(goal.hints)}. Next hint: labs hint {lab.id} {objective}")
    else:
        lines.append(f"Hint {level} of {len(goal.hints)} (last). Solution: labs solution {lab.id}")
    return "\n".join(lines)
