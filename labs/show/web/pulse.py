"""Tells open pages that something has changed: one look into the ledger for all of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

BEAT = 1.0
"""Seconds between looks."""
SIGN_OF_LIFE = 15
"""Beats after which a stream says something though nothing has changed, so that proxies keep it open."""


class Pulse:
    """Streams for EventSource: a line for each change of what `look` returns, until the server ends."""

    def __init__(
        self, look: Callable[[], object], ending: Callable[[], bool] = lambda: False, beat: float = BEAT
    ) -> None:
        self._look = look
        self._ending = ending
        self._beat = beat
        self._changes = 0
        self._waiting = asyncio.Event()

    async def stream(self) -> AsyncIterator[str]:
        """What one page is sent. Begins with a change: the page may be older than the stream."""
        yield "retry: 1000\n\n"
        seen, silent = -1, 0
        while not self._ending():
            if seen != self._changes:
                seen, silent = self._changes, 0
                yield f"data: {seen}\n\n"
            elif silent >= SIGN_OF_LIFE:
                silent = 0
                yield ": still here\n\n"
            silent += 1
            await self._waiting.wait()

    @asynccontextmanager
    async def beating(self) -> AsyncIterator[None]:
        """While the block runs, the ledger is looked into."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _run(self) -> None:
        before = await asyncio.to_thread(self._look)
        while True:
            await asyncio.sleep(self._beat)
            now = await asyncio.to_thread(self._look)
            self._changes += now != before
            before = now
            waiting, self._waiting = self._waiting, asyncio.Event()
            waiting.set()
