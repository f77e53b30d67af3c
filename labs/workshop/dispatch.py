"""Dispatches the seats of a round to the workers of any executor, each once and in a fair order."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from itertools import chain, zip_longest
from queue import SimpleQueue

from labs.errors import WorkersGone
from labs.workshop.roster import Seat
from labs.workshop.seat_result import SeatResult

CheckSeat = Callable[[Seat], SeatResult]
WorkerLost = Callable[[Seat, BaseException], SeatResult]
"""Returns the result of a seat whose worker died twice."""


@dataclass(frozen=True, slots=True)
class Workers:
    """An executor, the check that it runs for each seat, and the number of seats submitted ahead."""

    executor: Executor
    check: CheckSeat
    ahead: int


def in_turns(seats: Iterable[Seat]) -> list[Seat]:
    """The seats in turns, one of each account, so that a shared account does not delay the others."""
    by_account: defaultdict[str, list[Seat]] = defaultdict(list)
    for seat in seats:
        by_account[account_of(seat)].append(seat)
    turns = zip_longest(*by_account.values())
    return [seat for seat in chain.from_iterable(turns) if seat is not None]


def account_of(seat: Seat) -> str:
    """A key for the seat's account, from the roster alone; equal for seats that share an account."""
    return seat.known_account or f"profile {seat.profile or ''}"


def check_seats(seats: Iterable[Seat], workers: Workers, on_worker_lost: WorkerLost) -> Iterator[SeatResult]:
    """The result of each seat when it is complete; at most as many results are held as seats are submitted ahead.

    A seat whose worker died is checked once more, alone, after all others: another seat on that worker may have been
    the cause. Raises WorkersGone.
    """
    suspects: list[Seat] = []
    try:
        for seat, future in _completed(deque(in_turns(seats)), workers, workers.ahead):
            if _fault(future):
                suspects.append(seat)
            else:
                yield future.result()
        for seat, future in _completed(deque(suspects), workers, 1):
            fault = _fault(future)
            yield on_worker_lost(seat, fault) if fault else future.result()
    except BaseException:
        workers.executor.shutdown(wait=False, cancel_futures=True)
        raise


def _completed(todo: deque[Seat], workers: Workers, ahead: int) -> Iterator[tuple[Seat, Future[SeatResult]]]:
    """Each seat with its future, when that is done."""
    done: SimpleQueue[tuple[Seat, Future[SeatResult]]] = SimpleQueue()
    under_way = 0
    while todo or under_way:
        while todo and under_way < ahead:
            seat = todo.popleft()
            under_way += 1
            _submit(workers, seat, done)
        yield done.get()
        under_way -= 1


def _fault(future: Future[SeatResult]) -> BaseException | None:
    """The error of the worker; an error of the check itself is in its result. Raises WorkersGone."""
    fault = future.exception()
    if isinstance(fault, WorkersGone):
        raise fault
    return fault


def _submit(workers: Workers, seat: Seat, done: SimpleQueue[tuple[Seat, Future[SeatResult]]]) -> None:
    future = workers.executor.submit(workers.check, seat)
    future.add_done_callback(lambda finished: done.put((seat, finished)))
