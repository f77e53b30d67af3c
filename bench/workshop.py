"""Prints the cost of a round over many accounts, as ratios in one run: `python -m bench.workshop`."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.__main__ import FOLDER, LABS, Cost, environment, measure, stub
from bench.accounts import role

SEATS, LARGE, SMALL = 300, 5000, 30
JOBS = 32
ROUND_TRIP = 60
RUNS = 3


def roster(folder: str, seats: int) -> Path:
    """A roster of learners, each with a role."""
    path = Path(folder) / f"{seats}.toml"
    lines = (f'[[seats]]\nname = "learner-{n}"\nrole_arn = "{role(n)}"\n' for n in range(seats))
    path.write_text("\n".join(lines), "utf-8")
    return path


def ours(path: Path) -> list[str]:
    return [LABS, "workshop", "check", str(path), "ecs-placement", "--jobs", str(JOBS), "--format", "csv"]


def theirs(how: str, seats: int, jobs: int = JOBS) -> list[str]:
    return [sys.executable, str(FOLDER / "accounts.py"), how, str(seats), str(jobs)]


def per_seat(cost: Cost, seats: int) -> str:
    return f"{cost.cpu / seats * 1000:5.1f} ms CPU a seat"


def two_processes(home: str, world: dict[str, str]) -> None:
    """Prints the speed-up of two worker processes, without the time to start and connect them."""
    from distributed import LocalCluster

    os.environ.update(world)  # the workers' credentials are their own
    some, one = roster(home, SEATS), roster(home, 1)

    def seconds(workers: int) -> float:
        with LocalCluster(
            n_workers=workers, threads_per_worker=JOBS // workers, dashboard_address=None
        ) as cluster:
            on = ["--on", cluster.scheduler_address.replace("tcp:", "dask:")]
            measure([*ours(some), *on], world)  # the workers import
            start = measure([*ours(one), *on], world).elapsed
            return measure([*ours(some), *on], world).elapsed - start

    ratio = statistics.median(seconds(1) / seconds(2) for _ in range(RUNS))
    print(f"two worker processes: {ratio:4.2f} x the calls per second of one   (at least 1.6 x)")


def main() -> None:
    """Every comparison."""
    with tempfile.TemporaryDirectory() as home:
        with stub(0) as url:
            world = environment(url, home)
            pairs = [
                (measure(ours(roster(home, SEATS)), world), measure(theirs("shared", SEATS), world))
                for _ in range(RUNS)
            ]
            cpu = statistics.median(a.cpu / b.cpu for a, b in pairs)
            print(
                f"{SEATS} seats: {per_seat(pairs[-1][0], SEATS)} = {cpu:4.2f} x shared clients   (at most 1.15 x)"
            )
            session = measure(theirs("each", SMALL, 8), world)
            ratio = session.cpu / SMALL / (pairs[-1][0].cpu / SEATS)
            print(f"a session each: {per_seat(session, SMALL)} = {ratio:4.1f} x ours   (at least 7 x)")
            many = measure(ours(roster(home, LARGE)), world)
            grown = many.memory / pairs[-1][0].memory
            print(
                f"{LARGE} seats: {many.memory:3.0f} MiB = {grown:4.2f} x that of {SEATS}   (at most 1.20 x)"
            )
            two_processes(home, world)
        with stub(ROUND_TRIP) as url:
            world = environment(url, home)
            cost = measure(ours(roster(home, SEATS)), world)
            document = subprocess.run(
                [*ours(roster(home, SEATS))[:-1], "json"], env=world, capture_output=True, check=True
            )
            calls = json.loads(document.stdout)["calls"]
            floor = max(calls * ROUND_TRIP / 1000 / JOBS, cost.cpu)
            print(
                f"{SEATS} seats, {calls} calls at {ROUND_TRIP} ms round trip, {JOBS} jobs: "
                f"{cost.elapsed:4.1f} s wall = {cost.elapsed / floor:4.2f} x the floor of {floor:4.1f} s "
                f"  (at most 1.3 x)"
            )


if __name__ == "__main__":
    main()
