"""Connects to the sandbox's server: finds it, calls its control endpoints, starts it."""

from __future__ import annotations

import fcntl
import http.client
import json
import os
import select
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labs.errors import SandboxError

MARK = "x-cardlabs-sandbox"
"""A header in every response of the sandbox, and in no response of AWS."""

ACCOUNT = "123456789012"
REGION = "eu-west-1"
KEY_OF_ACCOUNT = "AKIASBOX"
"""The prefix of access key ids that end with an account ID; together they have 20 characters."""
START_SECONDS = 120.0
ANSWER_SECONDS = 60.0
STOP_SECONDS = 5.0
LOG_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running sandbox. `ran_already` is True if `start` found it running."""

    home: Path
    url: str
    port: int
    pid: int
    token: str = field(repr=False)
    realistic: bool = False
    enforces_iam: bool = False
    account: str = ACCOUNT
    region: str = REGION
    ran_already: bool = False
    damage: str = ""
    """A message about the part of the world that was lost because the journal is damaged."""

    @property
    def log(self) -> Path:
        """The log file of the server."""
        return folder(self.home) / "server.log"


def folder(home: Path) -> Path:
    """The sandbox's folder in a home folder."""
    return home / "sandbox"


def last_port(home: Path) -> int:
    """The port of the sandbox when it last ran; 0 if it never ran."""
    state = _state(home)
    return state["port"] if state else 0


def holder(home: Path) -> int | None:
    """The id of the process that holds the sandbox's lock; None if there is none."""
    try:
        with (folder(home) / "server.lock").open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(file.read())
    except (OSError, ValueError):
        return None  # never started, or just about to say who it is
    return None


def running(home: Path, seconds: float = ANSWER_SECONDS) -> Sandbox | None:
    """The running sandbox of this home folder, if it responds with its token within this many seconds; else None."""
    state = _state(home)
    if state is None:
        return None
    port, token = state["port"], state["token"]
    try:
        pong = call_endpoint(port, token, "GET", "ping", seconds=seconds)
    except SandboxError:
        return None
    if pong.get("yours") is not True:
        return None
    return Sandbox(
        home,
        f"http://127.0.0.1:{port}",
        port,
        pong["pid"],
        token,
        realistic=pong["realistic"],
        enforces_iam=pong.get("enforces_iam", False),  # one that an older version started does not say
        damage=pong.get("damage", ""),
    )


def call_endpoint(
    port: int, token: str, method: str, name: str, body: bytes = b"", seconds: float = ANSWER_SECONDS
) -> dict[str, Any]:
    """The response of one of the sandbox's own endpoints. Raises SandboxError if it refuses or does not answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        connection.request(method, f"/_cardlabs/{name}", body, {"X-Cardlabs-Token": token})
        answer = connection.getresponse()
        content = json.loads(answer.read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise SandboxError(f"the sandbox on port {port} does not answer: {error}") from error
    finally:
        connection.close()
    if not isinstance(content, dict):
        raise SandboxError(f"what answers on port {port} is no sandbox")
    if answer.status != 200:
        raise SandboxError(f"the sandbox refused: {content.get('error')}")
    return content


def spawn(place: Path, *flags: str, owned_through: int | None = None) -> subprocess.Popen[bytes]:
    """Starts a server and waits until it answers. Raises SandboxError with its reason if it cannot.

    `owned_through` is the end of a pipe whose closing ends the server. Without it, the server is detached: a shell that
    exits immediately starts it, so that it becomes no zombie of this process.
    """
    log = place / "server.log"
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.replace(log.with_suffix(".log.old"))
    reading, writing = os.pipe()
    command = [sys.executable, "-P", "-m", "labs.sandbox.server.main", "--folder", str(place), *flags]
    command += ["--ready-fd", str(writing)]
    inherited = [writing]
    if owned_through is None:
        command = ["/bin/sh", "-c", '"$@" &', "sh", *command]
    else:
        command += ["--parent-fd", str(owned_through)]
        inherited += [owned_through]
    try:
        with log.open("ab") as output:
            process = subprocess.Popen(  # noqa: S603 - our own module
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=server_environment(),
                pass_fds=inherited,
                start_new_session=True,
            )
    finally:
        os.close(writing)
    with os.fdopen(reading, "rb") as ready:
        spoke = bool(select.select([ready], [], [], START_SECONDS)[0])
        report = ready.read().decode() if spoke else ""
    if owned_through is None or report != READY:
        process.kill()  # the shell has ended by now; a server that does not answer has not
        process.wait()
    if report != READY:
        raise SandboxError(f"The sandbox did not start: {report or (_end_of(log) if spoke else _STUCK)}")
    return process


def server_environment() -> dict[str, str]:
    """The environment of the server: the user's, without AWS keys and settings."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "BOTO_", "MOTO_"))
    }
    return {**kept, "PYTHONHASHSEED": "0"}  # sets of moto's keep their order from start to start


READY = "ready"
"""The message of a server that is ready; any other message is the reason why it is not."""


_STUCK = (
    f"it has not answered in {START_SECONDS:.0f} seconds. End it: labs sandbox stop. If its saved state takes "
    "this long again, start an empty one: labs sandbox reset"
)


def _end_of(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    if lines:
        return "\n".join(["it said:", *lines[-12:]])
    if shutil.disk_usage(log.parent).free < LOG_BYTES:
        return f"the disk of {log.parent} is full"
    return "it ended without a word"


def _state(home: Path) -> dict[str, Any] | None:
    try:
        state = json.loads((folder(home) / "server.json").read_text(encoding="utf-8"))
        return {"port": int(state["port"]), "token": str(state["token"])}
    except (OSError, ValueError, KeyError, TypeError):
        return None  # never started, or a file that is not ours: either way none is known
