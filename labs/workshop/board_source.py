"""Makes the board from the ledger, whoever ran the rounds; keeps the last state while the ledger is unreachable."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from labs.errors import StoreError
from labs.workshop.board import Board, standings_of
from labs.workshop.board_maker import BoardMaker
from labs.workshop.events import Event, on_break
from labs.workshop.identity import accounts_of, current_standings
from labs.workshop.ledger import Ledger
from labs.workshop.ledger_rows import LatestCheck, StoredRound
from labs.workshop.ledger_writer import LedgerWriter
from labs.workshop.roster import Roster
from labs.workshop.seat_result import SeatResult, Standing


@dataclass(frozen=True, slots=True)
class BoardState:
    """A board and everything that its pages show, at one point in time."""

    board: Board
    standings: Mapping[str, Mapping[str, Standing]]
    """The standings of each seat in its current account, by lab."""
    latest: Mapping[str, LatestCheck]
    accounts: Mapping[str, str | None]
    rounds: Sequence[StoredRound]
    events: Sequence[Event]
    now: datetime
    unsaved_since: datetime | None = None
    unsaved: int = 0
    """The number of results that are not saved yet."""

    @property
    def on_break(self) -> bool:
        """Whether there is a break now."""
        return on_break(self.events, self.now)

    @property
    def checked_at(self) -> datetime | None:
        """The time of the latest check of any seat."""
        return max((each.at for each in self.latest.values()), default=None)


StandingKey = tuple[str, str, str, str]


@dataclass(slots=True)
class _Known:
    """The content of the ledger at the revision that was last read."""

    revision: int = -1
    latest: dict[str, LatestCheck] = field(default_factory=dict)
    stored: defaultdict[str, dict[StandingKey, Standing]] = field(default_factory=lambda: defaultdict(dict))
    """All standings of each seat."""
    standings: dict[str, dict[str, Standing]] = field(default_factory=dict)
    """Standings of each seat of the roster in its current account, by lab; replaced by a new object on change."""
    rounds: Sequence[StoredRound] = ()
    events: Sequence[Event] = ()


class BoardSource:
    """Makes boards from the ledger, and from results that `writer` has not saved yet. Reads only changed rows."""

    def __init__(
        self,
        ledger: Ledger,
        roster: Roster,
        labs: Sequence[str],
        writer: LedgerWriter | None = None,
        stuck_after: timedelta | None = None,
    ) -> None:
        self.ledger = ledger
        self.labs = tuple(labs)
        self._writer = writer
        self._stuck_after = stuck_after
        self._lock = threading.Lock()
        self._rosters = 0
        self.change_roster(roster)

    def change_roster(self, roster: Roster) -> None:
        """Switches to a changed roster of the same workshop, and reads the whole ledger again."""
        with self._lock:
            self.roster = roster
            self._rosters += 1
            self._maker = BoardMaker(roster.title, self.labs, self._stuck_after)
            self._known = _Known(standings={seat.name: {} for seat in roster.seats})

    def state(self, now: datetime, counted_to: datetime | None = None) -> BoardState:
        """The board at `now` with its data; ages end at `counted_to`, by default now."""
        with self._lock:
            self._read()
            return self._state(now, counted_to)

    def _state(self, now: datetime, counted_to: datetime | None) -> BoardState:
        known, latest, standings = self._known, dict(self._known.latest), dict(self._known.standings)
        accounts = accounts_of(self.roster, latest)
        errors = {
            name: check.error for name, check in latest.items() if check.account in (accounts.get(name), None)
        }
        pending = self._writer.pending() if self._writer else []
        for result, at in pending:
            if result.name in standings:
                errors[result.name] = result.error
                standings[result.name] = _overlaid(standings[result.name], result, at)
                latest[result.name] = LatestCheck(
                    result.name,
                    result.account,
                    result.region,
                    result.error,
                    (),
                    result.calls,
                    result.seconds,
                    at,
                )
        board = self._maker.board(standings, errors, now, known.events, counted_to)
        unsaved_since = self._writer.unsaved_since if self._writer else None
        return BoardState(
            board, standings, latest, accounts, known.rounds, known.events, now, unsaved_since, len(pending)
        )

    def unsaved_result(self, seat: str) -> SeatResult | None:
        """The latest result of a seat that is not saved yet."""
        found = (
            [result for result, _ in self._writer.pending() if result.name == seat] if self._writer else []
        )
        return found[-1] if found else None

    def board(self, now: datetime) -> Board:
        """The board as of now."""
        return self.state(now).board

    def rounds(self) -> Sequence[StoredRound]:
        """The rounds, the oldest first."""
        with self._lock:
            self._read()
            return self._known.rounds

    def notices(self, now: datetime) -> list[str]:
        """Warnings of the board about itself."""
        found = []
        unsaved = self._writer.unsaved_since if self._writer else None
        if unsaved:
            found.append(
                f"not saved since {unsaved.astimezone():%H:%M}: the database is away, this board goes on"
            )
        if on_break(self._known.events, now):
            found.append("break: all clocks are stopped")
        return found

    def revision(self) -> tuple[int, int, int]:
        """A value that changes whenever the board's data do: ledger revision, unsaved results, roster."""
        with self._lock:
            self._read()
            return self._known.revision, self._writer.added if self._writer else 0, self._rosters

    def _read(self) -> None:
        """Reads the rows written since the last revision; keeps the known state while the ledger is unreachable."""
        known = self._known
        with suppress(StoreError):  # the writer says so, and for how long
            if self.ledger.revision() == known.revision:
                return
            changes = self.ledger.changes(known.revision)
            rounds, events = self.ledger.rounds(), self.ledger.events()
            known.latest |= changes.seats
            for each in changes.standings:
                key = (each.account, each.region, each.lab, each.parameters)
                known.stored[each.seat].pop(key, None)  # the latest check comes last
                known.stored[each.seat][key] = each
            changed = {each.seat for each in changes.standings} | changes.seats.keys()
            accounts = accounts_of(self.roster, known.latest)
            known.standings |= current_standings(
                [each for seat in changed for each in known.stored[seat].values()],
                {seat: accounts[seat] for seat in changed if seat in accounts},
            )
            known.rounds, known.events, known.revision = rounds, events, changes.revision


def _overlaid(stored: Mapping[str, Standing], result: SeatResult, at: datetime) -> dict[str, Standing]:
    """The standings of a seat with a result that is not saved yet."""
    own = dict(stored)
    for fresh in standings_of(result, at):
        before = own.get(fresh.lab)
        if before is None:
            own[fresh.lab] = fresh
        elif before.states == fresh.states:
            own[fresh.lab] = replace(before, at=at, checks=before.checks + 1)
        else:
            own[fresh.lab] = replace(
                before,
                since=at,
                checks=1,
                at=at,
                states=fresh.states,
                found=fresh.found,
                started=before.started or at,
            )
    return own
