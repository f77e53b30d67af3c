"""The board in the terminal: draws it, and handles its keys."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from labs.errors import StoreError
from labs.show.board_text import board_lines, round_text
from labs.show.board_view import BoardView, view_lines
from labs.workshop.events import Event, EventKind, on_break

if TYPE_CHECKING:
    from labs.workshop.board import Board
    from labs.workshop.board_source import BoardSource
    from labs.workshop.seat_result import SeatResult

SNOOZE = timedelta(minutes=10)
PAGE = 10


class TerminalBoard:
    """A board whose view changes with keys; some keys store an event in the ledger."""

    def __init__(
        self, source: BoardSource, clock: Callable[[], datetime], who: Callable[[], str] = getpass.getuser
    ) -> None:
        self._source = source
        self._clock = clock
        self._who = who
        self._problem = ""
        self.view = BoardView()

    def draw(self, width: int, height: int | None) -> list[str]:
        """The lines for a screen of this size; the whole board if `height` is None."""
        now = self._clock()
        board, footer = self._source.board(now), round_text(self._source.rounds(), now)
        notices = [*self._source.notices(now), *[self._problem] * bool(self._problem)]
        if height is None:
            return board_lines(board, width, footer, notices)
        return view_lines(self.view, board, width, height, footer, notices, self._opened())

    def press(self, key: str | None) -> bool:
        """Handles a key. Returns False if it ends the board."""
        if key == "" or (key == "q" and not self.view.typing):
            return False
        if key is not None and self.view.typing:
            self.view = self.view.press(key, self._board(), PAGE)
            return True
        if key == "/":
            groups = {seat.name: seat.extra.get("group", "") for seat in self._source.roster.seats}
            self.view = replace(self.view, groups=groups)
        if key in ("h", "z", "p"):
            self._store_event(key)
        elif key is not None:
            self.view = self.view.press(key, self._board(), PAGE)
        return True

    def _board(self) -> Board:
        return self._source.board(self._clock())

    def _opened(self) -> SeatResult | None:
        """The latest result of the opened learner; None if the ledger cannot be read now."""
        if not self.view.opened or self.view.selected is None:
            return None
        unsaved = self._source.unsaved_result(self.view.selected)
        try:
            return unsaved or self._source.ledger.result(self.view.selected, self._source.labs)
        except StoreError:
            return None

    def _store_event(self, key: str) -> None:
        """Stores the event of a key: p starts or ends a break, h notes help, z snoozes the selected learner."""
        now, ledger, seat = self._clock(), self._source.ledger, self.view.selected
        try:
            self._problem = ""
            if key == "p" and on_break(ledger.events(), now):
                ledger.end_break(now)
            elif key == "p":
                ledger.add_event(Event(EventKind.BREAK, "", self._who(), now))
            elif seat and key == "h":
                ledger.add_event(Event(EventKind.HELPED, seat, self._who(), now))
            elif seat:
                ledger.add_event(Event(EventKind.SNOOZED, seat, self._who(), now, now + SNOOZE))
        except StoreError as error:
            self._problem = f"not saved: {error}"
