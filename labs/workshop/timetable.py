"""Schedules the steps of a rehearsal: generators that yield the seconds until their next step."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Generator, Sequence

Steps = Generator[float, None, None]
"""Each iteration is a step, and yields the seconds until the next one."""


class Timetable:
    """Runs steps in the order of their times. `close` may be called from another thread."""

    def __init__(self, learners: Sequence[Steps]) -> None:
        self._learners = learners
        self._lock = threading.Lock()
        self._closed = False
        self._due = [(next(steps), number) for number, steps in enumerate(learners)]
        heapq.heapify(self._due)

    def advance(self, until: float) -> None:
        """Runs every step that is due until this time in seconds."""
        while self._step(until):
            continue

    def _step(self, until: float) -> bool:
        with self._lock:
            if self._closed or not self._due or self._due[0][0] > until:
                return False
            at, number = heapq.heappop(self._due)
            pause = next(self._learners[number], None)
            if pause is not None:
                heapq.heappush(self._due, (at + pause, number))
            return True

    def close(self) -> None:
        """Closes all generators, after the current step."""
        with self._lock:
            self._closed = True
            for steps in self._learners:
                steps.close()
