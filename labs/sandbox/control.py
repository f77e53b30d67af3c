"""Starts, finds, controls and stops the sandbox. Imports neither moto nor botocore, so that commands start fast.

A sandbox belongs to a home folder: its world is in `<home>/sandbox/`. Whether it runs is decided by a request with the
token in the state file, never by a process id, which another process may have by now.
"""

from __future__ import annotations

import fcntl
import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from labs.errors import SandboxError
from labs.sandbox.client.clients import client
from labs.sandbox.client.connection import (
    ANSWER_SECONDS,
    STOP_SECONDS,
    Sandbox,
    call_endpoint,
    folder,
    holder,
    last_port,
    running,
    spawn,
)
from labs.sandbox.client.shell import environment, exports, in_account, shell, without_own

__all__ = [
    "Sandbox",
    "SandboxStatus",
    "advance",
    "client",
    "environment",
    "exports",
    "in_account",
    "load",
    "reset",
    "running",
    "save",
    "shell",
    "start",
    "status",
    "stop",
    "throw_away",
    "without_own",
    "world_size",
]


@dataclass(frozen=True, slots=True)
class SandboxStatus:
    """The status of a running sandbox: `uptime` in seconds, the latest `errors`, the bytes of pushed images."""

    sandbox: Sandbox
    version: str
    journal: Path
    changes: int
    requests: int
    uptime: float
    errors: tuple[str, ...]
    image_bytes: int = 0


def start(
    home: Path,
    *,
    port: int | None = None,
    realistic: bool = False,
    enforces_iam: bool = False,
    fresh: bool = False,
) -> Sandbox:
    """The sandbox of this home folder, started if necessary. It continues to run when this process ends.

    Without a port, it uses its previous port if that is free, so that existing shells still reach it.
    Raises SandboxError if it cannot start, with the server's reason.
    """
    place = _made_folder(home)
    with (place / "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        there = running(home)
        if there:
            return _ensure_requested(there, port, realistic=realistic, enforces_iam=enforces_iam, fresh=fresh)
        flags = ["--realistic"] * realistic + ["--enforce-iam"] * enforces_iam + ["--fresh"] * fresh
        flags += ["--port", str(port)] if port else ["--prefer-port", str(last_port(home))]
        spawn(place, *flags)
        return _must_run(home)


def stop(home: Path, seconds: float = STOP_SECONDS) -> bool:
    """Stops the sandbox, waits for its end, and keeps its world. Returns False if none was running.

    A server that does not stop in time is killed by its process id; the journal survives that.
    """
    process = holder(home)
    if process is None:
        return False
    sandbox = running(home, seconds)
    try:
        if sandbox:
            call_endpoint(sandbox.port, sandbox.token, "POST", "stop", seconds=seconds)
            return True
    except SandboxError:
        if holder(home) != process:
            return True
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)
    with (folder(home) / "server.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)  # it is given back when the process has gone
    return True


def status(home: Path, seconds: float = ANSWER_SECONDS) -> SandboxStatus | None:
    """The status of the sandbox, if it runs. Raises SandboxError if it runs and does not answer."""
    sandbox = running(home, seconds)
    if sandbox is None:
        process = holder(home)
        if process is None:
            return None
        raise SandboxError(
            f"The sandbox runs as process {process}, but does not answer. Stop it: labs sandbox stop"
        )
    content = call_endpoint(sandbox.port, sandbox.token, "GET", "status")
    return SandboxStatus(
        sandbox,
        version=content["cardlabs"],
        journal=Path(content["journal"]),
        changes=content["changes"],
        requests=content["requests"],
        uptime=content["uptime"],
        errors=tuple(content["errors"]),
        image_bytes=content.get("image_bytes", 0),
    )


def reset(home: Path, seconds: float = ANSWER_SECONDS) -> bool:
    """Empties the world, whether the sandbox runs or not. Returns True if it had to be stopped for that.

    It is stopped if it does not answer, or if a request keeps it busy.
    """
    sandbox = running(home, seconds)
    if sandbox:
        with suppress(SandboxError):
            call_endpoint(sandbox.port, sandbox.token, "POST", "reset", seconds=seconds)
            return False
    stopped = stop(home)
    _journal(home).unlink(missing_ok=True)  # the next start makes a new world of its own
    return stopped


def advance(sandbox: Sandbox, seconds: float) -> None:
    """Advances the clock of the sandbox's world, and runs what becomes due."""
    call_endpoint(sandbox.port, sandbox.token, "POST", "advance", str(seconds).encode())


def save(home: Path, file: Path, *, images: bool = False) -> None:
    """Saves the world to a file for `load`, on this or another machine.

    With `images`, includes the contents of images; without them, images must be pushed again.
    """
    from labs.sandbox.client.saved_world import pack
    from labs.sandbox.world.journal import read

    size = read(_journal(home)).size
    with _journal(home).open("rb") as world:
        content = world.read(size)
    pack(file, content, folder(home) / "blobs", images=images)


def load(home: Path, file: Path, *, own: bool = False) -> str:
    """Replaces the world by a saved one. Returns a message on what was lost if the file is damaged.

    The sandbox extensions of packs apply only in a world that this program made and saved itself (`own`).
    Raises SandboxError if the file is no world, or asks for services that the sandbox does not serve.
    """
    from labs.sandbox.client.saved_world import unpack
    from labs.sandbox.world.journal import put
    from labs.sandbox.world.origin import mark_loaded, mark_own

    _made_folder(home)
    data, recorded = unpack(file, folder(home) / "blobs")
    sandbox = running(home)
    if sandbox:
        name = "load-own" if own else "load"
        return str(call_endpoint(sandbox.port, sandbox.token, "POST", name, data).get("damage", ""))
    put(_journal(home), data)
    (mark_own if own else mark_loaded)(_journal(home))
    return f"{file}, {recorded.damage}" if recorded.damage else ""


def _made_folder(home: Path) -> Path:
    """Creates and returns the sandbox's folder. Raises SandboxError if that fails."""
    place = folder(home)
    try:
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise SandboxError(
            f"Cannot create {place}: {error.strerror}. Set LABS_HOME to another folder"
        ) from error
    if not os.access(place, os.W_OK):
        raise SandboxError(f"Cannot write to {place}. Set LABS_HOME to another folder")
    return place


@contextmanager
def throw_away(*, realistic: bool = False, enforces_iam: bool = False) -> Iterator[Sandbox]:
    """A temporary sandbox, deleted at the end of the block or of this process, however that ends.

    `reset(sandbox.home)` empties it at little cost.
    """
    with tempfile.TemporaryDirectory(prefix="labs-sandbox-", ignore_cleanup_errors=True) as home:
        place = folder(Path(home))
        place.mkdir(mode=0o700)
        server_end, our_end = os.pipe()
        flags = ["--throw-away", *["--realistic"] * realistic, *["--enforce-iam"] * enforces_iam]
        try:
            server = spawn(place, *flags, owned_through=server_end)
        except SandboxError:
            os.close(our_end)
            raise
        finally:
            os.close(server_end)
        try:
            yield _must_run(Path(home))
        finally:
            os.close(our_end)
            server.wait(ANSWER_SECONDS)


def _ensure_requested(
    there: Sandbox, port: int | None, *, realistic: bool, enforces_iam: bool, fresh: bool
) -> Sandbox:
    """The running sandbox. Raises SandboxError if its options differ from the requested ones."""
    other = "a fresh one" if fresh else f"port {port}" if port not in {None, there.port} else None
    if realistic != there.realistic:
        other = "a realistic one" if realistic else "one that is not realistic"
    if enforces_iam != there.enforces_iam:
        other = "one that enforces IAM" if enforces_iam else "one that does not enforce IAM"
    if other:
        raise SandboxError(
            f"The sandbox is already running at {there.url}. To start {other}, stop it first: labs sandbox stop"
        )
    return replace(there, ran_already=True)


def _must_run(home: Path) -> Sandbox:
    sandbox = running(home)
    if sandbox is None:
        raise SandboxError(f"the sandbox began and ended again; {folder(home) / 'server.log'} says more")
    return sandbox


def world_size(home: Path) -> int:
    """The size of the world's journal in bytes, which grows with each change; 0 if there is none."""
    try:
        return _journal(home).stat().st_size
    except OSError:
        return 0


def _journal(home: Path) -> Path:
    return folder(home) / "journal.jsonl"
