"""Round after round, in a thread of its own, while a board is looked at."""

from __future__ import annotations

import threading
import time

from labs.workshop.rounds import Workers
from labs.workshop.run import WorkshopRun
from labs.workshop.spool import Spool


class RoundScheduler:
    """Begins a round every so many seconds, or when the last one ends if that takes longer."""

    def __init__(self, room: WorkshopRun, every: float) -> None:
        self._room = room
        self._every = every
        self._ended = threading.Event()
        self.done = 0
        """Rounds that have come to their end."""

    def start(self, workers: Workers) -> None:
        """Lets these workers begin the first round."""
        threading.Thread(target=self._run, args=[workers], name="rounds", daemon=True).start()

    def stop(self) -> None:
        """No further round begins, and who waits for a turn gives up; what is on its way is not waited for."""
        self._ended.set()
        self._room.stop()

    def _run(self, workers: Workers) -> None:
        while not self._ended.is_set():
            begun = time.monotonic()
            with Spool() as spool:
                self._room.round(workers, spool)
            self.done += 1
            self._ended.wait(max(0.0, self._every - (time.monotonic() - begun)))
