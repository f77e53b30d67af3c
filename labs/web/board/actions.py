"""Actions of instructors on the board: help, snooze, breaks. They are stored as events in the ledger."""

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
    """The actions of a board; `instructor` is the default name if the form has none."""

    source: BoardSource
    clock: Callable[[], datetime]
    instructor: str

    def helped(self, request: Request) -> Response:
        """Stores that an instructor helped a learner."""
        return self._store(request, EventKind.HELPED)

    def snooze(self, request: Request) -> Response:
        """Hides a learner from the queue for SNOOZE."""
        return self._store(request, EventKind.SNOOZED, SNOOZE)

    def start_break(self, request: Request) -> Response:
        """Starts a break, which stops all clocks, unless there is one."""
        if not self.source.state(self.clock()).on_break:
            self.source.ledger.add_event(Event(EventKind.BREAK, "", self._who(request), self.clock()))
        return _back(request)

    def end_break(self, request: Request) -> Response:
        """Ends the break."""
        self.source.ledger.end_break(self.clock())
        return _back(request)

    def _store(self, request: Request, kind: EventKind, lasts: timedelta | None = None) -> Response:
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
    """Redirects to the page of the form; only to paths of this site."""
    from werkzeug.utils import redirect

    back = request.form.get("back", "/")
    inside = back.startswith("/") and not back.startswith(("//", "/\\")) and back.isprintable()
    return redirect(back if inside else "/", 303)
