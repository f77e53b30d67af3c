"""Instructors' actions on the board: help, snooze, breaks. All boards of the workshop show them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from labs.errors import UsageError
from labs.workshop.board_source import BoardSource
from labs.workshop.events import Event, EventKind

if TYPE_CHECKING:
    from werkzeug.wrappers import Request, Response

SNOOZE = timedelta(minutes=10)
MAX_NAME, MAX_NOTE = 60, 200


@dataclass(frozen=True, slots=True)
class Actions:
    """The actions of a board; `instructor` is who did it where the form does not say."""

    source: BoardSource
    clock: Callable[[], datetime]
    instructor: str

    def helped(self, request: Request) -> Response:
        """Somebody helped a learner."""
        return self._note(request, EventKind.HELPED)

    def snooze(self, request: Request) -> Response:
        """A learner needs no help for a while."""
        return self._note(request, EventKind.SNOOZED, SNOOZE)

    def start_break(self, request: Request) -> Response:
        """All clocks stand until the break is ended; a second click starts no second break."""
        if not self.source.state(self.clock()).on_break:
            self.source.ledger.add_event(Event(EventKind.BREAK, "", self._who(request), self.clock()))
        return _back(request)

    def end_break(self, request: Request) -> Response:
        """The clocks go on."""
        self.source.ledger.end_break(self.clock())
        return _back(request)

    def _note(self, request: Request, kind: EventKind, lasts: timedelta | None = None) -> Response:
        name, now = request.form.get("name", ""), self.clock()
        if all(seat.name != name for seat in self.source.roster.seats):
            raise UsageError("No learner of this name is in the roster.")
        note = request.form.get("note", "").strip()[:MAX_NOTE]
        event = Event(kind, name, self._who(request), now, now + lasts if lasts else None, note)
        self.source.ledger.add_event(event)
        return _back(request)

    def _who(self, request: Request) -> str:
        return request.form.get("who", "").strip()[:MAX_NAME] or self.instructor


def _back(request: Request) -> Response:
    """To the page on which the form stood: a path of this site, and nothing else."""
    from werkzeug.utils import redirect

    back = request.form.get("back", "/")
    inside = back.startswith("/") and not back.startswith(("//", "/\\"))
    return redirect(back if inside else "/", 303)
