"""A workshop in progress: its roster and labs, the checker of its seats, and the ledger of its results."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from labs.aws.faults import Reason
from labs.errors import StoreError, WorkersGone
from labs.workshop.board import Board, make_board
from labs.workshop.dispatch import Workers, check_seats
from labs.workshop.identity import accounts_of, current_standings
from labs.workshop.ledger import Ledger
from labs.workshop.roster import Roster, Seat
from labs.workshop.seat_checker import SeatChecker
from labs.workshop.seat_result import SeatResult, Summary
from labs.workshop.spool import Spool


def board_of(ledger: Ledger, roster: Roster, labs: Sequence[str], now: datetime) -> Board:
    """The board from the ledger, whichever instructor ran the rounds."""
    latest = ledger.seats()
    accounts = accounts_of(roster, latest)
    known = current_standings(ledger.standings(), accounts)
    standings = [each for own in known.values() for each in own.values()]
    errors = {
        name: check.error for name, check in latest.items() if check.account in (accounts.get(name), None)
    }
    return make_board(roster.title, list(accounts), labs, standings, errors, now)


@dataclass(frozen=True, slots=True)
class RoundOutcome:
    """The outcome of a round: its sums and duration, and whether it was interrupted or lost its workers."""

    summary: Summary
    seconds: float
    stopped: bool
    seats_left: int
    broken: bool = False


class WorkshopRun:
    """Runs rounds. If the ledger cannot be written, `warn` is called once and the round goes on."""

    def __init__(
        self,
        roster: Roster,
        seat_checker: SeatChecker,
        ledger: Ledger | None,
        clock: Callable[[], datetime],
        warn: Callable[[str], None],
    ) -> None:
        self.roster = roster
        self.labs = tuple(job.lab.id for job in seat_checker.jobs)
        self.seat_checker = seat_checker
        self._ledger = ledger
        self._clock = clock
        self._warn = warn

    def run_round(
        self,
        workers: Workers,
        spool: Spool,
        *,
        resume: bool = False,
        on_result: Callable[[SeatResult], None] = lambda _: None,
    ) -> RoundOutcome:
        """Checks every seat once, into the spool and the ledger; after Ctrl-C the results so far are kept."""
        started, stopped, broken = time.monotonic(), False, False
        round_id, known = self._start(resume)
        for seat in self.roster.seats:
            if seat.name in known and (before := self._known(seat)):
                spool.add(before)
        todo = [seat for seat in self.roster.seats if spool.get(seat.name) is None]
        left = len(todo)
        try:
            for result in check_seats(todo, workers, self._lost):
                left -= 1
                spool.add(result)
                self._keep(lambda book, result=result: book.record(round_id, result, self._clock()))  # type: ignore[misc] # mypy cannot infer a lambda with a default
                on_result(result)
            self._keep(lambda book: book.finish_round(round_id, self._clock()))
        except KeyboardInterrupt:
            stopped = True
            self.seat_checker.stop()
        except WorkersGone as error:
            broken = True
            self._warn(f"the round ends here: {error}")
        summary = Summary()
        for result in self.results(spool):
            summary.add(result)
        return RoundOutcome(summary, time.monotonic() - started, stopped, left, broken)

    def results(self, spool: Spool) -> Iterator[SeatResult]:
        """The result of each seat, in the order of the roster."""
        for seat in self.roster.seats:
            yield spool.get(seat.name) or self.seat_checker.not_reached(seat)

    def stop(self) -> None:
        """Wakes the threads that wait for their turn, which then give up."""
        self.seat_checker.stop()

    def _lost(self, seat: Seat, error: BaseException) -> SeatResult:
        return self.seat_checker.could_not_read(seat, Reason(str(error) or type(error).__name__))

    def _start(self, resume: bool) -> tuple[str, set[str]]:
        """The id of the round to run, a new one or the one that was stopped, and the seats that it has checked."""
        if self._ledger and resume:
            stopped = self._ledger.stopped_round(self.labs)
            if stopped:
                return stopped, self._ledger.looked_at(stopped)
            self._warn("no round of this workshop and these labs was stopped: a new one begins")
        round_ids: list[str] = []
        self._keep(
            lambda book: round_ids.append(book.start_round(self.labs, len(self.roster.seats), self._clock()))
        )
        return "".join(round_ids), set()

    def _known(self, seat: Seat) -> SeatResult | None:
        assert self._ledger is not None
        return self._ledger.result(seat.name, self.labs)

    def _keep(self, write: Callable[[Ledger], object]) -> None:
        if self._ledger is None:
            return
        try:
            write(self._ledger)
        except StoreError as error:
            self._warn(f"this round is not remembered: {error}")
            self._ledger = None
