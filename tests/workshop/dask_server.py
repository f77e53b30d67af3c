"""A real Dask cluster for tests, of processes of this machine, and a gate that holds each check.

The check of the lab of these tests connects to the gate and waits for its release, so that a test knows which process
is at which seat without waiting for time to pass, and can kill one of them.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.workshop.workshop_kit import LAB, make_pack, role, seat

EXTERNAL_ID = "room-secret"
SECONDS = 60.0
"""The timeout of a test that waits for a process."""
WAIT_AT_GATE = '''

def wait_at_gate(gate: str, seat: str) -> None:
    """Reports process and seat, and waits for the release; or kills its process when told so."""
    with socket.create_connection(("127.0.0.1", int(gate)), timeout=60) as at:
        at.sendall(f"{os.getpid()} {seat}\\n".encode())
        if at.recv(1) == b"x":
            os._exit(9)

'''

END_WITH_PARENT = """
import os, runpy, signal, sys, threading

def watch(parent_pipe):
    os.read(parent_pipe, 1)
    os.killpg(0, signal.SIGKILL)

threading.Thread(target=watch, args=[int(sys.argv.pop(1))], daemon=True).start()
runpy.run_module("dask", run_name="__main__", alter_sys=True)
"""
"""Runs `dask`, and kills its process group when the parent's end of the pipe is closed: a test run may be killed."""


PRELOAD = {"DASK_DISTRIBUTED__WORKER__PRELOAD": repr([str(Path(__file__).with_name("trusting_worker.py"))])}


def make_held_pack(folder: Path) -> Path:
    """The pack with one quick lab, whose check first waits at the gate, if one is given."""
    make_pack(folder)
    check = folder / "checks" / f"{LAB.replace('-', '_')}.py"
    text = check.read_text("utf-8").replace("from labs.sdk", "import os\nimport socket\n\nfrom labs.sdk", 1)
    first, rest = text.split("\n\ndef group_exists", 1)
    body = '    if log_groups.group_or_none(account, lab["group"]):'
    assert body in rest
    held = rest.replace(
        body, f'    if lab["gate"] != "none":\n        wait_at_gate(lab["gate"], lab["group"])\n{body}', 1
    )
    check.write_text(f"{first}{WAIT_AT_GATE}\ndef group_exists{held}", "utf-8")
    task = folder / "tasks" / LAB / "task.toml"
    task.write_text(task.read_text("utf-8").replace("[parameters]", '[parameters]\ngate = "none"'), "utf-8")
    return folder


@dataclass
class HeldCheck:
    """The check of a seat that waits at the gate."""

    at: socket.socket
    pid: int
    seat: str

    def release(self) -> None:
        """Lets the check go on."""
        self._send(b"g")

    def kill_process(self) -> None:
        """Makes the process of the check exit at once."""
        self._send(b"x")

    def _send(self, word: bytes) -> None:
        with self.at, suppress(OSError):  # the process may have died meanwhile
            self.at.sendall(word)


class CheckGate:
    """Holds checks until a test releases them; `checks` are all so far."""

    def __init__(self, listening: socket.socket) -> None:
        self._listening = listening
        self.port = str(listening.getsockname()[1])
        self.checks: list[HeldCheck] = []

    def wait(self) -> HeldCheck:
        """The next check that arrives."""
        at, _ = self._listening.accept()
        with at.makefile("rb") as words:
            pid, _, seat = words.readline().decode().strip().partition(" ")
        check = HeldCheck(at, int(pid), seat)
        self.checks.append(check)
        return check

    def seats(self) -> list[str]:
        """The names of the seats whose checks arrived, sorted; twice for one that was checked twice."""
        return sorted(check.seat for check in self.checks)

    def handle_all(self, handle: Callable[[HeldCheck], None]) -> None:
        """Handles every check that arrives from now on, in a thread, until the gate is closed."""

        def serve() -> None:
            while True:
                try:
                    check = self.wait()
                except OSError:
                    return
                handle(check)

        threading.Thread(target=serve, daemon=True).start()


@contextmanager
def check_gate() -> Iterator[CheckGate]:
    """A gate at which no check has arrived yet."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(SECONDS)
        gate = CheckGate(listening)
        yield gate
        for check in gate.checks:
            check.at.close()


@dataclass
class Dask:
    """A scheduler and its workers; `environment` is that of the workers."""

    folder: Path
    environment: dict[str, str]
    settings: dict[str, str] = field(default_factory=dict)
    _stack: ExitStack = field(default_factory=ExitStack)
    address: str = ""
    scheduler: subprocess.Popen[bytes] | None = None

    def start(self, port: int = 0) -> None:
        """Starts the scheduler, and returns when it answers."""
        command = ["scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]
        self.scheduler, address = self._run(command, r"Scheduler at:\s+tcp://(\S+)", {})
        self.address = f"dask://{address}"

    def work(self, threads: int, *more: str, **environment: str) -> int:
        """Starts a worker with this many threads; its process id, once it has registered."""
        url = self.address.replace("dask://", "tcp://")
        command = ["worker", url, "--nthreads", str(threads), "--no-dashboard", "--host", "127.0.0.1"]
        command += ["--local-directory", str(self.folder), *(more or ["--no-nanny"])]
        running, _ = self._run(command, r"Registered to:\s+tcp://(\S+)", self.environment | environment)
        return running.pid

    def _run(
        self, arguments: list[str], ready: str, more: dict[str, str]
    ) -> tuple[subprocess.Popen[bytes], str]:
        """A process, once its log matches `ready`; it ends with this process, however that ends."""
        parent_pipe = self._parent_pipe()
        running = self._stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-P", "-c", END_WITH_PARENT, str(parent_pipe), *arguments],
                env=os.environ | self.settings | more,
                pass_fds=[parent_pipe],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        )
        self._stack.callback(_kill, running)
        assert running.stderr is not None
        lines: list[str] = []
        for line in running.stderr:
            lines.append(line.decode())
            if found := re.search(ready, lines[-1]):
                threading.Thread(target=running.stderr.read, daemon=True).start()
                return running, found[1]
        raise AssertionError("".join(lines))

    def _parent_pipe(self) -> int:
        """The reading end of a pipe whose other end is held by this process alone."""
        reading, writing = os.pipe()
        self._stack.callback(os.close, reading)
        self._stack.callback(os.close, writing)
        return reading

    def stop(self) -> None:
        """Stops the scheduler and its workers."""
        self._stack.close()


def _kill(running: subprocess.Popen[bytes]) -> None:
    """Kills a process and its children."""
    with suppress(ProcessLookupError):  # it may have ended already
        os.killpg(running.pid, signal.SIGKILL)


@contextmanager
def dask(folder: Path, environment: dict[str, str], **settings: str) -> Iterator[Dask]:
    """A scheduler without workers; `settings` as Dask reads them from its environment."""
    cluster = Dask(
        folder, environment, PRELOAD | {f"DASK_DISTRIBUTED__{name}": text for name, text in settings.items()}
    )
    cluster.start()
    try:
        yield cluster
    finally:
        cluster.stop()


@contextmanager
def recording_proxy(address: str) -> Iterator[tuple[str, bytearray]]:
    """Another address of a scheduler, and all bytes that are sent to it there."""
    host, port = address.removeprefix("dask://").split(":")
    recorded = bytearray()

    def pass_on(source: socket.socket, target: socket.socket, record: bytearray | None) -> None:
        try:
            while data := source.recv(65536):
                if record is not None:
                    record += data
                target.sendall(data)
        except OSError:
            pass  # the other side has hung up
        for each in (source, target):
            each.close()

    def serve() -> None:
        while True:
            try:
                caller, _ = listening.accept()
            except OSError:
                return
            called = socket.create_connection((host, int(port)))
            for way in ((caller, called, recorded), (called, caller, None)):
                threading.Thread(target=pass_on, args=way, daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=serve, daemon=True).start()
        yield f"dask://127.0.0.1:{listening.getsockname()[1]}", recorded


def authorized_seat(name: str, number: int, **more: Any) -> str:
    """A seat whose role the instructor may assume."""
    return seat(name, role_arn=role(number), external_id=EXTERNAL_ID, **more)


def held_seats(names: list[str], gate: CheckGate) -> list[str]:
    """Seats of the learners from 2 on, whose checks wait at the gate under the seat's name."""
    return [
        authorized_seat(name, number, parameters={"group": name, "gate": gate.port})
        for number, name in enumerate(names, 2)
    ]


def in_thread(run: Any) -> Any:
    """Runs a function beside the test; calling what comes back waits for what it returns."""
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(1)
    future = pool.submit(run)
    pool.shutdown(wait=False)
    return lambda: future.result(SECONDS)
