"""The records of a workshop as Markdown: a table that can be printed, mailed or filed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from labs.show.boardtext import one_line
from labs.workshop.record import Record


def report(title: str, records: Iterable[Record], now: datetime, version: str) -> Iterator[str]:
    """Lines of Markdown; moments are UTC."""
    yield f"# {_cell(title)}"
    yield ""
    yield f"Verified by cardlabs {version}; as of {_moment(now)}. Times are those of the looks, in UTC."
    yield ""
    yield "| learner | account | lab | best | begun | passed | last look |"
    yield "|---|---|---|---|---|---|---|"
    for each in records:
        score = f"{each.best}/{each.total}" if each.total else "not seen"
        cells = (each.seat, each.account or "", each.lab, score)
        moments = (_moment(at) for at in (each.begun, each.passed, each.looked))
        yield f"| {' | '.join([*map(_cell, cells), *moments])} |"


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else ""


def _cell(text: str) -> str:
    escaped = one_line(text).replace("\\", "\\\\").replace("|", "\\|")
    return escaped.replace("<", "&lt;").replace("[", "\\[").replace("`", "\\`")
