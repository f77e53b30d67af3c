"""A round on a Dask cluster: the same values as from this machine, whatever becomes of workers and scheduler."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labs.errors import UsageError, WorkersGone
from labs.sandbox import control
from labs.sandbox.client.connection import KEY_OF_ACCOUNT
from labs.workshop.cluster import Cluster, cluster_workers
from labs.workshop.remote_check import RemoteCheck
from labs.workshop.roster import Seat
from tests.workshop.dask_server import SECONDS, Dask, Door, dask, door, make_guarded_pack, wiretap
from tests.workshop.hall import LAB, Cli, account, role, seat, write
from tests.workshop.test_rounds import valid

LEARNERS = 14
SECRET = "the-workers-own-secret-key"
EXTERNAL_ID = "room-secret"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[control.Sandbox]:
    """All learners have let the instructor in; number 1 has done the lab."""
    with control.throw_away() as running:
        for number in range(LEARNERS):
            _let_in(running, number)
        _client(running, "logs", account(1)).create_log_group(logGroupName=LAB)
        yield running


def _client(sandbox: control.Sandbox, service: str, owner: str) -> Any:
    import boto3

    keys = {"aws_access_key_id": KEY_OF_ACCOUNT + owner, "aws_secret_access_key": "x"}
    return boto3.client(service, region_name="eu-west-1", endpoint_url=sandbox.url, **keys)


def _let_in(sandbox: control.Sandbox, number: int) -> None:
    iam = _client(sandbox, "iam", account(number))
    who = {"AWS": f"arn:aws:iam::{sandbox.account}:root"}
    trust = {"Effect": "Allow", "Principal": who, "Action": "sts:AssumeRole"}
    trust["Condition"] = {"StringEquals": {"sts:ExternalId": EXTERNAL_ID}}
    iam.create_role(RoleName="labs-check", AssumeRolePolicyDocument=_policy(trust))
    reads = {"Effect": "Allow", "Action": "logs:DescribeLogGroups", "Resource": "*"}
    iam.put_role_policy(RoleName="labs-check", PolicyName="reads", PolicyDocument=_policy(reads))


def _policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture(scope="module")
def workers_own(sandbox: control.Sandbox, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What only the workers have: keys, and the pack."""
    pack = make_guarded_pack(tmp_path_factory.mktemp("cluster") / "pack")
    keys = {"AWS_ACCESS_KEY_ID": "sandbox", "AWS_SECRET_ACCESS_KEY": SECRET}
    return {**keys, "LABS_PACKS": str(pack), "AWS_EC2_METADATA_DISABLED": "true"}


@pytest.fixture
def instructor(
    sandbox: control.Sandbox, workers_own: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shell that knows the pack, the endpoint and the region, and has no keys."""
    monkeypatch.setenv("LABS_PACKS", workers_own["LABS_PACKS"])
    monkeypatch.setenv("AWS_ENDPOINT_URL", sandbox.url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")


@pytest.fixture(scope="module")
def shared(workers_own: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dask]:
    """A scheduler and two workers that no test hurts."""
    with dask(tmp_path_factory.mktemp("dask"), workers_own, COMM__COMPRESSION="None") as cluster:
        cluster.work(2)
        cluster.work(2)
        yield cluster


@pytest.fixture
def mortal(workers_own: dict[str, str], tmp_path: Path) -> Iterator[Dask]:
    """A scheduler for tests that end its workers, or itself."""
    with dask(tmp_path, workers_own) as cluster:
        yield cluster


@pytest.fixture
def entrance() -> Iterator[Door]:
    with door() as made:
        yield made


BROKEN = [
    seat("profile", profile="nope"),
    seat("arn", role_arn="arn:aws:iam::1:role"),
    seat("denied", role_arn=role(77), external_id=EXTERNAL_ID),
    seat("no external id", role_arn=role(1)),
    seat("wrong account", account="999999999999"),
    seat("parameter", parameters={"gruop": "x"}),
]


def was_authorized(name: str, number: int, **more: Any) -> str:
    return seat(name, role_arn=role(number), external_id=EXTERNAL_ID, **more)


def guarded(names: list[str], entrance: Door) -> list[str]:
    """Seats of the learners from 2 on, each of whose looks knocks under the seat's name."""
    return [
        was_authorized(name, number, parameters={"group": name, "door": entrance.port})
        for number, name in enumerate(names, 2)
    ]


def without_times(document: Any) -> Any:
    for each in document["seats"]:
        for lab in each["labs"]:
            del lab["seconds"]
    del document["seconds"]
    return document


def test_a_cluster_says_of_every_seat_what_this_machine_says(
    instructor: None,
    shared: Dask,
    cli: Cli,
    tmp_path: Path,
    workers_own: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Passed, failed and each broken seat, evidence and all; the keys are the workers' own."""
    roster = write(tmp_path / "r.toml", was_authorized("ann", 1), *BROKEN, was_authorized("bob", 2))
    line = ("workshop", "check", roster, LAB, "--format", "json")
    there = cli(*line, "--on", shared.address)
    assert there.err == ""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, workers_own[name])
    here = cli(*line)
    assert without_times(valid(there.json)) == without_times(here.json)
    assert (there.code, here.code) == (1, 1)
    assert {name: state for name, state in there.states().items() if state != "inconclusive"} == {
        "ann": "passed",
        "bob": "failed",
    }
    known = cli("workshop", "export", roster, LAB, "--format", "json")
    assert len(known.json["seats"]) == 8, "this process has kept what the workers found"


def test_no_key_travels(
    instructor: None, shared: Dask, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
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
    roster = write(tmp_path / "r.toml", was_authorized("ann", 1), seat("pat", profile="room"))
    with wiretap(shared.address) as (address, heard):
        ran = cli("workshop", "check", roster, LAB, "--format", "json", "--on", address)
    assert ran.states()["ann"] == "passed"
    assert "(room) could not be found" in ran.seats["pat"]["error"], "only a profile's name travels"
    assert role(1).encode() in heard, "what travels can be read"
    for secret in (*keys.values(), "AKIAPROFILE", "profile-secret"):
        assert secret.encode() not in heard


def in_thread(run: Any) -> Any:
    """Runs a function beside the test; calling what comes back waits for what it returns."""
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(1)
    future = pool.submit(run)
    pool.shutdown(wait=False)
    return lambda: future.result(SECONDS)


def test_a_worker_that_is_killed_in_mid_round_loses_no_seat(
    instructor: None, mortal: Dask, entrance: Door, cli: Cli, tmp_path: Path
) -> None:
    """Only what it had in hand is looked at again, by the other."""
    mortal.work(2)
    mortal.work(2)
    names = [f"seat-{number}" for number in range(8)]
    roster = write(tmp_path / "r.toml", *guarded(names, entrance))
    result = in_thread(
        lambda: cli("workshop", "check", roster, LAB, "--format", "json", "--on", mortal.address)
    )
    first = [entrance.wait() for _ in range(4)]
    dead = first[0].pid
    held = [knock for knock in first if knock.pid == dead]
    assert len(held) == 2, "each of two workers is at two seats"
    os.kill(dead, signal.SIGKILL)
    for knock in first:
        if knock.pid != dead:
            knock.was_authorized()
    entrance.then(lambda knock: knock.was_authorized())
    ran = result()
    assert ran.states() == dict.fromkeys(names, "failed")
    assert entrance.seats() == sorted([*names, *(knock.seat for knock in held)])


def test_who_share_an_account_are_looked_at_by_one_process(
    instructor: None, shared: Dask, entrance: Door, cli: Cli, tmp_path: Path
) -> None:
    """Each process paces an account by itself: two of them would ask it twice as fast. The other stays idle."""
    names = [f"seat-{number:02}" for number in range(12)]
    roster = write(
        tmp_path / "r.toml",
        *(was_authorized(name, 1, parameters={"group": name, "door": entrance.port}) for name in names),
    )
    result = in_thread(
        lambda: cli("workshop", "check", roster, LAB, "--format", "json", "--on", shared.address)
    )
    held = [entrance.wait() for _ in range(2)]
    assert held[0].pid == held[1].pid
    entrance.then(lambda knock: knock.was_authorized())
    for knock in held:
        knock.was_authorized()
    assert result().states() == dict.fromkeys(names, "failed")
    assert len({knock.pid for knock in entrance.knocks}) == 1
    assert entrance.seats() == names


def test_when_their_worker_dies_who_share_an_account_go_to_another(
    instructor: None, mortal: Dask, entrance: Door, cli: Cli, tmp_path: Path
) -> None:
    """That one process looks is a wish; that each seat is looked at is not."""
    for _ in range(2):
        mortal.work(2)
    names = [f"seat-{number}" for number in range(6)]
    roster = write(
        tmp_path / "r.toml",
        *(was_authorized(name, 1, parameters={"group": name, "door": entrance.port}) for name in names),
    )
    result = in_thread(
        lambda: cli("workshop", "check", roster, LAB, "--format", "json", "--on", mortal.address)
    )
    held = [entrance.wait() for _ in range(2)]
    os.kill(held[0].pid, signal.SIGKILL)
    entrance.then(lambda knock: knock.was_authorized())
    assert result().states() == dict.fromkeys(names, "failed")
    assert entrance.seats() == sorted([*names, *(knock.seat for knock in held)])


def test_a_seat_that_kills_workers_gets_its_reason_and_the_others_their_result(
    instructor: None, workers_own: dict[str, str], entrance: Door, cli: Cli, tmp_path: Path
) -> None:
    """Three sit beside it when the worker dies; it comes back, and they are looked at one by one."""
    names = ["deadly", "ann", "bob", "cyd"]
    roster = write(tmp_path / "r.toml", *guarded(names, entrance))
    with dask(tmp_path, workers_own, SCHEDULER__ALLOWED_FAILURES="0") as cluster:
        cluster.work(4, "--nanny")
        result = in_thread(
            lambda: cli("workshop", "check", roster, LAB, "--format", "json", "--on", cluster.address)
        )
        together = {knock.seat: knock for knock in [entrance.wait() for _ in range(4)]}
        together["deadly"].strike_dead()
        entrance.then(lambda knock: knock.strike_dead() if knock.seat == "deadly" else knock.was_authorized())
        ran = result()
    assert ran.states() == {"deadly": "inconclusive", "ann": "failed", "bob": "failed", "cyd": "failed"}
    assert ran.seats["deadly"]["error"] == "every worker that looked at this seat died while it did"
    assert entrance.seats() == sorted([*names, *names])


def test_ctrl_c_ends_at_once_and_the_rest_can_be_resumed(
    instructor: None, shared: Dask, entrance: Door, cli: Cli, tmp_path: Path
) -> None:
    """What is known is printed, though four looks are under way; --resume looks at the rest only."""
    names = [f"seat-{number}" for number in range(12)]
    roster = write(tmp_path / "r.toml", seat("broken", profile="nope"), *guarded(names, entrance))
    line = ["workshop", "check", str(roster), LAB, "--format", "json", "--on", shared.address]
    with subprocess.Popen(
        [sys.executable, "-m", "labs", *line], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        held = [entrance.wait() for _ in range(4)]
        held.pop().was_authorized()
        held.append(entrance.wait())
        begun = time.monotonic()
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=SECONDS)
    assert time.monotonic() - begun < 5
    assert running.returncode == 130
    assert "Traceback" not in err
    assert "--resume" in err
    errors = {each["name"]: each["error"] for each in valid(json.loads(out))["seats"]}
    left = [name for name, error in errors.items() if error == "not looked at: the round was ended before"]
    assert len(left) in {11, 12}, "one seat's look was let through"
    for knock in held:
        knock.was_authorized()
    before = len(entrance.knocks)
    entrance.then(lambda knock: knock.was_authorized())
    again = cli(*line, "--resume")
    assert again.code == 1
    assert {knock.seat for knock in entrance.knocks[before:]} == set(left)


def test_when_the_scheduler_dies_the_round_ends_with_what_is_known(
    instructor: None, mortal: Dask, entrance: Door, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest is not looked at, which is nobody's fault: --resume goes on, here without a cluster."""
    mortal.work(1)
    names = ["ann", "bob", "cyd", "dan"]
    roster = write(tmp_path / "r.toml", *guarded(names, entrance))
    line = ("workshop", "check", roster, LAB, "--format", "json")
    result = in_thread(lambda: cli(*line, "--on", mortal.address, "--jobs", "1"))
    for _ in range(2):
        entrance.wait().was_authorized()
    entrance.wait()  # two seats are handed out at a time: who comes third comes after somebody's result
    assert mortal.scheduler is not None
    mortal.scheduler.kill()
    ran = result()
    assert ran.code == 1
    left = [name for name, state in ran.states().items() if state == "inconclusive"]
    assert {"cyd", "dan"} <= set(left) < set(names)
    assert {ran.seats[name]["error"] for name in left} == {"not looked at: the round was ended before"}
    assert "the round ends here: the scheduler at 127.0.0.1:" in ran.err
    assert f"{len(left)} seats left: --resume" in ran.err
    before = len(entrance.knocks)
    entrance.then(lambda knock: knock.was_authorized())
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "sandbox")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    again = cli(*line, "--resume")
    assert list(again.states().values()) == ["failed"] * 4
    assert sorted(knock.seat for knock in entrance.knocks[before:]) == left


def test_a_round_does_not_wait_for_ever_for_workers_that_have_gone(
    instructor: None, mortal: Dask, entrance: Door
) -> None:
    """What is under way is given up once no worker has been there for so long; a new one is used at once."""
    worker = mortal.work(1)
    cluster = Cluster(mortal.address.removeprefix("dask://"), RemoteCheck((LAB,)), patience=0.3)
    at_door = Seat("ann", parameters={"door": entrance.port})
    future = cluster.submit(RemoteCheck((LAB,)), at_door)
    entrance.wait()
    os.kill(worker, signal.SIGKILL)
    with pytest.raises(WorkersGone, match="no worker came back"):
        future.result(SECONDS)
    mortal.work(1)
    assert cluster.submit(len, "four").result(SECONDS) == 4
    cluster.shutdown()


def test_where_dask_is_set_up_for_encryption_the_scheduler_is_asked_so() -> None:
    """Its certificates come from Dask's own configuration."""
    import distributed  # noqa: F401 - brings its defaults
    from dask import config

    from labs.workshop.cluster import _url

    assert _url("host:8786") == "tcp://host:8786"
    with config.set({"distributed.comm.require-encryption": True}):
        assert _url("host:8786") == "tls://host:8786"


@pytest.mark.parametrize(
    "address", ["localhost", "tcp://a:1", "dask://", "dask://user:pw@host", "dask://h:x"]
)
def test_what_is_no_address_of_a_cluster_is_refused(
    address: str, instructor: None, cli: Cli, tmp_path: Path
) -> None:
    ran = cli("workshop", "check", write(tmp_path / "r.toml", was_authorized("ann", 1)), LAB, "--on", address)
    assert (ran.code, ran.out) == (2, "")
    assert "dask://scheduler.example:8786" in ran.err


def test_without_the_extra_the_line_says_what_to_install(
    instructor: None, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    roster = write(tmp_path / "r.toml", was_authorized("ann", 1))
    ran = cli("workshop", "check", roster, LAB, "--on", "dask://127.0.0.1", "--format", "json")
    assert ran.code == 2
    assert valid(ran.json)["error"] == "--on needs Dask: pip install 'cardlabs[cluster]'"
    assert ran.err == "labs: --on needs Dask: pip install 'cardlabs[cluster]'\n"


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


def test_nobody_at_the_address_means_that_nothing_could_be_looked_at(
    instructor: None, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line and exit code 3, like an AWS that does not answer."""
    monkeypatch.setattr("labs.workshop.cluster.ANSWER_SECONDS", 0.2)
    ran = cli(
        "workshop",
        "check",
        write(tmp_path / "r.toml", was_authorized("ann", 1)),
        LAB,
        "--on",
        "dask://127.0.0.1:9",
    )
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.startswith("labs: no scheduler answers at 127.0.0.1:9: ")
    assert ran.err.count("\n") == 1


def test_a_scheduler_without_workers_is_told_how_to_get_one(
    instructor: None, mortal: Dask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labs.workshop.cluster.ANSWER_SECONDS", 1.0)
    with pytest.raises(WorkersGone, match="has no worker: dask worker 127"):
        cluster_workers(mortal.address, RemoteCheck((LAB,)), [], 1)


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"LABS_PACKS": ""}, "worker tcp://[0-9.:]+: there is no lab 'a-group'"),
        (
            {"PYTHONPATH": "{other}"},
            "worker tcp://[0-9.:]+ has no cardlabs [0-9.]+: .*No module named 'labs.workshop'",
        ),
    ],
    ids=["another pack", "another program"],
)
def test_a_worker_that_cannot_do_the_work_is_named_before_anything_is_looked_at(
    environment: dict[str, str], message: str, instructor: None, mortal: Dask, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    (other / "labs").mkdir(parents=True)
    (other / "labs" / "__init__.py").write_text("")
    mortal.work(1, **{name: text.format(other=other) for name, text in environment.items()})
    with pytest.raises(UsageError, match=message):
        cluster_workers(mortal.address, RemoteCheck((LAB,)), [], 1)
