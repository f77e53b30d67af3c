"""A Dask cluster as the executor of a round: seats of a worker that dies are retried on another."""

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
from labs.errors import LabsError, UsageError, WorkerDied, WorkersGone, install_command
from labs.workshop.dispatch import Workers, account_of
from labs.workshop.remote_check import RemoteCheck, ready
from labs.workshop.roster import Seat

Answer = TypeVar("Answer")

ADDRESS = re.compile(r"dask://(\[[0-9a-fA-F:]+\]|[^\s/:@]+)(:[0-9]{1,5})?/?")
PORT = ":8786"
CONNECT_TIMEOUT_SECONDS = 5.0
"""The timeout for the scheduler to answer, and for its first worker to register."""
WORKER_TIMEOUT_SECONDS = 60.0
"""The time without any worker after which the round is given up."""


def cluster_workers(address: str, remote_check: RemoteCheck, seats: Iterable[Seat], jobs: int) -> Workers:
    """The workers of the cluster whose scheduler is at `dask://HOST[:PORT]`, for these seats.

    Raises UsageError for a malformed address, without the extra `cluster`, and for workers that cannot run the
    check; WorkersGone if there is no scheduler or no worker.
    """
    found = ADDRESS.fullmatch(address)
    if found is None:
        raise UsageError(
            f"--on {address!r} is not the address of a cluster. Example: dask://scheduler.example:8786"
        )
    try:
        import distributed  # noqa: F401 - only to know whether it is there
    except ImportError as error:
        raise UsageError(f"--on needs Dask: {install_command('cluster')}") from error
    held = Counter(map(account_of, seats))
    shared_accounts = frozenset(account for account, times in held.items() if times > 1)
    cluster = WorkerCluster(f"{found[1]}{found[2] or PORT}", remote_check, shared_accounts)
    return Workers(cluster, remote_check, 2 * max(jobs, cluster.threads()))


class WorkerCluster(Executor):
    """Runs functions on the workers of a scheduler; futures raise WorkerDied or WorkersGone where none could.

    After the connection was lost, or a round given up, the next call connects again. All seats of one of the
    `shared_accounts` go to one worker, as long as it lives: each process limits its own rate of calls to an account.
    """

    def __init__(
        self,
        address: str,
        remote_check: RemoteCheck,
        shared_accounts: Collection[str] = (),
        worker_timeout: float = WORKER_TIMEOUT_SECONDS,
    ) -> None:
        self._address = address
        self._remote_check = remote_check
        self._shared_accounts = shared_accounts
        self._worker_timeout = worker_timeout
        self._lock = threading.Lock()
        self._connection: _Connection | None = self._connect()

    def submit(self, fn: Callable[..., Answer], /, *args: Any, **kwargs: Any) -> Future[Answer]:
        """The future result of `fn` on some worker. Raises WorkersGone if the scheduler cannot be reached."""
        with self._lock:
            if self._connection is None or not self._connection.is_connected():
                try:
                    self._connection = self._connect()
                except LabsError as error:
                    raise WorkersGone(str(error)) from error
            connection = self._connection
        local_future: Future[Answer] = Future()
        pinned = self._pinned_worker(connection, args)

        def start() -> bool:
            if not connection.is_connected():
                local_future.set_exception(WorkersGone(connection.why))
                return False
            placement = {"workers": [pinned.worker], "allow_other_workers": True} if pinned else {}
            remote_future = connection.executor.submit(fn, *args, **kwargs, **placement)
            remote_future.add_done_callback(
                lambda finished: _forward_result(finished, local_future, connection, pinned)
            )
            return True

        if pinned:
            pinned.submit(start)
        else:
            start()
        return local_future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Disconnects from the cluster, which then drops the tasks of this client."""
        with self._lock:
            connection, self._connection = self._connection, None
        if connection is not None:
            connection.close(wait=wait and not cancel_futures)

    def threads(self) -> int:
        """The number of seats that the cluster can check at the same time."""
        return sum(self._connection.client.nthreads().values()) if self._connection else 0

    def _pinned_worker(self, connection: _Connection, given: tuple[Any, ...]) -> _PinnedWorker | None:
        """The worker for all seats of a shared account."""
        seat = next((each for each in given if isinstance(each, Seat)), None)
        account = account_of(seat) if seat else None
        if account is None or account not in self._shared_accounts:
            return None
        return connection.pinned_workers[crc32(account.encode()) % len(connection.pinned_workers)]

    def _connect(self) -> _Connection:
        connection = _Connection(self._address, self._worker_timeout)
        try:
            connection.refuse_unfit(self._remote_check)
        except LabsError:
            connection.close(wait=False)
            raise
        return connection


class _PinnedWorker:
    """A worker that gets no more seats at a time than it has threads: Dask would move queued ones to other workers."""

    def __init__(self, worker: str, threads: int) -> None:
        self.worker = worker
        self._free = threads
        self._waiting: deque[Callable[[], bool]] = deque()
        self._lock = threading.Lock()

    def submit(self, start: Callable[[], bool]) -> None:
        """Starts a task, now or when a thread is free; `start` returns whether it runs, and `finish` must follow."""
        with self._lock:
            if not self._free:
                self._waiting.append(start)
                return
            self._free -= 1
        if not start():
            self.finish()

    def finish(self) -> None:
        """Frees the thread of a finished task, and starts the next one."""
        while True:
            with self._lock:
                if not self._waiting:
                    self._free += 1
                    return
                start = self._waiting.popleft()
            if start():
                return


class _Connection:
    """A client of the scheduler, until the connection is lost; `why` is the message for people."""

    def __init__(self, address: str, worker_timeout: float) -> None:
        from distributed import Client

        self.why = f"the scheduler at {address} has gone"
        self._address = address
        self._worker_timeout = worker_timeout
        self._closed = threading.Event()
        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # a round says by itself what it lost
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of other versions of libraries: cardlabs' own matters
                self.client: Any = Client(
                    _url(address), timeout=CONNECT_TIMEOUT_SECONDS, set_as_default=False
                )
        except OSError as error:
            raise WorkersGone(f"no scheduler answers at {address}: {error}") from error
        self.pinned_workers: list[_PinnedWorker] = []
        self.executor = self.client.get_executor(pure=False)
        threading.Thread(target=self._watch, name="cluster", daemon=True).start()

    def is_connected(self) -> bool:
        """Whether the scheduler can be reached."""
        return not self._closed.is_set() and self.client.status == "running"

    def refuse_unfit(self, remote_check: RemoteCheck) -> None:
        """Raises UsageError for a worker that cannot run the check, WorkersGone if there is no worker."""
        try:
            self.client.wait_for_workers(1, timeout=CONNECT_TIMEOUT_SECONDS)
        except TimeoutError as error:
            message = (
                f"the scheduler at {self._address} has no worker: dask worker {self._address} starts one"
            )
            raise WorkersGone(message) from error
        answers = self.client.run(ready, remote_check, on_error="return")
        self.pinned_workers = [_PinnedWorker(*each) for each in sorted(self.client.nthreads().items())]
        for worker, answer in sorted(answers.items()):
            if isinstance(answer, BaseException):
                raise UsageError(f"worker {worker} has no cardlabs {__version__}: {answer}")
            version, fault = answer
            if version != __version__:
                raise UsageError(f"worker {worker} has cardlabs {version}, and this is {__version__}")
            if fault:
                raise UsageError(f"worker {worker}: {fault}")

    def close(self, *, wait: bool) -> None:
        """Closes the connection; with `wait=False` without an answer of the scheduler, which may be broken."""
        self._closed.set()
        if wait:
            self.client.close()
        else:
            self.client.loop.add_callback(self._close_quietly)

    async def _close_quietly(self) -> None:
        with suppress(OSError):  # closing interrupts running requests on purpose
            await self.client.close()

    def _watch(self) -> None:
        """Gives up the running tasks when there has been no worker for too long."""
        seen = time.monotonic()
        while not self._closed.wait(self._worker_timeout / 10):
            scheduler = self.client.scheduler
            try:
                cores = self.client.sync(scheduler.ncores) if scheduler else None
            except (OSError, RuntimeError, asyncio.CancelledError):
                cores = None
            if cores is None:
                return  # without a scheduler, the client has given up everything by itself
            if cores:
                seen = time.monotonic()
            elif time.monotonic() - seen > self._worker_timeout:
                self.why = f"no worker came back to the scheduler at {self._address}"
                self._closed.set()
                self.executor.shutdown(wait=False)


def _forward_result(
    remote_future: Future[Answer],
    local_future: Future[Answer],
    connection: _Connection,
    pinned: _PinnedWorker | None,
) -> None:
    """Copies the outcome of a task on the cluster to the local future, with this project's errors."""
    from distributed import KilledWorker

    if pinned:
        pinned.finish()
    if remote_future.cancelled():
        local_future.set_exception(WorkersGone(connection.why))
        return
    error = remote_future.exception()
    if error is None:
        local_future.set_result(remote_future.result())
    elif isinstance(error, KilledWorker):
        local_future.set_exception(WorkerDied("every worker that checked this seat died"))
    else:
        local_future.set_exception(
            WorkerDied(f"no worker could check this seat: {type(error).__name__}: {error}")
        )


def _url(address: str) -> str:
    """The scheduler's URL for Dask; TLS where Dask is configured for it."""
    from dask import config

    return f"{'tls' if config.get('distributed.comm.require-encryption') else 'tcp'}://{address}"
