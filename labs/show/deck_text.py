"""`labs decks check` for people: each problem with file and line, as compilers print them."""

from __future__ import annotations

from typing import Any

from labs.content.markdown import plain
from labs.show.wording import plural


def render_deck_report(report: dict[str, Any]) -> str:
    """A line for each problem, and a summary for each deck."""
    lines = []
    for deck in report["decks"]:
        problems = deck["problems"]
        lines += [
            f"{deck['path']}:{each['line']}: {each['level']} {each['code']}: {plain(each['message'])}"
            for each in problems
        ]
        errors = sum(each["level"] == "error" for each in problems)
        lines.append(
            f"{deck['path']}: {plural(deck['cards'], 'card')}, {plural(errors, 'error')}, "
            f"{plural(len(problems) - errors, 'warning')}"
        )
    return "\n".join(lines)
