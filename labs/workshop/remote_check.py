"""What travels to a worker of a cluster, and what is done there: the same look as on the instructor's machine.

An errand and a seat name the labs, their names and the role or profile to use. Credentials are the worker's own.
"""

from __future__ import annotations

import threading
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from labs import __version__
from labs.aws.session import ConnectionOptions
from labs.errors import LabsError
from labs.workshop.result import SeatResult
from labs.workshop.roster import Seat
from labs.workshop.seat_checker import SeatChecker, WorkerLimits


@dataclass(frozen=True, slots=True)
class RemoteCheck:
    """Looks at seats, in whatever process it is called: these labs, of these packs, where a seat does not say."""

    labs: tuple[str, ...]
    packs: tuple[str, ...] = ()
    region: str | None = None
    endpoint_url: str | None = None
    jobs: int = 32
    """Seats that one process may be at at the same time: so many connections it keeps."""

    def __call__(self, seat: Seat) -> SeatResult:
        """What is found out about one seat."""
        return _stations.of(self).check(seat)


def ready(remote_check: RemoteCheck) -> tuple[str, str | None]:
    """The version of cardlabs in this process, and why it cannot run the errand, if it cannot."""
    try:
        _stations.of(remote_check)
    except LabsError as error:
        return __version__, str(error)
    return __version__, None


class _SeatCheckers:
    """The station of the errand that this process is on; the wall stands from the first one until the process ends."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wall = ExitStack()
        self._errand: RemoteCheck | None = None
        self._seat_checker: SeatChecker | None = None

    def of(self, remote_check: RemoteCheck) -> SeatChecker:
        """The one station that all threads use for this errand."""
        from labs.aws.read_only_guard import read_only_guard

        with self._lock:
            if self._seat_checker is None or self._errand != remote_check:
                if self._errand is None:
                    self._wall.enter_context(read_only_guard())
                self._seat_checker, self._errand = _seat_checker(remote_check), remote_check
            return self._seat_checker


def _seat_checker(remote_check: RemoteCheck) -> SeatChecker:
    from labs.content.pack import open_catalog

    catalog = open_catalog(Path(folder) for folder in remote_check.packs)
    ambient = ConnectionOptions(region=remote_check.region, endpoint_url=remote_check.endpoint_url)
    return SeatChecker(catalog, remote_check.labs, ambient, WorkerLimits(remote_check.jobs))


_stations = _SeatCheckers()
