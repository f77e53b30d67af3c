"""A round as one HTML file that needs nothing else: for the records, and for those who have no terminal."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from labs.show.board_text import duration, plural, visible
from labs.show.verdict_json import found_text
from labs.verdict import Finding
from labs.workshop.seat_result import SeatResult, Summary

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER = Path(__file__).parent / "web"


@cache
def templates() -> Environment:
    """The templates of boards and reports: whatever is put into them is escaped, and cannot hide its letters."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    found = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_visible,
    )
    found.filters.update(address=quote, duration=duration, found=_found, json=_json, plural=plural)
    return found


def page(
    title: str, labs: Sequence[str], seats: Iterable[SeatResult], summary: Summary, now: datetime
) -> Iterator[str]:
    """The file, seat by seat."""
    from labs import __version__

    return (
        templates()
        .get_template("report.html")
        .generate(
            title=title,
            labs=labs,
            seats=seats,
            summary=summary,
            now=now,
            version=__version__,
            style=style(),
        )
    )


def style() -> Any:
    """The style sheet, to stand in a page."""
    from markupsafe import Markup

    return Markup((FOLDER / "static" / "board.css").read_text("utf-8"))  # noqa: S704 - our own file


def _found(finding: Finding) -> str:
    """What was seen of an objective, or why nothing was."""
    return found_text(finding) if finding.found else finding.message


def _json(value: object) -> Any:
    """A piece of evidence, on several lines."""
    from markupsafe import escape

    return escape(visible(json.dumps(value, indent=1, ensure_ascii=False, default=str)))


def _visible(value: object) -> object:
    """Text without control characters and without letters that turn the direction of writing."""
    return visible(value) if type(value) is str else value
