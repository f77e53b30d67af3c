"""Runs rounds in a background thread while a board is shown."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from labs.workshop.dispatch import Workers
from labs.workshop.lease import RENEWAL_SECONDS, Lease
from labs.workshop.spool import Spool
from labs.workshop.workshop_run import WorkshopRun


class RoundScheduler:
    """Starts a round every `every` seconds, or when the last one finishes if that takes longer.

    Only the board that holds the lease runs rounds; the others wait until they get it.
    """

    def __init__(self, run: WorkshopRun, every: float, lease: Lease) -> None:
        self._workshop_run = run
        self._every = every
        self._lease = lease
        self._stopped = threading.Event()
        self.done = 0
        """The number of finished rounds."""
        self.leads = False
        """Whether this board runs the rounds, or follows another one."""
        self.before_round: Callable[[], None] = lambda: None

    def start(self, workers: Workers) -> None:
        """Starts the first round on these workers."""
        threading.Thread(target=self._run, args=[workers], name="rounds", daemon=True).start()
        threading.Thread(target=self._renew, name="lease", daemon=True).start()

    def stop(self) -> None:
        """Starts no further round, and wakes the threads that wait for their turn; does not wait for running checks."""
        self._stopped.set()
        self._workshop_run.stop()
        if self.leads:
            self._lease.release()

    def _run(self, workers: Workers) -> None:
        while not self._stopped.is_set():
            started = time.monotonic()
            self.renew()
            self.before_round()
            if self.leads and self._workshop_run.roster.seats:  # nobody may have joined yet
                self._run_round(workers)
                self.done += 1
            pause = self._every if self.leads else RENEWAL_SECONDS
            self._stopped.wait(max(0.0, pause - (time.monotonic() - started)))

    def _run_round(self, workers: Workers) -> None:
        """Runs a round; one that a full disk ends leaves the next one a try."""
        try:
            with Spool() as spool:
                self._workshop_run.run_round(workers, spool, done_seldom=True)
        except OSError as error:
            self._workshop_run.warn(f"the round ends here: {error}")

    def renew(self) -> None:
        """Takes or renews the lease, and writes what could not be saved before."""
        self.leads = self._lease.hold()
        if self._workshop_run.writer:
            self._workshop_run.writer.flush()

    def _renew(self) -> None:
        while not self._stopped.wait(RENEWAL_SECONDS):
            self.renew()
