"""Who makes the next step of a rehearsal, and when: generators that say after how many seconds they want to go on."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Generator, Sequence

Steps = Generator[float, None, None]
"""Makes a step each time; the seconds until the next one."""


class Timetable:
    """Makes steps in the order of their times; may be closed by another thread than the one that advances it."""

    def __init__(self, learners: Sequence[Steps]) -> None:
        self._learners = learners
        self._lock = threading.Lock()
        self._closed = False
        self._due = [(next(steps), number) for number, steps in enumerate(learners)]
        heapq.heapify(self._due)

    def advance(self, until: float) -> None:
        """Makes every step that is due until this second."""
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
        """Ends all, after the step that is under way."""
        with self._lock:
            self._closed = True
            for steps in self._learners:
                steps.close()
