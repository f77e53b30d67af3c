"""A round on a Dask cluster whose workers or scheduler die, or that Ctrl-C ends."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from labs.errors import WorkersGone
from labs.workshop.cluster import WorkerCluster
from labs.workshop.remote_check import RemoteCheck
from labs.workshop.roster import Seat
from tests.workshop.dask_server import SECONDS, CheckGate, Dask, authorized_seat, dask, held_seats, in_thread
from tests.workshop.test_rounds import valid
from tests.workshop.workshop_kit import LAB, Cli, seat, write

pytestmark = [pytest.mark.cluster, pytest.mark.process, pytest.mark.slow]


def test_a_worker_killed_during_a_round_loses_no_seat(
    instructor_shell: None, disposable_cluster: Dask, gate: CheckGate, cli: Cli, tmp_path: Path
) -> None:
    """Only what it had in hand is looked at again, by the other."""
    disposable_cluster.work(2)
    disposable_cluster.work(2)
    names = [f"seat-{number}" for number in range(8)]
    roster = write(tmp_path / "r.toml", *held_seats(names, gate))
    result = in_thread(
        lambda: cli("workshop", "check", roster, LAB, "--format", "json", "--on", disposable_cluster.address)
    )
    first = [gate.wait() for _ in range(4)]
    dead = first[0].pid
    held = [check for check in first if check.pid == dead]
    assert len(held) == 2, "each of two workers is at two seats"
    os.kill(dead, signal.SIGKILL)
    for check in first:
        if check.pid != dead:
            check.release()
    gate.handle_all(lambda check: check.release())
    ran = result()
    assert ran.states() == dict.fromkeys(names, "failed")
    assert gate.seats() == sorted([*names, *(check.seat for check in held)])


def test_seats_of_a_shared_account_move_when_their_worker_dies(
    instructor_shell: None, disposable_cluster: Dask, gate: CheckGate, cli: Cli, tmp_path: Path
) -> None:
    """That one process looks is a wish; that each seat is looked at is not."""
    for _ in range(2):
        disposable_cluster.work(2)
    names = [f"seat-{number}" for number in range(6)]
    roster = write(
        tmp_path / "r.toml",
        *(authorized_seat(name, 1, parameters={"group": name, "gate": gate.port}) for name in names),
    )
    result = in_thread(
        lambda: cli("workshop", "check", roster, LAB, "--format", "json", "--on", disposable_cluster.address)
    )
    held = [gate.wait() for _ in range(2)]
    os.kill(held[0].pid, signal.SIGKILL)
    gate.handle_all(lambda check: check.release())
    assert result().states() == dict.fromkeys(names, "failed")
    assert gate.seats() == sorted([*names, *(check.seat for check in held)])


def test_a_seat_that_kills_workers_does_not_spoil_the_others(
    instructor_shell: None, worker_environment: dict[str, str], gate: CheckGate, cli: Cli, tmp_path: Path
) -> None:
    """Three sit beside it when the worker dies; it comes back, and they are looked at one by one."""
    names = ["deadly", "ann", "bob", "cyd"]
    roster = write(tmp_path / "r.toml", *held_seats(names, gate))
    with dask(tmp_path, worker_environment, SCHEDULER__ALLOWED_FAILURES="0") as cluster:
        cluster.work(4, "--nanny")
        result = in_thread(
            lambda: cli("workshop", "check", roster, LAB, "--format", "json", "--on", cluster.address)
        )
        together = {check.seat: check for check in [gate.wait() for _ in range(4)]}
        together["deadly"].kill_process()
        gate.handle_all(lambda check: check.kill_process() if check.seat == "deadly" else check.release())
        ran = result()
    assert ran.states() == {"deadly": "inconclusive", "ann": "failed", "bob": "failed", "cyd": "failed"}
    assert ran.seats["deadly"]["error"] == "every worker that checked this seat died"
    assert gate.seats() == sorted([*names, *names])


def test_ctrl_c_ends_at_once_and_the_rest_can_be_resumed(
    instructor_shell: None, shared_cluster: Dask, gate: CheckGate, cli: Cli, tmp_path: Path
) -> None:
    """Known results are printed while four checks are still held; --resume checks the rest only."""
    names = [f"seat-{number}" for number in range(12)]
    roster = write(tmp_path / "r.toml", seat("broken", profile="nope"), *held_seats(names, gate))
    line = ["workshop", "check", str(roster), LAB, "--format", "json", "--on", shared_cluster.address]
    with subprocess.Popen(
        [sys.executable, "-m", "labs", *line], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        held = [gate.wait() for _ in range(4)]
        held.pop().release()
        held.append(gate.wait())
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=SECONDS)
    assert running.returncode == 130
    assert "Traceback" not in err
    assert "--resume" in err
    errors = {each["name"]: each["error"] for each in valid(json.loads(out))["seats"]}
    left = [name for name, error in errors.items() if error == "not checked: the round was stopped before"]
    assert len(left) in {11, 12}, "one seat's look was let through"
    for check in held:
        check.release()
    before = len(gate.checks)
    gate.handle_all(lambda check: check.release())
    again = cli(*line, "--resume")
    assert again.code == 1
    assert {check.seat for check in gate.checks[before:]} == set(left)


def test_a_round_without_its_scheduler_ends_with_partial_results(
    instructor_shell: None,
    disposable_cluster: Dask,
    gate: CheckGate,
    cli: Cli,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The rest is not looked at, which is nobody's fault: --resume goes on, here without a cluster."""
    disposable_cluster.work(1)
    names = ["ann", "bob", "cyd", "dan"]
    roster = write(tmp_path / "r.toml", *held_seats(names, gate))
    line = ("workshop", "check", roster, LAB, "--format", "json")
    result = in_thread(lambda: cli(*line, "--on", disposable_cluster.address, "--jobs", "1"))
    for _ in range(2):
        gate.wait().release()
    gate.wait()  # two seats are handed out at a time: who comes third comes after somebody's result
    assert disposable_cluster.scheduler is not None
    disposable_cluster.scheduler.kill()
    ran = result()
    assert ran.code == 1
    left = [name for name, state in ran.states().items() if state == "inconclusive"]
    assert {"cyd", "dan"} <= set(left) < set(names)
    assert {ran.seats[name]["error"] for name in left} == {"not checked: the round was stopped before"}
    # It has gone, or no longer answers: whichever the round finds out first.
    assert re.search(
        r"the round ends here: (the scheduler at|no scheduler answers at) 127\.0\.0\.1:", ran.err
    )
    assert f"{len(left)} seats left. Continue: add --resume" in ran.err
    before = len(gate.checks)
    gate.handle_all(lambda check: check.release())
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "sandbox")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    again = cli(*line, "--resume")
    assert list(again.states().values()) == ["failed"] * 4
    assert sorted(check.seat for check in gate.checks[before:]) == left


def test_a_round_gives_up_when_no_worker_comes_back(
    instructor_shell: None, disposable_cluster: Dask, gate: CheckGate
) -> None:
    """Checks in progress are given up once no worker has been there for so long; a new one is used at once."""
    worker = disposable_cluster.work(1)
    cluster = WorkerCluster(
        disposable_cluster.address.removeprefix("dask://"), RemoteCheck((LAB,)), worker_timeout=0.3
    )
    held = Seat("ann", parameters={"gate": gate.port})
    future = cluster.submit(RemoteCheck((LAB,)), held)
    gate.wait()
    os.kill(worker, signal.SIGKILL)
    with pytest.raises(WorkersGone, match="no worker came back"):
        future.result(SECONDS)
    disposable_cluster.work(1)
    assert cluster.submit(len, "four").result(SECONDS) == 4
    cluster.shutdown()
