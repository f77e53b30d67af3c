"""Server-sent events that tell open pages of changes, with one poll for all pages."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from labs.errors import StoreError

POLL_SECONDS = 1.0
"""Interval between polls."""
KEEPALIVE_SECONDS = 15.0
"""Time without a change after which a stream sends a comment, so that proxies keep it open."""


class ChangeStream:
    """Event streams: one event for each change of the value of `probe`, until the server stops."""

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
        """The number of changes so far. Calls the probe if no thread polls."""
        if not self._polled.is_set():
            self.poll()
        return self._changes

    def poll(self) -> None:
        """Calls the probe, and wakes all streams if its value has changed. Ignores an unreachable store."""
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
        """The events of one page. The first event is sent at once: the page may be older than the stream."""
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
        """Polls in a thread while the block runs; its end closes all streams."""
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
