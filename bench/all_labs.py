"""Prints the cost of `labs check --all` compared with one lab, with every lab solved: `python -m bench.all_labs`.

The sandbox answers each request once. After that, the responses come from memory, with a round trip of 60 ms.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple
from http.client import HTTPConnection
from pathlib import Path

from bench.__main__ import LABS, Cost, environment, measure
from labs.author.played_states import PlayedStates, start_scripts
from labs.content.lab import Lab
from labs.content.pack import open_catalog
from labs.sandbox import control
from labs.sandbox.commands import aws_cli

RUNS = 5
ROUND_TRIP = 0.06
ONE = "ecs-placement"


class Memory:
    """Answers like the sandbox, after a round trip, and counts the requests."""

    def __init__(self, sandbox: control.Sandbox) -> None:
        self._port = sandbox.port
        self._answers: dict[tuple[str, ...], bytes] = {}
        self.asked: Counter[tuple[str, ...]] = Counter()
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers the requests of one connection."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                first, *lines = head.decode().strip().split("\r\n")
                fields = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
                body = await reader.readexactly(int(fields.get("content-length", 0)))
                key = (first, fields.get("x-amz-target", ""), _scope(fields), body.decode())
                self.asked[key] += 1
                if key not in self._answers:
                    self._answers[key] = await asyncio.to_thread(self._ask, first, fields, body)
                await asyncio.sleep(ROUND_TRIP)
                writer.write(self._answers[key])
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _ask(self, first: str, fields: dict[str, str], body: bytes) -> bytes:
        method, path, _ = first.split(" ")
        connection = HTTPConnection("127.0.0.1", self._port)
        connection.request(method, path, body, fields)
        answer = connection.getresponse()
        content = answer.read()
        kept = [
            f"{name}: {value}"
            for name, value in answer.getheaders()
            if name.lower() in ("content-type", "server")
        ]
        lines = [
            f"HTTP/1.1 {answer.status} {answer.reason}",
            *kept,
            f"Content-Length: {len(content)}",
            "",
            "",
        ]
        connection.close()
        return "\r\n".join(lines).encode() + content


def _scope(fields: dict[str, str]) -> str:
    """The Region and the service in a request's signature."""
    return "/".join(fields.get("authorization", "").partition(",")[0].split("/")[2:4])


@contextmanager
def served(memory: Memory) -> Iterator[None]:
    """Serves the responses on a port, in a thread."""
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(memory.serve, "127.0.0.1", 0))
    memory.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


def solve(sandbox: control.Sandbox, labs: list[Lab], folder: Path) -> None:
    """Plays the solutions of all labs in one account."""
    with aws_cli() as cli:
        states = PlayedStates(sandbox, cli, folder)
        for lab in labs:
            for script in (*start_scripts(lab), lab.folder / "solution.sh"):
                if wrong := states.run(lab, script):
                    raise SystemExit(f"{lab.id}: {wrong}")


def main() -> None:
    """Measures all labs together, and each of them alone."""
    labs = open_catalog().all()
    with tempfile.TemporaryDirectory() as home, control.throw_away() as sandbox:
        solve(sandbox, labs, Path(home))
        memory = Memory(sandbox)
        with served(memory):
            world = environment(f"http://127.0.0.1:{memory.port}", home) | control.environment(sandbox)
            world |= {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{memory.port}"}

            def cost(*arguments: str) -> Cost:
                measure([LABS, "check", *arguments, "--format", "json"], world)  # the sandbox answers
                runs = [measure([LABS, "check", *arguments, "--format", "json"], world) for _ in range(RUNS)]
                return Cost(*map(statistics.median, zip(*map(astuple, runs), strict=True)))

            alone = {lab.id: cost(lab.id) for lab in labs}
            every = cost("--all")
            memory.asked.clear()
            measure([LABS, "check", "--all", "--format", "json"], world)
    slowest = max(alone, key=lambda lab: alone[lab].elapsed)
    print(
        f"{len(labs)} labs: {memory.asked.total()} requests, {len(memory.asked)} distinct reads   (the same number)\n"
        f"wall {every.elapsed * 1000:4.0f} ms = {every.elapsed / alone[slowest].elapsed:4.2f} x that of {slowest}, "
        f"the slowest alone   (at most 2.0 x)\n"
        f"CPU  {every.cpu * 1000:4.0f} ms = {every.cpu / alone[ONE].cpu:4.2f} x that of {ONE} alone   (at most 1.5 x)"
    )


if __name__ == "__main__":
    main()
