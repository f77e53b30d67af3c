"""The check of a seat on a worker of a cluster: the same as on the instructor's machine.

A RemoteCheck and a seat hold the labs, their names and the role or profile to use. Credentials are the worker's own.
"""

from __future__ import annotations

import atexit
import threading
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from labs import __version__
from labs.aws.limits import RUN_SECONDS
from labs.aws.session import ConnectionOptions
from labs.errors import LabsError
from labs.workshop.roster import Seat
from labs.workshop.seat_checker import SeatChecker, WorkerLimits
from labs.workshop.seat_result import SeatResult


@dataclass(frozen=True, slots=True)
class RemoteCheck:
    """Checks seats in the process where it is called; region and endpoint are defaults for seats without their own."""

    labs: tuple[str, ...]
    packs: tuple[str, ...] = ()
    region: str | None = None
    endpoint_url: str | None = None
    seconds: float = RUN_SECONDS
    """The time that one seat may take."""
    jobs: int = 32
    """The number of seats that one process checks at the same time, and of connections that it keeps."""

    def __call__(self, seat: Seat) -> SeatResult:
        """The result of one seat."""
        return _seat_checkers.of(self).check(seat)


def ready(remote_check: RemoteCheck) -> tuple[str, str | None]:
    """The version of cardlabs in this process, and the reason if it cannot run this check."""
    try:
        _seat_checkers.of(remote_check)
    except LabsError as error:
        return __version__, str(error)
    return __version__, None


class _SeatCheckers:
    """The SeatChecker of this process; from the first one on, the read-only guard stays on until the process ends."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._read_only = ExitStack()
        self._remote_check: RemoteCheck | None = None
        self._seat_checker: SeatChecker | None = None

    def of(self, remote_check: RemoteCheck) -> SeatChecker:
        """The SeatChecker for this check, shared by all threads."""
        from labs.aws.read_only_guard import read_only_guard

        with self._lock:
            if self._seat_checker is None or self._remote_check != remote_check:
                if self._remote_check is None:
                    self._read_only.enter_context(read_only_guard())
                    atexit.register(self._read_only.close)
                self._seat_checker, self._remote_check = _seat_checker(remote_check), remote_check
            return self._seat_checker


def _seat_checker(remote_check: RemoteCheck) -> SeatChecker:
    from labs.content.pack import open_catalog

    catalog = open_catalog(Path(folder) for folder in remote_check.packs)
    ambient = ConnectionOptions(
        region=remote_check.region, endpoint_url=remote_check.endpoint_url, seconds=remote_check.seconds
    )
    return SeatChecker(catalog, remote_check.labs, ambient, WorkerLimits(remote_check.jobs))


_seat_checkers = _SeatCheckers()
