"""The sandbox's process: one world, served over HTTP on the loopback interface until it is stopped.

    python -m labs.sandbox.server.main --folder FOLDER [--port N] [--realistic] [--enforce-iam] [--fresh]

`labs.sandbox.control` starts it. It locks its folder until it ends, reports on `--ready-fd` that it is ready
(or the reason why it failed), and ends when `--parent-fd` closes, so that a temporary sandbox never outlives its owner.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import logging
import os
import secrets
import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from labs.errors import SandboxError
from labs.sandbox.client.connection import READY
from labs.sandbox.ec2.offerings import read_by_region
from labs.sandbox.model_loader import share_model_loader
from labs.sandbox.server.endpoints import Endpoints, LastErrors
from labs.sandbox.world import journal
from labs.sandbox.world.origin import mark_own

if TYPE_CHECKING:
    from labs.sandbox.server.application import Application

log = logging.getLogger("labs.sandbox")

HOST = "127.0.0.1"

END_SECONDS = 3.0
"""The time that a stop waits for the current request; the journal survives if it is aborted."""


def main(argv: Sequence[str] | None = None) -> int:
    """Serves until stopped. Returns 0 after a stop, 2 if it could not start."""
    options = _options(argv)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    _prepare_environment()
    share_model_loader()
    read_by_region()
    try:
        with hold(options.folder):
            _serve(options)
    except (SandboxError, OSError) as error:
        _report(options.ready_fd, str(error))
        log.error("%s", error)  # noqa: TRY400 - a sentence for people, not a fault of the program
        return 2
    finally:
        if options.throw_away:
            from labs.sandbox.server.confinement import unconfined

            with unconfined():
                shutil.rmtree(options.folder, ignore_errors=True)
    return 0


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "labs.sandbox.server.main", description="The embedded AWS, on loopback only."
    )
    parser.add_argument("--folder", type=Path, required=True, help="where the world is kept")
    parser.add_argument("--port", type=int, default=0, help="the port, or none at all (default: any)")
    parser.add_argument("--prefer-port", type=int, default=0, help="the port, if it is free")
    parser.add_argument(
        "--realistic", action="store_true", help="let things take the time that they take on AWS"
    )
    parser.add_argument(
        "--enforce-iam", action="store_true", help="refuse what the policies of users and roles do not allow"
    )
    parser.add_argument("--fresh", action="store_true", help="start with an empty world")
    parser.add_argument("--throw-away", action="store_true", help="remove the folder at the end")
    parser.add_argument("--ready-fd", type=int, help="written to when the server answers or cannot")
    parser.add_argument("--parent-fd", type=int, help="the server ends when this is closed")
    return parser.parse_args(argv)


def _prepare_environment() -> None:
    """Removes the user's moto settings, profiles, keys and time zone from the environment."""
    for name in list(os.environ):
        if name.startswith(("AWS_", "MOTO_", "BOTO_")):
            del os.environ[name]
    os.environ |= {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "DOCKER_HOST": "unix:///nonexistent",
        "MOTO_DISABLE_GLOBAL_CORS": "true",
        "MOTO_ENABLE_AMI_VALIDATION": "true",
        "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",
        "TZ": "UTC",
    }
    time.tzset()


def _serve(options: argparse.Namespace) -> None:
    from labs.sandbox.images.blobs import BlobStore
    from labs.sandbox.images.serving import serving
    from labs.sandbox.server.confinement import confine, unconfined
    from labs.sandbox.server.http_server import make_server

    with listen(options.port, options.prefer_port) as listening:
        port = listening.getsockname()[1]
        os.environ["MOTO_PORT"] = str(port)
        serving.port, serving.blobs = port, BlobStore(options.folder / "blobs")
        confine(options.folder)
        errors = LastErrors()
        logging.getLogger("labs.sandbox").addHandler(errors)
        application = _application(options)
        token = secrets.token_hex(16)
        endpoints = Endpoints(application, token, errors)
        with unconfined():
            server = make_server(listening, application, endpoints)

        def stop() -> None:
            threading.Thread(
                target=server.shutdown
            ).start()  # it waits for serve_forever, which may be this thread
            with unconfined():  # wakes serve_forever, which looks twice a second only
                socket.create_connection((HOST, port)).close()

        endpoints.stop = stop
        signal.signal(signal.SIGTERM, lambda *_: stop())
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if options.parent_fd is not None:
            _end_with(options.parent_fd, stop)
        _write_state(options.folder, port, token)
        _report(options.ready_fd, READY)
        server.serve_forever()
        application.close(END_SECONDS)


def listen(port: int, preferred: int = 0) -> socket.socket:
    """A socket that listens on this port, or, if it is 0, on the preferred or any port. Raises SandboxError."""
    if not port:
        with suppress(OSError):  # another program has the preferred port by now
            return _bound(preferred)
    try:
        return _bound(port)
    except (OSError, OverflowError) as error:
        raise SandboxError(f"port {port} on {HOST} cannot be used: {error}") from error


def _bound(port: int) -> socket.socket:
    listening = socket.socket()
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((HOST, port))
        listening.listen(128)
    except BaseException:
        listening.close()
        raise
    return listening


def _application(options: argparse.Namespace) -> Application:
    """The world of the folder, restored from its journal, or a new one."""
    from labs.sandbox import extend
    from labs.sandbox.server import pack_extensions
    from labs.sandbox.server.application import Application
    from labs.sandbox.services import SERVED

    extend.install()
    make = partial(Application, enforces_iam=options.enforce_iam)
    path = options.folder / "journal.jsonl"
    new = options.fresh or not path.exists()
    if new:
        mark_own(path)
    pack_extensions.install_for(path)
    recorded = None if new else journal.read(path)
    is_other = recorded is not None and recorded.header.realistic != options.realistic
    if recorded is not None and is_other and recorded.entries:
        mode = "with" if recorded.header.realistic else "without"
        raise SandboxError(
            f"The saved state was started {mode} --realistic. Start it the same way, "
            "or delete the state: labs sandbox reset"
        )
    if recorded is None or is_other:
        return make(
            journal.Journal.create(path, journal.new_header(realistic=options.realistic, services=SERVED))
        )
    if recorded.torn:
        log.warning("%s ended in half a line, which was dropped: it was never answered", path)
    kept = journal.Journal(path, recorded)
    if kept.damage:
        log.error("%s", kept.damage)
    return make(kept, recorded.entries)


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Locks the folder until this process ends. Raises SandboxError if another process holds the lock."""
    with (folder / "server.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SandboxError(f"another process serves the sandbox in {folder}") from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _write_state(folder: Path, port: int, token: str) -> None:
    """Writes the server's port and token to a file that only its owner can read."""
    beside = folder / "server.json.new"
    beside.touch(mode=0o600)
    beside.write_text(json.dumps({"port": port, "pid": os.getpid(), "token": token}), encoding="utf-8")
    beside.replace(folder / "server.json")


def _report(ready_fd: int | None, message: str) -> None:
    if ready_fd is not None:
        with os.fdopen(ready_fd, "w", encoding="utf-8") as ready:
            ready.write(message)


def _end_with(parent_fd: int, stop: Callable[[], None]) -> None:
    """Stops the server when the other end of the pipe is closed, also by the parent's death."""

    def wait() -> None:
        os.read(parent_fd, 1)
        stop()

    threading.Thread(target=wait, daemon=True).start()


if __name__ == "__main__":
    code = main()
    logging.shutdown()
    os._exit(code)  # everything is closed; freeing a million objects would only delay the end
