"""A round: every seat looked at once, in a fair order, by the workers of any executor."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from itertools import chain, zip_longest
from queue import SimpleQueue

from labs.workshop.result import SeatResult
from labs.workshop.roster import Seat

Look = Callable[[Seat], SeatResult]


def fair(seats: Iterable[Seat]) -> list[Seat]:
    """The seats in turns, one of each account: whoever shares an account with many does not wait for all of them."""
    by_account: defaultdict[str, list[Seat]] = defaultdict(list)
    for seat in seats:
        by_account[_account(seat)].append(seat)
    turns = zip_longest(*by_account.values())
    return [seat for seat in chain.from_iterable(turns) if seat is not None]


def _account(seat: Seat) -> str:
    """The account as far as the roster tells it: those who share it have the same."""
    if seat.role_arn and seat.role_arn.count(":") >= 4:
        return seat.role_arn.split(":")[4]
    return seat.account or f"profile {seat.profile or ''}"


def look_at_all(seats: Iterable[Seat], look: Look, executor: Executor, ahead: int) -> Iterator[SeatResult]:
    """What is found out about each seat, as it comes; at most `ahead` seats are handed to the executor at a time.

    So many results wait at most, however many seats there are.
    """
    todo = deque(fair(seats))
    done: SimpleQueue[tuple[Seat, Future[SeatResult]]] = SimpleQueue()
    under_way = 0
    try:
        while todo or under_way:
            while todo and under_way < ahead:
                seat = todo.popleft()
                under_way += 1
                _hand_out(executor, look, seat, done)
            _, future = done.get()
            under_way -= 1
            yield future.result()
    except BaseException:
        executor.shutdown(wait=False, cancel_futures=True)
        raise


def _hand_out(
    executor: Executor, look: Look, seat: Seat, done: SimpleQueue[tuple[Seat, Future[SeatResult]]]
) -> None:
    future = executor.submit(look, seat)
    future.add_done_callback(lambda ended: done.put((seat, ended)))
