"""Prints the cost of a single check: CPU, wall time and memory of whole processes, medians of alternating runs."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.certificate import write

FOLDER = Path(__file__).parent
RUNS = 9
LABS = str(Path(sys.executable).parent / "labs")


@dataclass(frozen=True)
class Cost:
    """The cost of a process: CPU and wall seconds, and its maximum resident set size in MiB."""

    cpu: float
    elapsed: float
    memory: float


def measure(command: list[str], environment: dict[str, str]) -> Cost:
    """One run of a command, as the kernel accounts for it."""
    started = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command} ended with {process.returncode}: {errors.decode()}")
    return Cost(usage.ru_utime + usage.ru_stime, time.perf_counter() - started, usage.ru_maxrss / 1024)


def compare(name: str, ours: list[str], theirs: list[str], environment: dict[str, str], limits: str) -> None:
    """Runs two commands in turn and prints the medians and the ratios."""
    pairs = [(measure(ours, environment), measure(theirs, environment)) for _ in range(RUNS + 1)][1:]
    cpu = statistics.median(a.cpu / b.cpu for a, b in pairs)
    elapsed = statistics.median(a.elapsed / b.elapsed for a, b in pairs)
    mine = [statistics.median(getattr(a, field) for a, _ in pairs) for field in ("cpu", "elapsed", "memory")]
    print(
        f"{name:<34} CPU {mine[0] * 1000:4.0f} ms = {cpu:4.2f} x   wall {mine[1] * 1000:5.0f} ms = {elapsed:4.2f} x   "
        f"{mine[2]:3.0f} MiB   ({limits})"
    )


def guard_share(arguments: list[str], environment: dict[str, str]) -> None:
    """Prints the share of the read-only guard in a check's CPU time."""
    shares = []
    for _ in range(RUNS):
        command = [sys.executable, "-m", "bench.guarded", *arguments]
        ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        guard, whole = map(float, ran.stderr.splitlines()[-1].split())
        shares.append(guard / whole)
    print(f"the read-only guard in labs check: {statistics.median(shares):.1%} of its CPU   (at most 3 %)")


@contextmanager
def stub(round_trip: int, certificate: Path | None = None) -> Iterator[str]:
    """The URL of a stub of AWS with this round trip in milliseconds, over TLS if it has a certificate."""
    files = [str(certificate)] if certificate else []
    command = [sys.executable, str(FOLDER / "stub.py"), str(round_trip), *files]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield f"{'https' if certificate else 'http'}://127.0.0.1:{server.stdout.readline().strip()}"
        server.kill()


def environment(url: str, home: str) -> dict[str, str]:
    """The environment of a run: dummy keys, the stub's endpoint, an empty home."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": home,
        "LABS_HOME": home,
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }


def main() -> None:
    """Every comparison."""
    obvious = [sys.executable, str(FOLDER / "obvious.py")]
    with tempfile.TemporaryDirectory() as home:
        with stub(0) as url:
            world = environment(url, home)
            compare(
                "labs --help / 4 describes", [LABS, "--help"], [*obvious, "4"], world, "CPU at most 0.25 x"
            )
            compare("labs list / 4 describes", [LABS, "list"], [*obvious, "4"], world, "CPU at most 0.25 x")
            check = [LABS, "check", "ecs-placement", "--format", "json"]
            compare(
                "labs check / the same calls", check, [*obvious, "all"], world, "CPU at most 1.15 x, 60 MiB"
            )
            guard_share(check[1:], world)
        with stub(60) as url:
            world = environment(url, home)
            compare("the same at 60 ms round trip", check, [*obvious, "all"], world, "wall at most 1 x")
        certificate, roots = write(Path(home))
        with stub(60, certificate) as url:
            world = {**environment(url, home), "AWS_CA_BUNDLE": str(roots)}
            compare(
                "the same over TLS", check, [*obvious, "all"], world, "CPU at most 1.15 x, wall at most 1 x"
            )


if __name__ == "__main__":
    main()
