"""A Python audit hook that confines a process: no connections, no other programs, no files but the named ones.

It cannot be removed. It stops ordinary code, but not code that modifies Python itself.
"""

from __future__ import annotations

import os
import socket
import sys
import sysconfig
from collections.abc import Callable, Iterable
from typing import Any

_NETWORK = (
    "socket.connect",
    "socket.getaddrinfo",
    "socket.gethostbyaddr",
    "socket.gethostbyname",
    "socket.getnameinfo",
    "socket.sendmsg",
    "socket.sendto",
)
_PROCESSES = (
    "cpython.PyInterpreterState_New",
    "ctypes.call_function",
    "ctypes.dlopen",
    "ctypes.dlsym",
    "ctypes.dlsym/handle",
    "gc.get_objects",
    "gc.get_referents",
    "gc.get_referrers",
    "os.exec",
    "os.fork",
    "os.forkpty",
    "os.kill",
    "os.killpg",
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
"""Audit events that change files, and how many of their first arguments are paths."""

_READABLE = (
    os.devnull,
    "/dev/urandom",
    "/etc/mime.types",
    "/etc/ssl",
    "/proc/self",
    "/usr/share/zoneinfo",
)
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

Refuse = Callable[[str, object], None]


def library_folders() -> tuple[str, ...]:
    """The folders of Python's own and installed modules, and the system files that these read."""
    return (*sysconfig.get_paths().values(), sys.prefix, sys.base_prefix, *sys.path, *_READABLE)


class AuditHook:
    """A rule for each audit event of Python; calls `refuse`, which raises, unless `trusted` returns True."""

    def __init__(
        self,
        writable: Iterable[str],
        readable: Iterable[str],
        refuse: Refuse,
        trusted: Callable[[], bool] = lambda: False,
    ) -> None:
        import ctypes  # noqa: F401 - which opens Python itself, so it comes first

        self._writable = tuple({os.path.realpath(each) for each in writable} | {os.devnull})
        self._readable = tuple({os.path.realpath(each) for each in readable if each} | {*self._writable})
        self._refuse = refuse
        self._trusted = trusted
        self._checks: dict[str, Callable[[str, tuple[Any, ...]], None]] = {
            "open": self._open,
            **dict.fromkeys(_NETWORK, self._use_network),
            **dict.fromkeys(_PROCESSES, self._run),
            **dict.fromkeys(_CHANGES, self._change),
        }

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Handles one audit event; refuses what the process never needs."""
        check = self._checks.get(event)
        if check is not None and not self._trusted():
            check(event, arguments)

    def _open(self, event: str, arguments: tuple[Any, ...]) -> None:
        path, _, flags = arguments
        folders = self._writable if (flags or 0) & _WRITES else self._readable
        if not _is_within(path, folders):
            self._refuse(event, path)

    def _use_network(self, event: str, arguments: tuple[Any, ...]) -> None:
        self._refuse(event, [each for each in arguments if not isinstance(each, socket.socket)])

    def _run(self, event: str, arguments: tuple[Any, ...]) -> None:
        self._refuse(event, arguments[:1])

    def _change(self, event: str, arguments: tuple[Any, ...]) -> None:
        for path in arguments[: _CHANGES[event]]:
            if path != ":memory:" and not _is_within(path, self._writable):
                self._refuse(event, path)


def _is_within(path: Any, folders: tuple[str, ...]) -> bool:
    if isinstance(path, int):
        return True  # a file that is open already
    real = os.path.realpath(os.fsdecode(path))
    return any(real == each or real.startswith(each + os.sep) for each in folders)
