"""The board from the ledger, whichever instructor ran the rounds; it goes on while the ledger is away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from labs.errors import StoreError
from labs.workshop.board import Board, make_board, standings_of
from labs.workshop.events import Event, on_break
from labs.workshop.identity import accounts_of, current_standings
from labs.workshop.ledger import LatestCheck, Ledger, StoredRound
from labs.workshop.ledger_writer import LedgerWriter
from labs.workshop.roster import Roster
from labs.workshop.seat_result import SeatResult, Standing


@dataclass(frozen=True, slots=True)
class _Known:
    """What the ledger held when it was read last."""

    latest: Mapping[str, LatestCheck]
    standings: Sequence[Standing]
    rounds: Sequence[StoredRound]
    events: Sequence[Event]


class BoardSource:
    """Makes boards; what `writer` could not save yet is on them too."""

    def __init__(
        self,
        ledger: Ledger,
        roster: Roster,
        labs: Sequence[str],
        writer: LedgerWriter | None = None,
        stuck_after: timedelta | None = None,
    ) -> None:
        self._ledger = ledger
        self._roster = roster
        self._labs = labs
        self._writer = writer
        self._stuck_after = stuck_after
        self._known = _Known({}, (), (), ())

    def board(self, now: datetime) -> Board:
        """The board as of now."""
        known = self._read()
        accounts = accounts_of(self._roster, known.latest)
        standings = current_standings(known.standings, accounts)
        errors = {
            name: check.error
            for name, check in known.latest.items()
            if check.account in (accounts.get(name), None)
        }
        for result, at in self._writer.pending() if self._writer else ():
            if result.name in standings:
                errors[result.name] = result.error
                _overlay(standings[result.name], result, at)
        own = [each for of_seat in standings.values() for each in of_seat.values()]
        return make_board(
            self._roster.title,
            list(accounts),
            self._labs,
            own,
            errors,
            now,
            events=known.events,
            stuck_after=self._stuck_after,
        )

    def rounds(self) -> Sequence[StoredRound]:
        """The rounds, the oldest first."""
        return self._read().rounds

    def notices(self, now: datetime) -> list[str]:
        """What instructors should know of the board itself."""
        found = []
        unsaved = self._writer.unsaved_since if self._writer else None
        if unsaved:
            found.append(f"not saved since {unsaved:%H:%M}: the database is away, this board goes on")
        if on_break(self._known.events, now):
            found.append("break: all clocks stand")
        return found

    def _read(self) -> _Known:
        ledger = self._ledger
        try:
            self._known = _Known(ledger.seats(), ledger.standings(), ledger.rounds(), ledger.events())
        except StoreError:
            return self._known  # the writer says so, and for how long
        return self._known


def board_of(ledger: Ledger, roster: Roster, labs: Sequence[str], now: datetime) -> Board:
    """The board from the ledger."""
    return BoardSource(ledger, roster, labs).board(now)


def _overlay(own: dict[str, Standing], result: SeatResult, at: datetime) -> None:
    """Puts a result that is not saved yet over the standings of its seat."""
    for fresh in standings_of(result, at):
        before = own.get(fresh.lab)
        if before is None:
            own[fresh.lab] = fresh
        elif before.states == fresh.states:
            own[fresh.lab] = replace(before, at=at, looks=before.looks + 1)
        else:
            own[fresh.lab] = replace(
                before, since=at, looks=1, at=at, states=fresh.states, begun=before.begun or at
            )
