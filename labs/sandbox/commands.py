"""Runs a lab's scripts with the real AWS CLI against a sandbox, importing the CLI once for all calls.

A call of the AWS CLI takes about half a second, nearly all of it for imports. If the CLI is a package
of this Python, one process imports it and forks for each call (`aws_server`); else the `aws` on the PATH is
used unchanged.
"""

from __future__ import annotations

import importlib.util
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from labs.errors import SandboxError, install_command
from labs.sandbox.client.aws_server import AWS, CLOCK
from labs.sandbox.client.connection import Sandbox
from labs.sandbox.client.shell import place, without_own

SCRIPT_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Ran:
    """The exit code of a script, and its output and errors in order."""

    exit_code: int
    output: str

    def error(self, script: Path) -> str:
        """The exit code and the end of the output of a failed script; empty if it succeeded."""
        if not self.exit_code:
            return ""
        return f"{script.name} ended with {self.exit_code}: {self.output.strip()[-600:]}"


MAX_FOLDER_BYTES = 70
"""Length of the folder of temporary files in which a socket has room: its whole path has 103 bytes on macOS."""


@dataclass(frozen=True, slots=True)
class AwsCli:
    """The AWS CLI at hand; `folder` holds its `aws`, empty if the one of the PATH is used."""

    folder: Path | None

    def run(
        self,
        script: Path,
        environment: Mapping[str, str],
        seconds: float = SCRIPT_SECONDS,
    ) -> Ran:
        """Runs a script as `bash -eu -o pipefail` in an empty folder, with an empty home.

        `environment` has the variables for the account and the lab's parameters. The script ends with this process,
        however that ends. Raises SandboxError if the script has not ended after `seconds`.
        """
        with tempfile.TemporaryDirectory(prefix="labs-run-", ignore_cleanup_errors=True) as folder:
            work, home = Path(folder, "work"), Path(folder, "home")
            work.mkdir()
            home.mkdir()
            given = {**without_own(os.environ), "HOME": str(home), "PATH": self.path(), **environment}
            setting = Path(folder, "setting.sh")
            lines = ["unset BASH_ENV", _TELLS_LINE, *place(script.read_text(encoding="utf-8")), ""]
            setting.write_text("\n".join(lines), encoding="utf-8")
            given["BASH_ENV"] = str(setting)  # bash reads it before the script
            return _run(["-eu", "-o", "pipefail", str(script.resolve())], work, given, seconds)

    def path(self) -> str:
        """The PATH on which scripts find this `aws`."""
        path = os.environ.get("PATH", os.defpath)
        return f"{self.folder}{os.pathsep}{path}" if self.folder else path


def skips_waiting(sandbox: Sandbox) -> dict[str, str]:
    """The variable that makes a script's waits take no time: the sandbox's clock is advanced instead."""
    return {CLOCK: f"{sandbox.port}:{sandbox.token}"}


@contextmanager
def aws_cli() -> Iterator[AwsCli]:
    """The AWS CLI, for any number of scripts, also concurrently. Raises SandboxError if it is not installed."""
    if importlib.util.find_spec("awscli") is None:
        if shutil.which("aws") is None:
            raise SandboxError(f"The AWS CLI is missing. Install it: {install_command('aws-cli')}")
        yield AwsCli(None)
        return
    is_long = len(os.fsencode(tempfile.gettempdir())) > MAX_FOLDER_BYTES
    place = "/tmp" if is_long else None  # noqa: S108 - a folder of its own is made there
    with tempfile.TemporaryDirectory(prefix="labs-aws-", dir=place) as folder, _served(Path(folder)):
        yield AwsCli(Path(folder))


@contextmanager
def _served(folder: Path) -> Iterator[None]:
    """Writes `aws` and `sleep` into the folder, and runs the server for them."""
    path = folder / "socket"
    (folder / "aws.py").write_text(AWS, encoding="utf-8")
    command = shlex.join([sys.executable, "-I", "-S", str(folder / "aws.py"), str(path)])
    for name in ("aws", "sleep"):
        shim = folder / name
        shim.write_text(f'#!/bin/sh\nexec {command} {name} "$@"\n', encoding="utf-8")
        shim.chmod(0o755)
    with ExitStack() as stack:
        listening = stack.enter_context(socket.socket(socket.AF_UNIX))
        listening.bind(str(path))
        listening.listen(64)
        server_end, our_end = os.pipe()
        try:
            server = _start(folder, listening, server_end)
        finally:
            os.close(server_end)
        listening.close()  # when the server dies callers must be refused, not left waiting
        try:
            yield
        finally:
            os.close(our_end)
            server.wait()


def _start(home: Path, listening: socket.socket, server_end: int) -> subprocess.Popen[bytes]:
    ends = [str(listening.fileno()), str(server_end)]
    return subprocess.Popen(  # noqa: S603 - our own module
        [
            sys.executable,
            "-P",
            "-m",
            "labs.sandbox.client.aws_server",
            "--listen-fd",
            ends[0],
            "--parent-fd",
            ends[1],
        ],
        stdin=subprocess.DEVNULL,
        env={**without_own(os.environ), "HOME": str(home)},
        pass_fds=[listening.fileno(), server_end],
        start_new_session=True,
    )


_TELLS_LINE = """trap 'echo "$0: line $LINENO failed" >&2' ERR"""
_WITH_OWNER = 'exec 3<&0; (cat <&3; kill -9 -$$) >/dev/null 2>&1 & exec bash "$@" 3<&- </dev/null'
"""Runs bash, and ends it and its child processes when standard input is closed, also by the death of the owner."""


def _run(arguments: list[str], work: Path, environment: Mapping[str, str], seconds: float) -> Ran:
    bash = subprocess.Popen(  # noqa: S603 - the script is a lab's own, which the caller chose
        ["sh", "-c", _WITH_OWNER, "sh", *arguments],  # noqa: S607 - whichever shells the user has
        cwd=work,
        env=dict(environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    )
    late = threading.Event()

    def end() -> None:
        late.set()
        _kill(bash)

    alarm = threading.Timer(seconds, end)
    assert bash.stdout is not None
    with bash.stdout:  # around all that Ctrl-C may end
        try:
            alarm.start()
            output = bash.stdout.read()
            bash.wait()
        finally:
            alarm.cancel()
            _kill(bash)
    if late.is_set():
        raise SandboxError(f"{arguments[-1]} had not ended after {seconds:g} seconds; it said:\n{output}")
    return Ran(bash.returncode, output)


def _kill(bash: subprocess.Popen[str]) -> None:
    """Ends the script and its child processes."""
    with suppress(ProcessLookupError):
        os.killpg(bash.pid, signal.SIGKILL)
    bash.wait()
    assert bash.stdin is not None
    bash.stdin.close()
