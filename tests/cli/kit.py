"""Readers of a run of the command line, servers for it to meet, and runs in a process of their own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import jsonschema

import labs.show
from tests.builders import Ran
from tests.faults import FAULTS

SCHEMA = jsonschema.Draft202012Validator(
    json.loads((Path(labs.show.__file__).parent / "check.schema.json").read_text("utf-8"))
)
BY_ID = {fault.id: fault for fault in FAULTS}
LAB = "ecs-placement"


def states(ran: Ran) -> dict[str, str]:
    return {each["id"]: each["state"] for lab in ran.json["labs"] for each in lab["objectives"]}


def checked(ran: Ran) -> Ran:
    """A run of `labs check --format json` whose document is as the schema says."""
    SCHEMA.validate(ran.json)
    return ran


class Server:
    """Listens on a port of this machine and treats each connection as it is reported."""

    def __init__(self, treat: Callable[[socket.socket], None]) -> None:
        self._treat = treat
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._open: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self._open.append(connection)
            self._treat(connection)

    def close(self) -> None:
        self._socket.close()
        for connection in self._open:
            connection.close()


def labs_process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from labs.cli import main; main()", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
