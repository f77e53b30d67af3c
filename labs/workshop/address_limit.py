"""Limits the attempts from one network address, which a whole room may share."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

BURST = 120
"""Attempts without waiting: three for each of forty learners."""
PER_SECOND = 0.5
MAX_ADDRESSES = 4096


class AddressLimit:
    """A token bucket for each address; only the latest addresses are remembered."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def admits(self, address: str) -> bool:
        """Whether one more attempt is allowed now; counts it if so."""
        with self._lock:
            now = self._clock()
            left, at = self._buckets.pop(address, (float(BURST), now))
            left = min(BURST, left + (now - at) * PER_SECOND)
            self._buckets[address] = (left - 1 if left >= 1 else left), now
            while len(self._buckets) > MAX_ADDRESSES:
                self._buckets.popitem(last=False)
            return left >= 1
