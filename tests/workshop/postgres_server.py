"""A real PostgreSQL server for tests, from the distribution's package, on a data folder of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

OWNER = "nobody"
"""Who runs the server where the tests run as root, which PostgreSQL refuses to do."""


def programs() -> Path | None:
    """The folder of the server's programs: Debian keeps them off the PATH."""
    for found in [
        shutil.which("initdb"),
        *sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin/initdb"))),
    ]:
        if found:
            return Path(found).resolve().parent
    return None


@dataclass(frozen=True)
class Postgres:
    """A running server: the URL of its one empty database, and the ways to stop it and to start it again."""

    url: str
    stop: Callable[[], object]
    start: Callable[[], object]


@contextmanager
def postgres(folder: Path) -> Iterator[Postgres]:
    """A server that listens on loopback only and ends with the block."""
    place = Path(tempfile.mkdtemp(prefix="labs-postgres-"))
    as_user = {"user": OWNER} if os.geteuid() == 0 else {}
    if as_user:
        shutil.chown(place, OWNER)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    common = {"cwd": place, "stdout": subprocess.DEVNULL, "check": True, **as_user}
    data = place / "data"
    try:
        subprocess.run(
            [folder / "initdb", "-D", data, "-U", "labs", "-A", "trust", "-E", "UTF8", "--no-sync"], **common
        )
        options = f"-c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -p {port}"
        control = [folder / "pg_ctl", "-D", data, "-w", "-l", place / "log"]
        start = partial(subprocess.run, [*control, "-o", options, "start"], **common)
        stop = partial(subprocess.run, [*control, "-m", "immediate", "stop"], **common)
        start()
        try:
            yield Postgres(f"postgresql://labs@127.0.0.1:{port}/postgres", stop, start)
        finally:
            stop()
    finally:
        shutil.rmtree(place, ignore_errors=True)
