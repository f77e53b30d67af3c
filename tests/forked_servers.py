"""Sandboxes of tests as forks of one process that has imported the server, which saves a second of CPU per start.

As a program, this module is that process. It lives as long as the test process that started it; a fork runs the
server's own `main` with the arguments, environment and output from `connection.spawn`.
"""

from __future__ import annotations

import gc
import importlib
import json
import logging
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import IO, Any

IMPORTED = (
    "labs.sandbox.images.serving",
    "labs.sandbox.server.application",
    "labs.sandbox.server.confinement",
    "labs.sandbox.server.http_server",
)
"""The modules that the server imports at its start."""


@dataclass(slots=True)
class ForkedServer:
    """A forked server, with the part of `subprocess.Popen` that its owner uses."""

    pid: int
    ends: socket.socket
    """A pipe that is closed when the server ends."""
    owned: bool

    def kill(self) -> None:
        """Kills an owned server; for another one, the caller has only started a shell."""
        if self.owned:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> None:
        """Waits for the end of an owned server. Raises TimeoutError."""
        if self.owned:
            self.ends.settimeout(timeout)
            assert self.ends.recv(1) == b""
        self.ends.close()


@dataclass(slots=True)
class ForkedServers:
    """Replaces `subprocess` where servers are started; its process is started with the first of them."""

    folder: Path
    DEVNULL: int = subprocess.DEVNULL
    _process: subprocess.Popen[bytes] | None = None
    _our_end: int = -1
    _starting: Lock = field(default_factory=Lock)
    _place: Path = field(init=False)

    def __post_init__(self) -> None:
        self._place = self.folder / "socket"

    def Popen(  # noqa: N802 - the name in `subprocess`
        self,
        command: Sequence[str],
        *,
        stdout: IO[bytes],
        env: Mapping[str, str],
        pass_fds: Sequence[int],
        **_: Any,
    ) -> ForkedServer:
        """Starts a server, given the command that would start it as a program."""
        with self._starting:
            if self._process is None:
                self._start(env)
        arguments = command[command.index("labs.sandbox.server.main") + 1 :]
        request = json.dumps({"arguments": arguments, "environment": dict(env)}).encode()
        caller = socket.socket(socket.AF_UNIX)
        caller.connect(str(self._place))
        socket.send_fds(caller, [b"%010d" % len(request)], [stdout.fileno(), *pass_fds])
        caller.sendall(request)
        return ForkedServer(int(caller.recv(10)), caller, owned="--parent-fd" in arguments)

    def _start(self, environment: Mapping[str, str]) -> None:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(self._place))
            listening.listen(16)
            parent_fd, self._our_end = os.pipe()
            self._process = subprocess.Popen(
                [sys.executable, "-P", __file__, str(listening.fileno()), str(parent_fd)],
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                pass_fds=(listening.fileno(), parent_fd),
                start_new_session=True,
            )
            os.close(parent_fd)

    def close(self) -> None:
        """Ends the process, if there is one; servers without an owner continue."""
        if self._process is not None:
            os.close(self._our_end)
            self._process.wait()


@contextmanager
def forked_servers() -> Iterator[ForkedServers]:
    """While the block runs, servers can be forked: use it to replace `subprocess`."""
    with tempfile.TemporaryDirectory(prefix="labs-fork-") as folder:
        servers = ForkedServers(Path(folder))
        try:
            yield servers
        finally:
            servers.close()


def _serve(listening: socket.socket, parent_fd: int) -> None:
    for module in IMPORTED:
        importlib.import_module(module)
    from labs.sandbox import extend
    from labs.sandbox.server.main import main

    extend.install()  # imports the parts of moto that are extended
    extend.uninstall()
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system buries the servers
    while parent_fd not in select.select([listening, parent_fd], [], [])[0]:
        caller, _address = listening.accept()
        with caller:
            child = os.fork()
            if child:
                caller.sendall(b"%010d" % child)
                continue
            try:
                listening.close()
                os.close(parent_fd)
                code = main(_become(caller))
                logging.shutdown()
                os._exit(code)
            finally:
                os._exit(1)  # whatever happened, this child must not go on to fork


def _become(caller: socket.socket) -> list[str]:
    """Adopts the caller's output, environment and pipes. Returns the arguments of the server."""
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    length, (output, *pipes), _flags, _address = socket.recv_fds(caller, 10, 3)
    with caller.makefile("rb") as stream:
        request = json.loads(stream.read(int(length)))
    for number in (1, 2):
        os.dup2(output, number)
    os.close(output)
    os.environ.clear()
    os.environ.update(request["environment"])
    tempfile.tempdir = None
    arguments = request["arguments"]
    for name, pipe in zip(("--ready-fd", "--parent-fd"), pipes, strict=False):
        os.set_inheritable(pipe, False)
        arguments[arguments.index(name) + 1] = str(pipe)
    return list(map(str, arguments))


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2]))
