"""Limits of one run: time, pages and bytes. A hostile endpoint would use all that it is given."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

from labs.errors import LimitReached

RUN_SECONDS = 120.0
"""Limit for one run of checks, not counting waits for rate limits; one objective may take half of it."""
MAX_PAGES = 1000
"""Calls of one operation that one objective may make."""
MAX_ANSWER_BYTES = 32 * 1024 * 1024
MAX_RUN_BYTES = 64 * 1024 * 1024
"""Bytes of all answers of one run."""
BYTES_PER_VALUE = 64
"""Memory of a value in an answer beyond its text: `{}` takes two bytes in JSON, and a hundred in memory."""


class RunLimits:
    """The remaining time and bytes of one run. Its threads have `grace` seconds more before they are abandoned."""

    def __init__(
        self,
        seconds: float = math.inf,
        clock: Callable[[], float] | None = None,
        grace: float = 1.0,
    ) -> None:
        self.seconds = seconds
        self.clock = clock or time.monotonic
        self._grace = grace
        self._end = self.clock() + seconds
        self._bytes = 0
        self._lock = threading.Lock()

    def left(self) -> float:
        """Seconds until the run is over."""
        return self._end - self.clock()

    def patience(self) -> float | None:
        """Seconds until the threads of the run are abandoned; None means never."""
        return None if self._end == math.inf else max(0.0, self.left() + self._grace)

    def extend(self, seconds: float) -> None:
        """Adds time that was spent waiting for rate limits."""
        with self._lock:
            self._end += seconds

    def receive(self, size: int) -> None:
        """Counts bytes of an answer. Raises LimitReached."""
        with self._lock:
            self._bytes += size
        if self._bytes > MAX_RUN_BYTES:
            raise LimitReached(f"the answers of this run are larger than {MAX_RUN_BYTES >> 20} MB together")

    def out_of_time(self) -> LimitReached:
        """The error for a run whose time is over."""
        return LimitReached(f"no verdict within {self.seconds:g} s: --timeout gives it longer")
