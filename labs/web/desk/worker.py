"""One thread for all that the desk asks of AWS: now, or at a later moment."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Worker:
    """A queue of work, each with the moment from which it is to be done; one is done after the other."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._condition = threading.Condition()
        self._queue: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._finished = False

    def submit(self, do: Callable[[], None], seconds: float = 0) -> None:
        """Does this after this many seconds, or as soon as what came before is done."""
        with self._condition:
            heapq.heappush(self._queue, (self._clock() + seconds, next(self._numbers), do))
            self._condition.notify()

    def run_due(self) -> float | None:
        """Does all that is due; the seconds until the next is, or None if nothing waits."""
        while True:
            with self._condition:
                if not self._queue:
                    return None
                if (wait := self._queue[0][0] - self._clock()) > 0:
                    return wait
                do = heapq.heappop(self._queue)[2]
            do()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Works in a thread while the block runs; what is still asked of AWS then is abandoned."""
        threading.Thread(target=self._run, name="desk", daemon=True).start()
        try:
            yield
        finally:
            with self._condition:
                self._finished = True
                self._condition.notify()

    def _run(self) -> None:
        while not self._finished:
            try:
                self.run_due()
            except Exception:  # noqa: BLE001 - a fault of one check must not end all others; it is printed
                traceback.print_exc()
                continue
            with self._condition:  # what was submitted since has to be seen here: its notice is past
                wait = self._queue[0][0] - self._clock() if self._queue else None
                if not self._finished and (wait is None or wait > 0):
                    self._condition.wait(wait)
