"""Keeps the server's process to itself: no connection, no other program, no file outside of its folder.

What a world asks for comes from whoever made it, and moto was not written to be asked by strangers. An audit
hook of Python's, which cannot be taken out again, refuses what a sandbox never needs; it raises an OSError, logs
what was refused, and `labs sandbox status` tells it. Calls by `requests`, such as the delivery of a notification,
find no one at the other end instead.
"""

from __future__ import annotations

import logging
import os
import socket
import sys
import sysconfig
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

log = logging.getLogger("labs.sandbox")

_NETWORK = (
    "socket.connect",
    "socket.getaddrinfo",
    "socket.gethostbyaddr",
    "socket.gethostbyname",
    "socket.getnameinfo",
    "socket.sendmsg",
    "socket.sendto",
)
_PROGRAMS = (
    "ctypes.dlopen",
    "os.exec",
    "os.fork",
    "os.forkpty",
    "os.posix_spawn",
    "os.spawn",
    "os.startfile",
    "os.system",
    "pty.spawn",
    "subprocess.Popen",
)
_CHANGES = {
    "os.chmod": 1,
    "os.chown": 1,
    "os.link": 2,
    "os.mkdir": 1,
    "os.remove": 1,
    "os.rename": 2,
    "os.rmdir": 1,
    "os.symlink": 2,
    "os.truncate": 1,
    "os.utime": 1,
    "shutil.rmtree": 1,
    "sqlite3.connect": 1,
}
"""What changes files, and how many of its first arguments are paths."""

_READABLE = (
    os.devnull,
    "/dev/urandom",
    "/etc/mime.types",
    "/etc/ssl",
    "/proc/self",
    "/usr/share/zoneinfo",
)
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

_thread = threading.local()


def confine(folder: Path) -> None:
    """Confines this process, for good, to a folder that it may write into."""
    scratch = folder / "tmp"
    scratch.mkdir(exist_ok=True)
    tempfile.tempdir = str(scratch)
    _turn_off_moto()
    sys.addaudithook(_Gate(folder))


@contextmanager
def unconfined() -> Iterator[None]:
    """Nothing is refused to this thread in the block: the server binds its port, wakes itself, removes its folder."""
    _thread.trusted = True
    try:
        yield
    finally:
        _thread.trusted = False


class _Gate:
    """The audit hook: what it does about each of Python's audit events."""

    def __init__(self, folder: Path) -> None:
        ours = os.path.realpath(folder)
        library = (*sysconfig.get_paths().values(), sys.prefix, sys.base_prefix, *sys.path, *_READABLE)
        self._writable = (ours, os.devnull)
        self._readable = tuple({os.path.realpath(each) for each in library if each} | {ours})
        self._checks: dict[str, Callable[[str, tuple[Any, ...]], None]] = {
            "open": self._open,
            **dict.fromkeys(_NETWORK, self._use_network),
            **dict.fromkeys(_PROGRAMS, self._run),
            **dict.fromkeys(_CHANGES, self._change),
        }

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Raises PermissionError for what a sandbox never needs."""
        check = self._checks.get(event)
        if check is not None and not getattr(_thread, "trusted", False):
            check(event, arguments)

    def _open(self, event: str, arguments: tuple[Any, ...]) -> None:
        path, _, flags = arguments
        folders = self._writable if (flags or 0) & _WRITES else self._readable
        if not _is_within(path, folders):
            _refuse(event, path)

    def _use_network(self, event: str, arguments: tuple[Any, ...]) -> None:
        _refuse(event, [each for each in arguments if not isinstance(each, socket.socket)])

    def _run(self, event: str, arguments: tuple[Any, ...]) -> None:
        if arguments[:1] != (None,):  # Python itself, which ctypes opens when it is imported
            _refuse(event, arguments[:1])

    def _change(self, event: str, arguments: tuple[Any, ...]) -> None:
        for path in arguments[: _CHANGES[event]]:
            if path != ":memory:" and not _is_within(path, self._writable):
                _refuse(event, path)


def _refuse(event: str, what: object) -> None:
    log.error("Refused to a world: %s %s", event, what)
    raise PermissionError(f"the sandbox keeps to itself: {event} {what}")


def _is_within(path: Any, folders: tuple[str, ...]) -> bool:
    if isinstance(path, int):
        return True  # a file that is open already
    real = os.path.realpath(os.fsdecode(path))
    return any(real == each or real.startswith(each + os.sep) for each in folders)


def _turn_off_moto() -> None:
    """No containers for Batch and Lambda, and nobody at the other end of a call by `requests`."""
    import requests
    from moto.core.config import default_user_config
    from requests.adapters import HTTPAdapter

    default_user_config["batch"] = {"use_docker": False}
    default_user_config["lambda"] = {"use_docker": False}

    def send(_adapter: HTTPAdapter, request: Any, *_: Any, **__: Any) -> requests.Response:
        log.error("Refused to a world: %s %s", request.method, request.url)
        answer = requests.Response()
        answer.status_code, answer.request, answer.url = 503, request, request.url
        return answer

    HTTPAdapter.send = send  # type: ignore[method-assign,assignment] # for good: this process serves a world
