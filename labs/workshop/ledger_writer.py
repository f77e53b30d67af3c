"""Writes rounds to the ledger; results that cannot be written are kept, and written when the ledger is available."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from labs.errors import StoreError
from labs.workshop.ledger import Ledger
from labs.workshop.seat_result import SeatResult

FIRST_PAUSE = timedelta(seconds=1)
MAX_PAUSE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class _Start:
    """The start of a round."""

    round_id: str
    labs: tuple[str, ...]
    seats: int
    at: datetime

    def write(self, ledger: Ledger) -> None:
        ledger.start_round(self.labs, self.seats, self.at, self.round_id)


@dataclass(frozen=True, slots=True)
class _Result:
    """The result of a seat."""

    round_id: str
    result: SeatResult
    at: datetime

    def write(self, ledger: Ledger) -> None:
        ledger.record(self.round_id, self.result, self.at)


@dataclass(frozen=True, slots=True)
class _Finish:
    """The end of a round."""

    round_id: str
    at: datetime

    def write(self, ledger: Ledger) -> None:
        ledger.finish_round(self.round_id, self.at)


class LedgerWriter:
    """Writes in order. After a failure, it waits before the next attempt, twice as long each time, up to a minute."""

    def __init__(
        self,
        ledger: Ledger,
        clock: Callable[[], datetime],
        warn: Callable[[str], None],
        new_id: Callable[[], object] = uuid4,
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._warn = warn
        self._new_id = new_id
        self._pending: dict[int, _Start | _Result | _Finish] = {}
        """The rows not saved yet, by number, the oldest first."""
        self.added = 0
        """The number of things that were given to it so far."""
        self._last_two: dict[str, tuple[int, int]] = {}
        """The numbers of the last two results of a seat that say the same."""
        self._lock = threading.Lock()
        """Guards the rows; not held while one is written, so that boards show them in an outage."""
        self._turn = threading.Lock()
        """Held by the thread that writes."""
        self._pause = FIRST_PAUSE
        self._next_try: datetime | None = None
        self.unsaved_since: datetime | None = None
        """The time of the oldest thing that is not saved yet; None if all is saved."""

    def start_round(self, labs: Sequence[str], seats: int) -> str:
        """Starts a round and returns its id."""
        round_id = str(self._new_id())
        self._add(_Start(round_id, tuple(labs), seats, self._clock()))
        return round_id

    def record(self, round_id: str, result: SeatResult) -> None:
        """Stores the result of a seat."""
        self._add(_Result(round_id, result, self._clock()))

    def finish_round(self, round_id: str) -> None:
        """Marks a round as finished."""
        self._add(_Finish(round_id, self._clock()))

    def pending(self) -> list[tuple[SeatResult, datetime]]:
        """The results that are not saved yet, the oldest first."""
        with self._lock:
            return [(each.result, each.at) for each in self._pending.values() if isinstance(each, _Result)]

    def flush(self, *, at_once: bool = False) -> bool:
        """Writes what is not saved yet, unless it is too soon to try again. Returns whether everything is saved."""
        with self._turn:
            now = self._clock()
            if self._pending and (at_once or self._next_try is None or now >= self._next_try):
                self._write_all(now)
            return not self._pending

    def _add(self, change: _Start | _Result | _Finish) -> None:
        with self._lock:
            number = self.added = self.added + 1
            self._pending[number] = change
            if isinstance(change, _Result):
                self._merge(number, change.result)
        self.flush()

    def _merge(self, number: int, result: SeatResult) -> None:
        """Merges consecutive equal results of a seat: keeps the first and the last.

        So memory does not grow with the length of an outage, and no change or its time is lost.
        """
        first, last = self._last_two.get(result.name, (number, number))
        before = self._pending.get(last)
        if last == number or not isinstance(before, _Result) or _summary(before.result) != _summary(result):
            self._last_two[result.name] = (number, number)
            return
        if last != first:
            del self._pending[last]
        self._last_two[result.name] = (first, number)

    def _oldest(self) -> tuple[int, _Start | _Result | _Finish] | None:
        with self._lock:
            return next(iter(self._pending.items()), None)

    def _write_all(self, now: datetime) -> None:
        while oldest := self._oldest():
            number, change = oldest
            try:
                change.write(self._ledger)
            except StoreError as error:
                if self.unsaved_since is None:
                    self.unsaved_since = change.at
                    self._warn(f"results cannot be saved now and are kept until they can: {error}")
                self._next_try, self._pause = now + self._pause, min(2 * self._pause, MAX_PAUSE)
                return
            with self._lock:
                self._pending.pop(number, None)  # a later result may have replaced it meanwhile
        if self.unsaved_since is not None:
            self._warn("everything is saved again")
        self._next_try, self._pause, self.unsaved_since = None, FIRST_PAUSE, None


def _summary(result: SeatResult) -> tuple[object, ...]:
    """A summary of a result; equal for results with the same content."""
    labs = [
        (lab.lab, lab.parameters, [(each.id, each.state, each.found) for each in lab.findings])
        for lab in result.labs
    ]
    return (result.account, result.region, result.error, labs)
