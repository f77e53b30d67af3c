"""Fixtures of workshops: quick labs, accounts in this process, commands in this process."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from labs.cli.trust import content_hash, remember_trust
from labs.sandbox import control
from labs.sandbox.client.connection import KEY_OF_ACCOUNT
from labs.sdk import Pack
from tests.aws import HTTP, instant_retries, intercepted_http
from tests.workshop.dask_server import EXTERNAL_ID, CheckGate, Dask, check_gate, dask, make_held_pack
from tests.workshop.postgres_server import Postgres, postgres, programs
from tests.workshop.workshop_kit import LAB, account, make_pack

LEARNERS = 14
SECRET = "the-workers-own-secret-key"


@pytest.fixture
def pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pack with one quick lab, known to every command; its checks run in the process of the test."""
    folder = make_pack(tmp_path / "pack")
    remember_trust(content_hash(Pack.at(folder)))
    monkeypatch.setenv("LABS_PACKS", str(folder))
    monkeypatch.setattr("labs.aws.pack_checks.runs_here", lambda _: True)
    return folder


@pytest.fixture
def accounts(moto: None, pack: Path) -> Iterator[None]:
    """Any number of empty accounts in this process, in which every role may be assumed; waits for nothing."""
    HTTP.calls.clear()
    with intercepted_http(), instant_retries():
        yield


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """A real server; without its programs the test is skipped, but not on a machine that proves changes (CI)."""
    folder = programs()
    if folder is None:
        assert not os.environ.get("CI"), "apt-get install postgresql: CI proves the ledger on a real server"
        pytest.skip("no PostgreSQL here: apt-get install postgresql")
    with postgres(folder) as server:
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.process)])
def database_url(request: pytest.FixtureRequest) -> str | None:
    """Where rounds are kept: a file (None), or an empty database of a real server."""
    if request.param == "sqlite":
        return None
    import psycopg

    url: str = request.getfixturevalue("postgres_server").url
    name = f"labs_{uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return url.rpartition("/")[0] + f"/{name}"


@pytest.fixture(scope="module")
def learner_accounts() -> Iterator[control.Sandbox]:
    """A sandbox in which each learner has a role for the instructor, and numbers 0 and 1 have done the lab."""
    with control.throw_away() as running:
        for number in range(LEARNERS):
            _create_role(running, number)
        for number in (0, 1):
            _client(running, "logs", account(number)).create_log_group(logGroupName=LAB)
        yield running


def _client(sandbox: control.Sandbox, service: str, owner: str) -> Any:
    import boto3

    keys = {"aws_access_key_id": KEY_OF_ACCOUNT + owner, "aws_secret_access_key": "x"}
    return boto3.client(service, region_name="eu-west-1", endpoint_url=sandbox.url, **keys)


def _create_role(sandbox: control.Sandbox, number: int) -> None:
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
def worker_environment(
    learner_accounts: control.Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """The environment of the workers alone: keys, and the pack."""
    pack = make_held_pack(tmp_path_factory.mktemp("cluster") / "pack")
    keys = {"AWS_ACCESS_KEY_ID": "sandbox", "AWS_SECRET_ACCESS_KEY": SECRET}
    return {**keys, "LABS_PACKS": str(pack), "AWS_EC2_METADATA_DISABLED": "true"}


@pytest.fixture
def instructor_shell(
    learner_accounts: control.Sandbox, worker_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shell with the pack, the endpoint and the region, and no keys."""
    monkeypatch.setenv("LABS_PACKS", worker_environment["LABS_PACKS"])
    monkeypatch.setattr("labs.aws.pack_checks.runs_here", lambda _: True)
    monkeypatch.setenv("AWS_ENDPOINT_URL", learner_accounts.url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")


@pytest.fixture(scope="module")
def shared_cluster(
    worker_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Dask]:
    """A scheduler and two workers that no test kills."""
    with dask(tmp_path_factory.mktemp("dask"), worker_environment, COMM__COMPRESSION="None") as cluster:
        cluster.work(2)
        cluster.work(2)
        yield cluster


@pytest.fixture
def disposable_cluster(worker_environment: dict[str, str], tmp_path: Path) -> Iterator[Dask]:
    """A scheduler for tests that kill its workers, or itself."""
    with dask(tmp_path, worker_environment) as cluster:
        yield cluster


@pytest.fixture
def gate() -> Iterator[CheckGate]:
    with check_gate() as opened:
        yield opened
