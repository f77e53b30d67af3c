"""What tests of workshops share: quick labs, accounts in this process, commands in this process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from labs.cli import run
from tests.aws import WIRE, instant_retries, on_the_wire
from tests.workshop.hall import Cli, Ran, make_pack
from tests.workshop.server import postgres, programs


@pytest.fixture
def pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pack with one quick lab, known to every command."""
    folder = make_pack(tmp_path / "pack")
    monkeypatch.setenv("LABS_PACKS", str(folder))
    return folder


@pytest.fixture
def accounts(moto: None, pack: Path) -> Iterator[None]:
    """Any number of empty accounts in this process, in which every role may be assumed; waits for nothing."""
    WIRE.calls.clear()
    with on_the_wire(), instant_retries():
        yield


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Cli:
    """Runs a command in this process."""

    def call(*arguments: str | Path) -> Ran:
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return Ran(code, captured.out, captured.err)

    return call


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real server; without its programs the test is skipped, but not on a machine that proves changes (CI)."""
    folder = programs()
    if folder is None:
        assert not os.environ.get("CI"), "apt-get install postgresql: CI proves the ledger on a real server"
        pytest.skip("no PostgreSQL here: apt-get install postgresql")
    with postgres(folder) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str | None:
    """Where rounds are kept: a file (None), or an empty database of a real server."""
    if request.param == "sqlite":
        return None
    import psycopg

    url: str = request.getfixturevalue("postgres_url")
    name = f"labs_{uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return url.rpartition("/")[0] + f"/{name}"
