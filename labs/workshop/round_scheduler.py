"""Runs rounds in a background thread while a board is shown."""

from __future__ import annotations

import threading
import time

from labs.workshop.dispatch import Workers
from labs.workshop.spool import Spool
from labs.workshop.workshop_run import WorkshopRun


class RoundScheduler:
    """Starts a round every `every` seconds, or when the last one finishes if that takes longer."""

    def __init__(self, run: WorkshopRun, every: float) -> None:
        self._workshop_run = run
        self._every = every
        self._stopped = threading.Event()
        self.done = 0
        """The number of finished rounds."""

    def start(self, workers: Workers) -> None:
        """Starts the first round on these workers."""
        threading.Thread(target=self._run, args=[workers], name="rounds", daemon=True).start()

    def stop(self) -> None:
        """Starts no further round, and wakes the threads that wait for their turn; does not wait for running checks."""
        self._stopped.set()
        self._workshop_run.stop()

    def _run(self, workers: Workers) -> None:
        while not self._stopped.is_set():
            started = time.monotonic()
            with Spool() as spool:
                self._workshop_run.run_round(workers, spool)
            self.done += 1
            self._stopped.wait(max(0.0, self._every - (time.monotonic() - started)))
