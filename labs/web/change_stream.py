"""Server-sent events: tells all open pages that something has changed, with one poll for all of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from labs.errors import StoreError

POLL_SECONDS = 1.0
"""The time between two polls."""
KEEPALIVE_SECONDS = 15.0
"""The time without a change after which a stream sends a comment, so that proxies keep it open."""


class ChangeStream:
    """Streams for EventSource: a line for each change of what `probe` returns, until the server ends."""

    def __init__(
        self,
        probe: Callable[[], object],
        poll_seconds: float = POLL_SECONDS,
        keepalive_seconds: float = KEEPALIVE_SECONDS,
    ) -> None:
        self._probe = probe
        self._poll_seconds = poll_seconds
        self._keepalive_seconds = keepalive_seconds
        self._condition = threading.Condition()
        self._changes = 0
        self._before: object = None
        self._polled = threading.Event()
        self._finished = threading.Event()

    def number(self) -> int:
        """The number of changes so far; asks the probe itself while nobody polls."""
        if not self._polled.is_set():
            self.poll()
        return self._changes

    def poll(self) -> None:
        """Asks the probe, and wakes all streams if its answer is another; the answer stays while the store is away."""
        try:
            now = self._probe()
        except StoreError:
            return
        with self._condition:
            if now != self._before:
                self._before = now
                self._changes += 1
                self._condition.notify_all()

    def stream(self) -> Iterator[str]:
        """The events of one page. The first is a change: the page can be older than the stream."""
        yield "retry: 1000\n\n"
        seen = self.number()
        yield f"data: {seen}\n\n"
        while not self._finished.is_set():
            with self._condition:
                self._condition.wait_for(
                    lambda seen=seen: self._changes != seen or self._finished.is_set(),  # type: ignore[misc]
                    self._keepalive_seconds,
                )
                changed, seen = self._changes != seen, self._changes
            yield f"data: {seen}\n\n" if changed else ": still here\n\n"

    @contextmanager
    def polling(self) -> Iterator[None]:
        """Polls in a thread while the block runs; all streams end with it."""
        self.poll()
        self._polled.set()
        thread = threading.Thread(target=self._run, name="changes", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._finished.set()
            with self._condition:
                self._condition.notify_all()
            thread.join()

    def _run(self) -> None:
        while not self._finished.wait(self._poll_seconds):
            self.poll()
