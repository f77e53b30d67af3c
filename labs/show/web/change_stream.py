"""Notifies open pages of changes, with one poll of the ledger for all of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from labs.errors import StoreError

POLL_SECONDS = 1.0
"""The time between two polls."""
KEEPALIVE_POLLS = 15
"""The number of polls without a change after which a stream sends a comment, so that proxies keep it open."""


class ChangeStream:
    """Streams for EventSource: a line for each change of what `probe` returns, until the server ends."""

    def __init__(
        self,
        probe: Callable[[], object],
        ending: Callable[[], bool] = lambda: False,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._probe = probe
        self._ending = ending
        self._poll_seconds = poll_seconds
        self._changes = 0
        self._waiting = asyncio.Event()

    async def stream(self) -> AsyncIterator[str]:
        """The events of one page. The first is a change: the page may be older than the stream."""
        yield "retry: 1000\n\n"
        seen, silent = -1, 0
        while not self._ending():
            if seen != self._changes:
                seen, silent = self._changes, 0
                yield f"data: {seen}\n\n"
            elif silent >= KEEPALIVE_POLLS:
                silent = 0
                yield ": still here\n\n"
            silent += 1
            await self._waiting.wait()

    @asynccontextmanager
    async def polling(self) -> AsyncIterator[None]:
        """Polls while the block runs."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _run(self) -> None:
        before = await self._probed(None)
        while True:
            await asyncio.sleep(self._poll_seconds)
            now = await self._probed(before)
            self._changes += now != before
            before = now
            waiting, self._waiting = self._waiting, asyncio.Event()
            waiting.set()

    async def _probed(self, before: object) -> object:
        """What the probe returns; `before` while the ledger is away."""
        try:
            return await asyncio.to_thread(self._probe)
        except StoreError:
            return before
