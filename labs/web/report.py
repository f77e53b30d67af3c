"""A round as one self-contained HTML file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from labs.web.templating import FOLDER, templates
from labs.workshop.seat_result import SeatResult, Summary


def page(
    title: str, labs: Sequence[str], seats: Iterable[SeatResult], summary: Summary, now: datetime
) -> Iterator[str]:
    """The parts of the HTML file, one seat at a time."""
    from markupsafe import Markup

    from labs import __version__

    style = Markup((FOLDER / "static" / "app.css").read_text("utf-8"))  # noqa: S704 - our own file
    about = {"title": title, "labs": labs, "seats": seats, "summary": summary, "now": now}
    return templates().get_template("report.html").generate(**about, version=__version__, style=style)
