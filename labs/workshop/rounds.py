"""A round: every seat looked at once, in a fair order, by the workers of any executor."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from itertools import chain, zip_longest
from queue import SimpleQueue

from labs.errors import WorkersGone
from labs.workshop.result import SeatResult
from labs.workshop.roster import Seat

AwsSession = Callable[[Seat], SeatResult]
Lost = Callable[[Seat, BaseException], SeatResult]
"""Makes the result of a seat that no worker survived."""


@dataclass(frozen=True, slots=True)
class Workers:
    """Who looks: an executor, what it does for each seat, and how many seats it is handed at a time."""

    executor: Executor
    look: AwsSession
    ahead: int


def fair(seats: Iterable[Seat]) -> list[Seat]:
    """The seats in turns, one of each account: whoever shares an account with many does not wait for all of them."""
    by_account: defaultdict[str, list[Seat]] = defaultdict(list)
    for seat in seats:
        by_account[account_of(seat)].append(seat)
    turns = zip_longest(*by_account.values())
    return [seat for seat in chain.from_iterable(turns) if seat is not None]


def account_of(seat: Seat) -> str:
    """The account as far as the roster tells it: those who share it have the same."""
    return seat.known_account or f"profile {seat.profile or ''}"


def look_at_all(seats: Iterable[Seat], workers: Workers, lost: Lost) -> Iterator[SeatResult]:
    """What is found out about each seat, as it comes; no more results wait than seats are handed out at a time.

    A seat that its worker did not survive is looked at once more, alone, when all others have been: it may only have
    sat beside the one that took the worker down. Raises WorkersGone.
    """
    suspects: list[Seat] = []
    try:
        for seat, future in _handed_out(deque(fair(seats)), workers, workers.ahead):
            if _fault(future):
                suspects.append(seat)
            else:
                yield future.result()
        for seat, future in _handed_out(deque(suspects), workers, 1):
            fault = _fault(future)
            yield lost(seat, fault) if fault else future.result()
    except BaseException:
        workers.executor.shutdown(wait=False, cancel_futures=True)
        raise


def _handed_out(todo: deque[Seat], workers: Workers, ahead: int) -> Iterator[tuple[Seat, Future[SeatResult]]]:
    """Each seat with its future, as soon as that is done."""
    done: SimpleQueue[tuple[Seat, Future[SeatResult]]] = SimpleQueue()
    under_way = 0
    while todo or under_way:
        while todo and under_way < ahead:
            seat = todo.popleft()
            under_way += 1
            _hand_out(workers, seat, done)
        yield done.get()
        under_way -= 1


def _fault(future: Future[SeatResult]) -> BaseException | None:
    """Why nobody could look; what a look itself met is in its result. Raises WorkersGone."""
    fault = future.exception()
    if isinstance(fault, WorkersGone):
        raise fault
    return fault


def _hand_out(workers: Workers, seat: Seat, done: SimpleQueue[tuple[Seat, Future[SeatResult]]]) -> None:
    future = workers.executor.submit(workers.look, seat)
    future.add_done_callback(lambda ended: done.put((seat, ended)))
