"""Counts the calls of a workshop's day, with a simulated clock: `python -m bench.day`.

300 seats, a round every 30 seconds for eight hours, half of the seats done after two.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from labs.verdict import Finding, LabVerdict, State
from labs.workshop.dispatch import Workers
from labs.workshop.roster import Roster, Seat
from labs.workshop.seat_result import SeatResult
from labs.workshop.spool import Spool
from labs.workshop.workshop_run import WorkshopRun

SEATS, HOURS, DONE_AFTER, EVERY = 300, 8, 2, timedelta(seconds=30)
CALLS = 16
"""The calls of a seat in a round, as `bench.workshop` counts them for ecs-placement."""
START = datetime(2026, 1, 1, 9, tzinfo=UTC)


class Checker:
    """A checker that makes no calls: seats are done at fixed times."""

    jobs = ()

    def __init__(self) -> None:
        self.now = START

    def check(self, seat: Seat) -> SeatResult:
        """The result of a seat; one with an even number is done after two hours."""
        done = int(seat.name) % 2 == 0 and self.now - START >= timedelta(hours=DONE_AFTER)
        finding = Finding("one", "One", State.PASSED if done else State.FAILED, ())
        return SeatResult(seat.name, None, (LabVerdict("lab", "Lab", {}, (finding,), 0.0),), None, CALLS, 0.0)


class Results:
    """The latest result of each seat, instead of a ledger."""

    def __init__(self) -> None:
        self._results: dict[str, SeatResult] = {}

    def start_round(self, *_: object) -> None:
        """Nothing: rounds are not counted here."""

    def finish_round(self, *_: object) -> None:
        """Nothing."""

    def record(self, _: str, result: SeatResult, __: datetime) -> None:
        """Keeps a result."""
        self._results[result.name] = result

    def result(self, seat: str, *_: object) -> SeatResult | None:
        """The latest result."""
        return self._results.get(seat)


def calls_of_a_day(*, done_seldom: bool) -> int:
    """All calls of all rounds."""
    checker = Checker()
    seats = tuple(Seat(str(number)) for number in range(SEATS))
    run = WorkshopRun(Roster("Day", seats), checker, Results(), lambda: checker.now, print)  # type: ignore[arg-type]
    workers = Workers(ThreadPoolExecutor(1), checker.check, 2)
    calls = 0
    while checker.now < START + timedelta(hours=HOURS):
        with Spool() as spool:
            calls += run.run_round(workers, spool, done_seldom=done_seldom).calls
        checker.now += EVERY
    return calls


def main() -> None:
    """Compares a day in which every round checks all seats with one in which finished seats are checked seldom."""
    always, seldom = calls_of_a_day(done_seldom=False), calls_of_a_day(done_seldom=True)
    print(
        f"every seat in every round: {always:,} calls; done seats seldom: {seldom:,} = {seldom / always:.0%}"
    )


if __name__ == "__main__":
    main()
