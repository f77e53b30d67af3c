"""Checks seats in one process, whose threads share clients, checks and credentials."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from msgspec import structs

from labs.aws.clients import SharedClients, session_of
from labs.aws.faults import Reason, reason
from labs.aws.pack_checks import verifier_of
from labs.aws.policy import session_policy
from labs.aws.rate_limit import RateLimiters
from labs.aws.session import ConnectionOptions
from labs.content.links import objective_cards
from labs.content.pack import Catalog
from labs.errors import BadParameter, LabsError, SeatRefused, SeatStopped, UsageError
from labs.sdk import Leftover
from labs.verify.job import Job, check_parameters
from labs.verify.judging import unseen
from labs.verify.leftovers import cleaned_job, leftovers
from labs.verify.runner import verify
from labs.workshop.access import Access
from labs.workshop.dispatch import Workers
from labs.workshop.roster import Seat
from labs.workshop.seat_result import SeatResult

SeenBySeat = Mapping[str, Mapping[str, Sequence[str]]]
"""The ids of resources that checks identified, by seat and lab."""


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """The number of seats checked at the same time, and of credentials kept."""

    DEFAULT_MAX_KEPT: ClassVar = 256

    jobs: int
    max_kept: int = DEFAULT_MAX_KEPT


@dataclass(frozen=True, slots=True)
class SeatAccess:
    """Whether a seat's account could be opened; otherwise why not, and which action was denied."""

    name: str
    account: str | None
    error: str | None
    action: str | None


@dataclass(frozen=True, slots=True)
class SeatLeftovers:
    """The leftovers of each lab in a seat's account; `error` is the reason if they could not be found out."""

    name: str
    account: str | None
    labs: Mapping[str, tuple[Leftover, ...]]
    error: str | None = None

    def things(self) -> list[Leftover]:
        """The distinct leftovers of all labs, which may share some."""
        return list(dict.fromkeys(thing for left in self.labs.values() for thing in left))


class SeatChecker:
    """Checks seats, from many threads; must be made and used inside the read-only guard."""

    def __init__(
        self,
        catalog: Catalog,
        labs: Sequence[str],
        ambient: ConnectionOptions,
        limits: WorkerLimits,
        *,
        cleaned: SeenBySeat | None = None,
    ) -> None:
        """With `cleaned`, judges whether nothing of each lab is left, using the ids that its checks identified."""
        self.decks = tuple(catalog.decks())
        found = [catalog.lab(name) for name in labs]
        self.jobs = tuple(
            Job(lab, verifier_of(catalog, lab), cards=objective_cards(lab, self.decks)) for lab in found
        )
        self._cleaned = cleaned
        self.looks_for_leftovers = cleaned is not None
        self._stop = threading.Event()
        limiters = RateLimiters(self._pause)
        clients = SharedClients(partial(session_of, ambient.profile), max(limits.jobs, 10))
        policy = session_policy({read for job in self.jobs for read in job.verifier.reads})
        self._access = Access(ambient, clients, limiters, policy=policy, max_kept=limits.max_kept)

    def check(self, seat: Seat) -> SeatResult:
        """The result of one seat; an error there never affects other seats."""
        started = time.monotonic()
        try:
            jobs = self._jobs(seat)
            session, spent = self._access.open(seat)
            verdict = verify(jobs, session, alone=True)
        except SeatRefused as error:
            return self._unseen(seat, Reason(str(error), error.action), started, error.requests)
        except UsageError as error:
            return self._unseen(seat, Reason(str(error)), started)
        except Exception as error:  # noqa: BLE001 - one seat's fault never ends the others' round
            return self._unseen(seat, reason(error), started)
        calls = spent + verdict.calls
        target, seconds = verdict.target, time.monotonic() - started
        return SeatResult(seat.name, target.account, verdict.labs, None, calls, seconds, target.region)

    def reach(self, seat: Seat) -> SeatAccess:
        """Whether the account of a seat can be opened and its parameters are valid. Checks no lab."""
        return self._reached(seat, lambda: self._access.open(seat)[0].account_id())

    def assume_now(self, seat: Seat) -> SeatAccess:
        """The same as `reach`, with a new AssumeRole call instead of cached credentials."""
        return self._reached(seat, lambda: self._access.assume_now(seat))

    def _reached(self, seat: Seat, opened: Callable[[], str]) -> SeatAccess:
        try:
            self._jobs(seat)
            return SeatAccess(seat.name, opened(), None, None)
        except SeatRefused as error:
            return SeatAccess(seat.name, seat.known_account, str(error), error.action)
        except Exception as error:  # noqa: BLE001 - one seat's fault says nothing of the others
            why = reason(error)
            return SeatAccess(seat.name, seat.known_account, why.text, why.action)

    def leftovers(self, seat: Seat, seen: Mapping[str, Sequence[str]]) -> SeatLeftovers:
        """The leftovers of the labs in the account of a seat; `seen` are the ids that checks identified, by lab."""
        try:
            session, _ = self._access.open(seat)
            left = {
                job.lab.id: tuple(
                    leftovers(job.lab, job.verifier, job.given, session.again(), seen.get(job.lab.id, ()))
                )
                for job in self._jobs(seat)
            }
            return SeatLeftovers(seat.name, session.account_id(), left)
        except LabsError as error:
            return SeatLeftovers(seat.name, seat.known_account, {}, str(error))
        except Exception as error:  # noqa: BLE001 - one seat's fault says nothing of the others
            return SeatLeftovers(seat.name, seat.known_account, {}, reason(error).text)

    def threads(self, jobs: int) -> Workers:
        """Threads of this process as workers, with shared clients."""
        return Workers(ThreadPoolExecutor(jobs, thread_name_prefix="seat"), self.check, 2 * jobs)

    def not_reached(self, seat: Seat) -> SeatResult:
        """The result of a seat that the round did not reach before it was stopped."""
        return self.could_not_read(seat, Reason("not checked: the round was stopped before"))

    def could_not_read(self, seat: Seat, why: Reason) -> SeatResult:
        """The inconclusive result of a seat, for this reason."""
        return self._unseen(seat, why, time.monotonic())

    def stop(self) -> None:
        """Makes all threads that wait for a rate limit give up."""
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
            jobs.append(self._job(job, seat))
        return jobs

    def _job(self, job: Job, seat: Seat) -> Job:
        """The job of a lab with a seat's names."""
        given = seat.given(job.lab)
        if self._cleaned is None:
            return structs.replace(job, given=given)
        seen = self._cleaned.get(seat.name, {}).get(job.lab.id, ())
        return cleaned_job(job.lab, job.verifier, given, seen)

    def _unseen(self, seat: Seat, why: Reason, started: float, spent: int = 0) -> SeatResult:
        labs = tuple(unseen(self._job(job, seat), why) for job in self.jobs)
        seconds = time.monotonic() - started
        return SeatResult(seat.name, seat.known_account, labs, why.text, spent, seconds, seat.region)

    def _pause(self, seconds: float) -> None:
        if self._stop.wait(seconds) if seconds else self._stop.is_set():
            raise SeatStopped("the round was stopped")
