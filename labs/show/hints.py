"""`labs hint`: a hint, with what the last check found."""

from __future__ import annotations

import textwrap

from labs.content.lab import Lab, fill
from labs.content.markdown import plain
from labs.store import LabResult


def render_hint(lab: Lab, objective: str, level: int, last: LabResult | None, width: int) -> str:
    """The hint of this level, with what the last check found; names are those of the last check."""
    names = {**lab.task.parameters, **(last.parameters if last else {})}
    goal = lab.goal(objective)
    lines = [f"{objective}: {fill(goal.title, names)}"]
    seen = next((each for each in last.objectives if each.id == objective), None) if last else None
    if seen and seen.state == "failed":
        lines += _row("  found     ", plain(seen.found), width)
        lines += _row("  expected  ", plain(seen.expected), width)
    lines.append("")
    lines += textwrap.wrap(fill(goal.hints[level - 1], names), min(width, 80))
    if goal.link:
        lines.append(f"Read: {goal.link}")
    lines.append("")
    if level < len(goal.hints):
        lines.append(f"Hint {level} of {len(goal.hints)}. Next hint: labs hint {lab.id} {objective}")
    else:
        lines.append(f"Hint {level} of {len(goal.hints)} (last). Solution: labs solution {lab.id}")
    return "\n".join(lines)


def _row(label: str, text: str, width: int) -> list[str]:
    return textwrap.wrap(
        text,
        min(width, 80),
        initial_indent=label,
        subsequent_indent=" " * len(label),
        break_long_words=False,
        break_on_hyphens=False,
    )
