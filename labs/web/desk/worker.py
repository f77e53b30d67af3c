"""A thread that runs all calls of the desk to AWS, immediately or later."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Worker:
    """A queue of tasks with due times, which run one at a time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._condition = threading.Condition()
        self._queue: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._finished = False

    def submit(self, do: Callable[[], None], seconds: float = 0) -> None:
        """Queues a task that is due after this many seconds."""
        with self._condition:
            heapq.heappush(self._queue, (self._clock() + seconds, next(self._numbers), do))
            self._condition.notify()

    def run_due(self) -> float | None:
        """Runs all due tasks. Returns the seconds until the next one is due; None if the queue is empty."""
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
        """Runs tasks in a thread while the block runs; its end abandons a running task."""
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
            except Exception:  # noqa: BLE001 - an error of one task must not end the others; it is printed
                traceback.print_exc()
                continue
            with self._condition:  # look again: a task submitted since then has notified already
                wait = self._queue[0][0] - self._clock() if self._queue else None
                if not self._finished and (wait is None or wait > 0):
                    self._condition.wait(wait)
