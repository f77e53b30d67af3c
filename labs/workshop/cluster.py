"""A Dask cluster as the executor of a round: its scheduler hands seats to workers, and again where one dies."""

from __future__ import annotations

import asyncio
import logging
import re
import threading
import time
import warnings
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import Executor, Future
from contextlib import suppress
from typing import Any, TypeVar
from zlib import crc32

from labs import __version__
from labs.errors import LabsError, UsageError, WorkerDied, WorkersGone
from labs.workshop.remote_check import RemoteCheck, ready
from labs.workshop.roster import Seat
from labs.workshop.rounds import Workers, account_of

Answer = TypeVar("Answer")

ADDRESS = re.compile(r"dask://(\[[0-9a-fA-F:]+\]|[^\s/:@]+)(:[0-9]{1,5})?/?")
PORT = ":8786"
ANSWER_SECONDS = 5.0
"""How long a scheduler may take to answer, and its first worker to come."""
PATIENCE = 60.0
"""Seconds without any worker after which a round does not wait for one to come back."""


def cluster_workers(address: str, remote_check: RemoteCheck, seats: Iterable[Seat], jobs: int) -> Workers:
    """The workers of the cluster whose scheduler is at `dask://HOST[:PORT]`, for these seats.

    Raises UsageError for an address that is none, without the extra `cluster`, and for workers that cannot run the
    errand; WorkersGone where nobody answers.
    """
    found = ADDRESS.fullmatch(address)
    if found is None:
        raise UsageError(f"--on {address!r}: a cluster is named like dask://scheduler.example:8786")
    try:
        import distributed  # noqa: F401 - only to know whether it is there
    except ImportError as error:
        raise UsageError("--on needs Dask: pip install 'cardlabs[cluster]'") from error
    held = Counter(map(account_of, seats))
    crowded = frozenset(account for account, times in held.items() if times > 1)
    cluster = Cluster(f"{found[1]}{found[2] or PORT}", remote_check, crowded)
    return Workers(cluster, remote_check, 2 * max(jobs, cluster.threads()))


class Cluster(Executor):
    """Hands what it is given to a scheduler; futures raise WorkerDied or WorkersGone where nobody could do it.

    After a connection was lost, or a round given up, the next thing to do makes a new connection. Seats of a `crowded`
    account go to one worker, as long as it lives: each process paces an account by itself.
    """

    def __init__(
        self, place: str, remote_check: RemoteCheck, crowded: Collection[str] = (), patience: float = PATIENCE
    ) -> None:
        self._place = place
        self._errand = remote_check
        self._crowded = crowded
        self._patience = patience
        self._lock = threading.Lock()
        self._connection: _Connection | None = self._connect()

    def submit(self, fn: Callable[..., Answer], /, *args: Any, **kwargs: Any) -> Future[Answer]:
        """What `fn` will have returned on some worker. Raises WorkersGone where nobody answers."""
        with self._lock:
            if self._connection is None or not self._connection.holds():
                try:
                    self._connection = self._connect()
                except LabsError as error:
                    raise WorkersGone(str(error)) from error
            connection = self._connection
        here: Future[Answer] = Future()
        home = self._home(connection, args)

        def begin() -> bool:
            if not connection.holds():
                here.set_exception(WorkersGone(connection.why))
                return False
            place = {"workers": [home.worker], "allow_other_workers": True} if home else {}
            there = connection.executor.submit(fn, *args, **kwargs, **place)
            there.add_done_callback(lambda ended: _hand_on(ended, here, connection, home))
            return True

        if home:
            home.enter(begin)
        else:
            begin()
        return here

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Lets go of the cluster, which then forgets what nobody waits for any more."""
        with self._lock:
            connection, self._connection = self._connection, None
        if connection is not None:
            connection.close(wait=wait and not cancel_futures)

    def threads(self) -> int:
        """How many seats the cluster can be at at the same time."""
        return sum(self._connection.client.nthreads().values()) if self._connection else 0

    def _home(self, connection: _Connection, given: tuple[Any, ...]) -> _Home | None:
        """The worker to which all seats of a crowded account go."""
        seat = next((each for each in given if isinstance(each, Seat)), None)
        account = account_of(seat) if seat else None
        if account is None or account not in self._crowded:
            return None
        return connection.homes[crc32(account.encode()) % len(connection.homes)]

    def _connect(self) -> _Connection:
        connection = _Connection(self._place, self._patience)
        try:
            connection.refuse_unfit(self._errand)
        except LabsError:
            connection.close(wait=False)
            raise
        return connection


class _Home:
    """A worker that is given no more seats at a time than it has threads: what waits at a worker, Dask moves on."""

    def __init__(self, worker: str, threads: int) -> None:
        self.worker = worker
        self._free = threads
        self._waiting: deque[Callable[[], bool]] = deque()
        self._lock = threading.Lock()

    def enter(self, begin: Callable[[], bool]) -> None:
        """Begins this, now or when there is room; `begin` says whether it is under way, and `leave` must follow."""
        with self._lock:
            if not self._free:
                self._waiting.append(begin)
                return
            self._free -= 1
        if not begin():
            self.leave()

    def leave(self) -> None:
        """One thing is done: there is room for the next."""
        while True:
            with self._lock:
                if not self._waiting:
                    self._free += 1
                    return
                begin = self._waiting.popleft()
            if begin():
                return


class _Connection:
    """A client of the scheduler, until it is lost; `why` says how, for people."""

    def __init__(self, place: str, patience: float) -> None:
        from distributed import Client

        self.why = f"the scheduler at {place} has gone"
        self._place = place
        self._patience = patience
        self._closed = threading.Event()
        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # a round says by itself what it lost
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of other versions of libraries: cardlabs' own matters
                self.client: Any = Client(_url(place), timeout=ANSWER_SECONDS, set_as_default=False)
        except OSError as error:
            raise WorkersGone(f"no scheduler answers at {place}: {error}") from error
        self.homes: list[_Home] = []
        self.executor = self.client.get_executor(pure=False)
        threading.Thread(target=self._watch, name="cluster", daemon=True).start()

    def holds(self) -> bool:
        """Whether the scheduler can be talked to."""
        return not self._closed.is_set() and self.client.status == "running"

    def refuse_unfit(self, remote_check: RemoteCheck) -> None:
        """Raises UsageError for a worker that cannot run the errand, WorkersGone where there is no worker."""
        try:
            self.client.wait_for_workers(1, timeout=ANSWER_SECONDS)
        except TimeoutError as error:
            told = f"the scheduler at {self._place} has no worker: dask worker {self._place} starts one"
            raise WorkersGone(told) from error
        answers = self.client.run(ready, remote_check, on_error="return")
        self.homes = [_Home(*each) for each in sorted(self.client.nthreads().items())]
        for worker, answer in sorted(answers.items()):
            if isinstance(answer, BaseException):
                raise UsageError(f"worker {worker} has no cardlabs {__version__}: {answer}")
            version, fault = answer
            if version != __version__:
                raise UsageError(f"worker {worker} has cardlabs {version}, and this is {__version__}")
            if fault:
                raise UsageError(f"worker {worker}: {fault}")

    def close(self, *, wait: bool) -> None:
        """Ends the connection; without waiting for the scheduler, which may be what is broken, if need be."""
        self._closed.set()
        if wait:
            self.client.close()
        else:
            self.client.loop.add_callback(self._close_quietly)

    async def _close_quietly(self) -> None:
        with suppress(OSError):  # it breaks off what is being said, which is the point
            await self.client.close()

    def _watch(self) -> None:
        """Gives up what is under way when there has been no worker for too long."""
        seen = time.monotonic()
        while not self._closed.wait(self._patience / 10):
            scheduler = self.client.scheduler
            try:
                there = self.client.sync(scheduler.ncores) if scheduler else None
            except (OSError, RuntimeError, asyncio.CancelledError):
                there = None
            if there is None:
                return  # without a scheduler, the client has given up everything by itself
            if there:
                seen = time.monotonic()
            elif time.monotonic() - seen > self._patience:
                self.why = f"no worker came back to the scheduler at {self._place}"
                self._closed.set()
                self.executor.shutdown(wait=False)


def _hand_on(
    there: Future[Answer], here: Future[Answer], connection: _Connection, home: _Home | None
) -> None:
    """What became of a thing that a cluster was given to do, told in this project's words."""
    from distributed import KilledWorker

    if home:
        home.leave()
    if there.cancelled():
        here.set_exception(WorkersGone(connection.why))
        return
    error = there.exception()
    if error is None:
        here.set_result(there.result())
    elif isinstance(error, KilledWorker):
        here.set_exception(WorkerDied("every worker that looked at this seat died while it did"))
    else:
        here.set_exception(WorkerDied(f"no worker could look: {type(error).__name__}: {error}"))


def _url(place: str) -> str:
    """The scheduler's URL in Dask's own words; encrypted where Dask is configured for that."""
    from dask import config

    return f"{'tls' if config.get('distributed.comm.require-encryption') else 'tcp'}://{place}"
