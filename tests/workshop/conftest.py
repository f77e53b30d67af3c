"""What tests of workshops share: quick labs, accounts in this process, commands in this process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from labs.cli import run
from tests.aws import WIRE, instant_retries, on_the_wire
from tests.workshop.hall import Cli, Ran, make_pack


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
