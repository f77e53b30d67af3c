"""A real Dask cluster for tests: scheduler and workers are processes of this machine; and a door that they knock at.

The lab of these tests holds each look until the door is opened for it, so that a test knows, without waiting for
time to pass, which process is at which seat, and can end one of them.
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

from tests.workshop.hall import LAB, make_pack

SECONDS = 60.0
"""After which a test that waits for a process gives up."""
KNOCK = '''

def knock(door: str, seat: str) -> None:
    """Says who looks at which seat, and waits to be let in; or dies of it."""
    with socket.create_connection(("127.0.0.1", int(door)), timeout=60) as at:
        at.sendall(f"{os.getpid()} {seat}\\n".encode())
        if at.recv(1) == b"x":
            os._exit(9)

'''


def make_guarded_pack(folder: Path) -> Path:
    """The pack with one quick lab, whose check knocks first where a door is given."""
    make_pack(folder)
    check = folder / "checks" / f"{LAB.replace('-', '_')}.py"
    text = check.read_text("utf-8").replace("from collections", "import os\nimport socket\nfrom collections")
    first, rest = text.split("\n\ndef group_exists", 1)
    body = '    names = list(group_names(account, lab["group"]))'
    guarded = rest.replace(
        body, f'    if lab["door"] != "none":\n        knock(lab["door"], lab["group"])\n{body}'
    )
    check.write_text(f"{first}{KNOCK}\ndef group_exists{guarded}", "utf-8")
    task = folder / "tasks" / LAB / "task.toml"
    task.write_text(task.read_text("utf-8").replace("[parameters]", '[parameters]\ndoor = "none"'), "utf-8")
    return folder


@dataclass
class Knock:
    """Somebody is about to look at a seat, and waits."""

    at: socket.socket
    pid: int
    seat: str

    def was_authorized(self) -> None:
        """The look goes on."""
        self._say(b"g")

    def strike_dead(self) -> None:
        """The process that looks ends at once."""
        self._say(b"x")

    def _say(self, word: bytes) -> None:
        with self.at, suppress(OSError):  # who knocked may have died meanwhile
            self.at.sendall(word)


class Door:
    """Where looks knock; `knocks` are all so far."""

    def __init__(self, listening: socket.socket) -> None:
        self._listening = listening
        self.port = str(listening.getsockname()[1])
        self.knocks: list[Knock] = []

    def wait(self) -> Knock:
        """The next who knocks."""
        at, _ = self._listening.accept()
        with at.makefile("rb") as words:
            pid, _, seat = words.readline().decode().strip().partition(" ")
        knock = Knock(at, int(pid), seat)
        self.knocks.append(knock)
        return knock

    def seats(self) -> list[str]:
        """The seats for which somebody knocked, in order of their names; one twice that was looked at twice."""
        return sorted(knock.seat for knock in self.knocks)

    def then(self, answer: Callable[[Knock], None]) -> None:
        """Answers whoever knocks from now on, in a thread of its own, until the door is taken away."""

        def serve() -> None:
            while True:
                try:
                    knock = self.wait()
                except OSError:
                    return
                answer(knock)

        threading.Thread(target=serve, daemon=True).start()


@contextmanager
def door() -> Iterator[Door]:
    """A door at which nobody has knocked yet."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(SECONDS)
        made = Door(listening)
        yield made
        for knock in made.knocks:
            knock.at.close()


@dataclass
class Dask:
    """A scheduler and its workers; `environment` is that of the workers."""

    folder: Path
    environment: dict[str, str]
    settings: dict[str, str] = field(default_factory=dict)
    _stack: ExitStack = field(default_factory=ExitStack)
    address: str = ""
    scheduler: subprocess.Popen[bytes] | None = None

    def begin(self, port: int = 0) -> None:
        """Starts the scheduler, and returns when it answers."""
        command = ["scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]
        self.scheduler, told = self._run(command, r"Scheduler at:\s+tcp://(\S+)", {})
        self.address = f"dask://{told}"

    def work(self, threads: int, *more: str, **environment: str) -> int:
        """Starts a worker with so many threads, and returns its process when it has work to expect."""
        place = self.address.replace("dask://", "tcp://")
        command = ["worker", place, "--nthreads", str(threads), "--no-dashboard", "--host", "127.0.0.1"]
        command += ["--local-directory", str(self.folder), *(more or ["--no-nanny"])]
        running, _ = self._run(command, r"Registered to:\s+tcp://(\S+)", self.environment | environment)
        return running.pid

    def _run(
        self, arguments: list[str], said: str, more: dict[str, str]
    ) -> tuple[subprocess.Popen[bytes], str]:
        """A process, once it has said this."""
        running = self._stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-P", "-m", "dask", *arguments],
                env=os.environ | self.settings | more,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        )
        self._stack.callback(_end, running)
        assert running.stderr is not None
        lines: list[str] = []
        for line in running.stderr:
            lines.append(line.decode())
            if found := re.search(said, lines[-1]):
                threading.Thread(target=running.stderr.read, daemon=True).start()
                return running, found[1]
        raise AssertionError("".join(lines))

    def end(self) -> None:
        """Ends all of it."""
        self._stack.close()


def _end(running: subprocess.Popen[bytes]) -> None:
    """Ends a process and what it began."""
    with suppress(ProcessLookupError):  # it may have ended already
        os.killpg(running.pid, signal.SIGKILL)


@contextmanager
def dask(folder: Path, environment: dict[str, str], **settings: str) -> Iterator[Dask]:
    """A scheduler without workers; `settings` as Dask reads them from its environment."""
    cluster = Dask(
        folder, environment, {f"DASK_DISTRIBUTED__{name}": text for name, text in settings.items()}
    )
    cluster.begin()
    try:
        yield cluster
    finally:
        cluster.end()


@contextmanager
def wiretap(address: str) -> Iterator[tuple[str, bytearray]]:
    """Another address of a scheduler, and all that is said to it there."""
    host, port = address.removeprefix("dask://").split(":")
    heard = bytearray()

    def pass_on(source: socket.socket, target: socket.socket, ear: bytearray | None) -> None:
        try:
            while said := source.recv(65536):
                if ear is not None:
                    ear += said
                target.sendall(said)
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
            for way in ((caller, called, heard), (called, caller, None)):
                threading.Thread(target=pass_on, args=way, daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=serve, daemon=True).start()
        yield f"dask://127.0.0.1:{listening.getsockname()[1]}", heard
