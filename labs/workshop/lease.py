"""The lease that lets one of several boards on one ledger run the rounds, while the others follow."""

from __future__ import annotations

import threading
from collections.abc import Callable
from uuid import uuid4

from labs.errors import StoreError
from labs.workshop.ledger import Ledger

OUTLIVES_SECONDS = 15.0
"""The time after the last renewal that another board waits before it takes over."""
RENEWAL_SECONDS = 3.0


class Lease:
    """Held by the board that renews it. No machine's clock is compared with another's: each counts its own seconds."""

    def __init__(self, ledger: Ledger, monotonic: Callable[[], float], holder: str | None = None) -> None:
        self._ledger = ledger
        self._monotonic = monotonic
        self.holder = holder or str(uuid4())
        self._seen: tuple[str, int] | None = None
        self._seen_at = 0.0
        self._lock = threading.Lock()

    def hold(self) -> bool:
        """Whether this board runs the rounds now: takes the lease if nobody renews it, and renews its own.

        A ledger that is away parts no boards: without it, this board goes on checking.
        """
        with self._lock:
            try:
                return self._hold()
            except StoreError:
                return True

    def release(self) -> None:
        """Lets another board take the lease at once."""
        with self._lock:
            try:
                found = self._ledger.lease()
                if found[0] == self.holder:
                    self._ledger.take_lease("", found)
            except StoreError:
                return  # it runs out by itself

    def _hold(self) -> bool:
        found, now = self._ledger.lease(), self._monotonic()
        if found != self._seen:
            self._seen, self._seen_at = found, now
        free = found[0] in ("", self.holder) or now - self._seen_at >= OUTLIVES_SECONDS
        if not free or not self._ledger.take_lease(self.holder, found):
            return False
        self._seen, self._seen_at = (self.holder, found[1] + 1), now
        return True
