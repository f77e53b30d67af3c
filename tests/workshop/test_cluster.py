"""A round on a Dask cluster: the same values as from this machine, whatever becomes of workers and scheduler."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from labs.errors import UsageError, WorkersGone
from labs.sandbox import control
from labs.workshop.cluster import cluster_workers
from labs.workshop.remote_check import RemoteCheck
from tests.workshop.dask_server import (
    EXTERNAL_ID,
    SECONDS,
    CheckGate,
    Dask,
    authorized_seat,
    in_thread,
    recording_proxy,
)
from tests.workshop.test_rounds import valid
from tests.workshop.workshop_kit import LAB, Cli, role, seat, write

pytestmark = [pytest.mark.cluster, pytest.mark.process, pytest.mark.slow]

BROKEN = [
    seat("profile", profile="nope"),
    seat("arn", role_arn="arn:aws:iam::1:role"),
    seat("denied", role_arn=role(77), external_id=EXTERNAL_ID),
    seat("no external id", role_arn=role(1), prefix="n-"),
    seat("wrong account", account="999999999999"),
    seat("parameter", parameters={"gruop": "x"}),
]


def without_times(document: Any) -> Any:
    for each in document["seats"]:
        for lab in each["labs"]:
            del lab["seconds"]
    del document["seconds"]
    return document


@pytest.mark.cluster
def test_a_cluster_gives_the_same_results_as_this_machine(
    instructor_shell: None,
    shared_cluster: Dask,
    cli: Cli,
    tmp_path: Path,
    worker_environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Passed, failed and each broken seat, evidence and all; the keys are the workers' own.

    No other test opens account 0: workers keep the keys of a role, and would make one call less.
    """
    roster = write(tmp_path / "r.toml", authorized_seat("ann", 0), *BROKEN, authorized_seat("bob", 2))
    line = ("workshop", "check", roster, LAB, "--format", "json")
    there = cli(*line, "--on", shared_cluster.address)
    assert there.err == ""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, worker_environment[name])
    here = cli(*line)
    assert without_times(valid(there.json)) == without_times(here.json)
    assert (there.code, here.code) == (1, 1)
    assert {name: state for name, state in there.states().items() if state != "inconclusive"} == {
        "ann": "passed",
        "bob": "failed",
    }
    known = cli("workshop", "export", roster, LAB, "--format", "json")
    assert len(known.json["seats"]) == 8, "this process has kept what the workers found"


@pytest.mark.cluster
def test_no_key_travels(
    instructor_shell: None, shared_cluster: Dask, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that is said to the scheduler is recorded: the role to assume is in it, no key of the instructor's is."""
    keys = {"AWS_ACCESS_KEY_ID": "AKIAINSTRUCTOR00", "AWS_SECRET_ACCESS_KEY": "very/secret+key"}
    keys["AWS_SESSION_TOKEN"] = "a-session-token-that-is-secret"
    for name, value in keys.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LABS_DATABASE_URL", "")
    profile = Path(os.environ["HOME"]) / ".aws" / "credentials"
    profile.parent.mkdir()
    profile.write_text("[room]\naws_access_key_id = AKIAPROFILE\naws_secret_access_key = profile-secret\n")
    roster = write(tmp_path / "r.toml", authorized_seat("ann", 1), seat("pat", profile="room"))
    with recording_proxy(shared_cluster.address) as (address, recorded):
        ran = cli("workshop", "check", roster, LAB, "--format", "json", "--on", address)
    assert ran.states()["ann"] == "passed"
    assert "(room) could not be found" in ran.seats["pat"]["error"], "only a profile's name travels"
    assert role(1).encode() in recorded, "what travels can be read"
    for secret in (*keys.values(), "AKIAPROFILE", "profile-secret"):
        assert secret.encode() not in recorded


@pytest.mark.cluster
def test_seats_that_share_an_account_are_checked_by_one_worker(
    instructor_shell: None, shared_cluster: Dask, gate: CheckGate, cli: Cli, tmp_path: Path
) -> None:
    """Each process paces an account by itself: two of them would ask it twice as fast. The other stays idle."""
    names = [f"seat-{number:02}" for number in range(12)]
    roster = write(
        tmp_path / "r.toml",
        *(authorized_seat(name, 1, parameters={"group": name, "gate": gate.port}) for name in names),
    )
    result = in_thread(
        lambda: cli("workshop", "check", roster, LAB, "--format", "json", "--on", shared_cluster.address)
    )
    held = [gate.wait() for _ in range(2)]
    assert held[0].pid == held[1].pid
    gate.handle_all(lambda check: check.release())
    for check in held:
        check.release()
    assert result().states() == dict.fromkeys(names, "failed")
    assert len({check.pid for check in gate.checks}) == 1
    assert gate.seats() == names


def test_dask_configured_for_encryption_connects_by_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first byte that the scheduler receives is that of a TLS handshake; certificates are Dask's configuration."""
    import distributed
    from dask import config

    monkeypatch.setattr("labs.workshop.cluster.CONNECT_TIMEOUT_SECONDS", 1.0)
    security = distributed.Security.temporary()
    settings = {
        "distributed.comm.require-encryption": True,
        "distributed.comm.tls.ca-file": security.tls_ca_file,
        "distributed.comm.tls.client.cert": security.tls_client_cert,
        "distributed.comm.tls.client.key": security.tls_client_key,
    }
    with socket.create_server(("127.0.0.1", 0)) as listening, config.set(settings):
        listening.settimeout(SECONDS)
        address = f"dask://127.0.0.1:{listening.getsockname()[1]}"
        result = in_thread(lambda: cluster_workers(address, RemoteCheck((LAB,)), [], 1))
        connection, _ = listening.accept()
        with connection:
            first = connection.recv(1)
        with pytest.raises(WorkersGone, match="no scheduler answers"):
            result()
    assert first == b"\x16"


@pytest.mark.process
@pytest.mark.parametrize(
    "address", ["localhost", "tcp://a:1", "dask://", "dask://user:pw@host", "dask://h:x"]
)
def test_an_invalid_cluster_address_is_refused(
    address: str, instructor_shell: None, cli: Cli, tmp_path: Path
) -> None:
    ran = cli(
        "workshop", "check", write(tmp_path / "r.toml", authorized_seat("ann", 1)), LAB, "--on", address
    )
    assert (ran.code, ran.out) == (2, "")
    assert "dask://scheduler.example:8786" in ran.err


@pytest.mark.process
def test_without_the_extra_the_line_says_what_to_install(
    instructor_shell: None, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    roster = write(tmp_path / "r.toml", authorized_seat("ann", 1))
    ran = cli("workshop", "check", roster, LAB, "--on", "dask://127.0.0.1", "--format", "json")
    assert ran.code == 2
    assert valid(ran.json)["error"] == "--on needs Dask: pip install 'cardlabs[cluster]'"
    assert ran.err == "error: --on needs Dask: pip install 'cardlabs[cluster]'\n"


@pytest.mark.process
def test_the_sandbox_option_stays_on_this_machine(cli: Cli, tmp_path: Path) -> None:
    """Its keys would have to travel."""
    control.start(Path(os.environ["LABS_HOME"]))
    try:
        roster = write(tmp_path / "r.toml", seat("ann"))
        ran = cli("workshop", "check", roster, "ecr-push", "--sandbox", "--on", "dask://127.0.0.1")
    finally:
        control.stop(Path(os.environ["LABS_HOME"]))
    assert ran.code == 2
    assert "labs sandbox env" in ran.err


@pytest.mark.process
def test_an_unreachable_scheduler_ends_with_exit_code_3(
    instructor_shell: None, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line and exit code 3, like an AWS that does not answer."""
    monkeypatch.setattr("labs.workshop.cluster.CONNECT_TIMEOUT_SECONDS", 0.2)
    ran = cli(
        "workshop",
        "check",
        write(tmp_path / "r.toml", authorized_seat("ann", 1)),
        LAB,
        "--on",
        "dask://127.0.0.1:9",
    )
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.startswith("error: no scheduler answers at 127.0.0.1:9: ")
    assert ran.err.count("\n") == 1


@pytest.mark.cluster
def test_a_scheduler_without_workers_is_told_how_to_get_one(
    instructor_shell: None, disposable_cluster: Dask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labs.workshop.cluster.CONNECT_TIMEOUT_SECONDS", 1.0)
    with pytest.raises(WorkersGone, match="has no worker: dask worker 127"):
        cluster_workers(disposable_cluster.address, RemoteCheck((LAB,)), [], 1)


@pytest.mark.cluster
@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"LABS_PACKS": ""}, "worker tcp://[0-9.:]+: No lab is named 'a-group'"),
        (
            {"PYTHONPATH": "{other}"},
            "worker tcp://[0-9.:]+ has no cardlabs [0-9.]+: .*No module named 'labs.workshop'",
        ),
    ],
    ids=["another pack", "another program"],
)
def test_an_unfit_worker_is_named_before_any_seat_is_checked(
    environment: dict[str, str],
    message: str,
    instructor_shell: None,
    disposable_cluster: Dask,
    tmp_path: Path,
) -> None:
    other = tmp_path / "other"
    (other / "labs").mkdir(parents=True)
    (other / "labs" / "__init__.py").write_text("")
    disposable_cluster.work(1, **{name: text.format(other=other) for name, text in environment.items()})
    with pytest.raises(UsageError, match=message):
        cluster_workers(disposable_cluster.address, RemoteCheck((LAB,)), [], 1)
