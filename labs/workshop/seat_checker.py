"""Where one process looks at seats: the clients, checks and credentials that all of them share."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import ClassVar, TypeVar

from labs.aws.clients import SharedClients
from labs.aws.faults import Reason, reason
from labs.aws.rate_limit import RateLimiters
from labs.aws.session import ConnectionOptions
from labs.content.links import objective_cards
from labs.content.pack import Catalog
from labs.errors import BadParameter, SeatRefused, SeatStopped, UsageError
from labs.verify.runner import Job, check_parameters, unseen, verify
from labs.workshop.access import Access
from labs.workshop.result import SeatResult
from labs.workshop.roster import Seat
from labs.workshop.rounds import Workers

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """How many seats are looked at at the same time, and how many ways into accounts are remembered."""

    KEPT: ClassVar = 256

    jobs: int
    kept: int = KEPT


class SeatChecker:
    """Looks at seats, from many threads; must be made and used behind the wall."""

    def __init__(
        self, catalog: Catalog, labs: Sequence[str], ambient: ConnectionOptions, crew: WorkerLimits
    ) -> None:
        decks = catalog.decks()
        found = [catalog.lab(name) for name in labs]
        self.jobs = tuple(Job(lab, catalog.verifier(lab), cards=objective_cards(lab, decks)) for lab in found)
        self._stop = threading.Event()
        paces = RateLimiters(self._pause)
        clients = SharedClients(ambient.profile, max(crew.jobs, 10))
        self._access = Access(ambient, clients, paces, kept=crew.kept)

    def check(self, seat: Seat) -> SeatResult:
        """What is found out about one seat; whatever goes wrong there is its own result, and nobody else's."""
        begun = time.monotonic()
        try:
            jobs = self._jobs(seat)
            look, spent = self._access.open(seat)
            verdict = verify(jobs, look, alone=True)
        except SeatRefused as error:
            return self._unseen(seat, Reason(str(error), error.action), begun, error.requests)
        except UsageError as error:
            return self._unseen(seat, Reason(str(error)), begun)
        except Exception as error:  # noqa: BLE001 - one seat's fault never ends the others' round
            return self._unseen(seat, reason(error), begun)
        calls = spent + verdict.calls
        return SeatResult(
            seat.name, verdict.target.account, verdict.labs, None, calls, time.monotonic() - begun
        )

    def threads(self, jobs: int) -> Workers:
        """So many threads of this process, which share the station's clients."""
        return Workers(ThreadPoolExecutor(jobs, thread_name_prefix="seat"), self.check, 2 * jobs)

    def not_reached(self, seat: Seat) -> SeatResult:
        """A seat that the round did not come to before it was ended."""
        return self.could_not_look(seat, Reason("not looked at: the round was ended before"))

    def could_not_look(self, seat: Seat, why: Reason) -> SeatResult:
        """A seat of which nothing is known, for this reason."""
        return self._unseen(seat, why, time.monotonic())

    def stop(self) -> None:
        """Whoever waits for a turn gives up."""
        self._stop.set()

    def _jobs(self, seat: Seat) -> list[Job]:
        """The labs with this seat's names. Raises BadParameter."""
        known = {name for job in self.jobs for name in job.lab.task.parameters}
        for name in seat.parameters:
            if name not in known:
                raise BadParameter(
                    f"no parameter {name!r} in these labs; there are {', '.join(sorted(known))}"
                )
        jobs = []
        for job in self.jobs:
            own = {name: text for name, text in seat.parameters.items() if name in job.lab.task.parameters}
            check_parameters(job.lab, own)
            jobs.append(replace(job, given=seat.given(job.lab)))
        return jobs

    def _unseen(self, seat: Seat, why: Reason, begun: float, spent: int = 0) -> SeatResult:
        labs = tuple(unseen(replace(job, given=seat.given(job.lab)), why) for job in self.jobs)
        return SeatResult(seat.name, seat.account, labs, why.text, spent, time.monotonic() - begun)

    def _pause(self, seconds: float) -> None:
        if self._stop.wait(seconds) if seconds else self._stop.is_set():
            raise SeatStopped("the round was ended")
