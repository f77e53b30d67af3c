"""What travels to a worker of a cluster, and what is done there: the same look as on the instructor's machine.

An errand and a seat name the labs, their names and the role or profile to use. Credentials are the worker's own.
"""

from __future__ import annotations

import threading
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from labs import __version__
from labs.aws.session import Where
from labs.errors import LabsError
from labs.workshop.result import SeatResult
from labs.workshop.roster import Seat
from labs.workshop.station import Crew, Station


@dataclass(frozen=True, slots=True)
class Errand:
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


def ready(errand: Errand) -> tuple[str, str | None]:
    """The version of cardlabs in this process, and why it cannot run the errand, if it cannot."""
    try:
        _stations.of(errand)
    except LabsError as error:
        return __version__, str(error)
    return __version__, None


class _Stations:
    """The station of the errand that this process is on; the wall stands from the first one until the process ends."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wall = ExitStack()
        self._errand: Errand | None = None
        self._station: Station | None = None

    def of(self, errand: Errand) -> Station:
        """The one station that all threads use for this errand."""
        from labs.aws.wall import wall

        with self._lock:
            if self._station is None or self._errand != errand:
                if self._errand is None:
                    self._wall.enter_context(wall())
                self._station, self._errand = _station(errand), errand
            return self._station


def _station(errand: Errand) -> Station:
    from labs.content.pack import open_shelf

    shelf = open_shelf(Path(folder) for folder in errand.packs)
    ambient = Where(region=errand.region, endpoint_url=errand.endpoint_url)
    return Station(shelf, errand.labs, ambient, Crew(errand.jobs))


_stations = _Stations()
