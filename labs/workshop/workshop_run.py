"""A workshop in progress: its roster and labs, the checker of its seats, and the ledger of its results."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from labs.aws.faults import Reason
from labs.errors import StoreError, WorkersGone
from labs.workshop.dispatch import Workers, check_seats
from labs.workshop.ledger import Ledger
from labs.workshop.ledger_writer import LedgerWriter
from labs.workshop.roster import Roster, Seat
from labs.workshop.seat_checker import SeatChecker
from labs.workshop.seat_result import SeatResult, Summary
from labs.workshop.spool import Spool


@dataclass(frozen=True, slots=True)
class RoundOutcome:
    """The outcome of a round: its sums and duration, and whether it was interrupted or lost its workers."""

    summary: Summary
    seconds: float
    stopped: bool
    seats_left: int
    broken: bool = False
    calls: int = 0
    """The calls that this run made; the sums include those of results that were known before."""


DONE_EVERY_ROUNDS = 10
"""Of this many rounds on a board, one checks a seat that has passed everything."""


class WorkshopRun:
    """Runs rounds. If the ledger cannot be written, the round goes on, and its results are written later."""

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
        self.writer = LedgerWriter(ledger, clock, warn) if ledger else None
        self.warn = warn
        self._done: set[str] = set()
        self._rounds = 0

    def run_round(
        self,
        workers: Workers,
        spool: Spool,
        *,
        resume: bool = False,
        done_seldom: bool = False,
        on_result: Callable[[SeatResult], None] = lambda _: None,
    ) -> RoundOutcome:
        """Checks every seat once, into the spool and the ledger; after Ctrl-C the results so far are kept.

        With `done_seldom`, seats that have passed everything are checked in one round of DONE_EVERY_ROUNDS.
        """
        started, stopped, broken = time.monotonic(), False, False
        round_id, known = self._start(resume)
        if done_seldom:
            known |= self._resting()
        self._rounds += 1
        self._reuse(known, spool)
        todo = [seat for seat in self.roster.seats if spool.get(seat.name) is None]
        left, calls = len(todo), 0
        unsaved: SeatResult | None = None
        try:
            for result in check_seats(todo, workers, self._lost):
                unsaved = result
                left -= 1
                calls += result.calls
                self._keep(round_id, result, spool)
                unsaved = None
                on_result(result)
            if self.writer:
                self.writer.finish_round(round_id)
        except KeyboardInterrupt:
            stopped = True
            self.seat_checker.stop()
            if unsaved:  # what is printed as known, --resume must know too
                self._keep(round_id, unsaved, spool)
        except WorkersGone as error:
            broken = True
            self.warn(f"the round ends here: {error}")
        summary = Summary.of(self.results(spool))
        return RoundOutcome(summary, time.monotonic() - started, stopped, left, broken, calls)

    def _keep(self, round_id: str, result: SeatResult, spool: Spool) -> None:
        """Adds a result to the spool and the ledger; adding it again changes only the time."""
        spool.add(result)
        (self._done.add if result.passed else self._done.discard)(result.name)
        if self.writer:
            self.writer.record(round_id, result)

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
                return stopped, self._ledger.checked_seats(stopped)
            self.warn("there is no stopped round of these labs to resume, so a new one starts")
        return self.writer.start_round(self.labs, len(self.roster.seats)) if self.writer else "", set()

    def _resting(self) -> set[str]:
        """The seats that are done and not due in this round; each is due in another one."""
        return {
            seat.name
            for number, seat in enumerate(self.roster.seats)
            if seat.name in self._done and (number + self._rounds) % DONE_EVERY_ROUNDS
        }

    def _reuse(self, names: set[str], spool: Spool) -> None:
        """Adds the stored results of these seats to the spool, as far as there are any."""
        for seat in self.roster.seats:
            if seat.name in names and (before := self._known(seat)):
                spool.add(before)

    def _known(self, seat: Seat) -> SeatResult | None:
        """The stored result of a seat; None if there is none, or the ledger is away."""
        if self._ledger is None:
            return None
        try:
            return self._ledger.result(seat.name, self.labs, seat.known_account)
        except StoreError:
            return None
