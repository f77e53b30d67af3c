"""`labs test --account` that is ended in the middle: nothing stays in the account, or --resume removes it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import pytest

from labs.system.process_exit import INTERRUPTED
from tests.account.kit import ACCOUNT, LAB, Account, LabPack

pytestmark = [pytest.mark.process, pytest.mark.slow]


@dataclass(frozen=True)
class Halfway:
    """A proof in a process of its own whose solution has made its first log group and waits."""

    process: subprocess.Popen[str]
    alive: TextIO
    """Ends when the script has ended, which holds the other end of this pipe."""


@pytest.fixture
def halfway(account: Account, pack: LabPack, tmp_path: Path) -> Iterator[Halfway]:
    pipe, alive = tmp_path / "pipe", tmp_path / "pipe.alive"
    os.mkfifo(pipe)
    os.mkfifo(alive)
    started = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "labs",
            "test",
            LAB,
            "--pack",
            str(pack.folder),
            "--account",
            ACCOUNT,
            "--yes",
        ],
        env={**os.environ, "STOP_AT": str(pipe)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with alive.open() as script:
        assert pipe.read_text() == "made\n"
        assert account.groups() == [LAB]
        yield Halfway(started, script)


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_proof_that_is_interrupted_cleans_up(
    halfway: Halfway, account: Account, ending: signal.Signals
) -> None:
    """Ctrl-C, the end of the terminal and that of the machine."""
    halfway.process.send_signal(ending)
    said, _ = halfway.process.communicate(timeout=300)
    assert halfway.process.returncode == INTERRUPTED, said
    assert f"nothing is left in account {ACCOUNT}" in said
    assert account.groups() == []


def test_a_proof_that_is_killed_is_cleaned_up_by_resume(
    halfway: Halfway,
    account: Account,
    proved: Callable[..., tuple[int, str, str]],
) -> None:
    """The state says what may be there; the script ends with the proof, and makes nothing more."""
    halfway.process.kill()
    halfway.process.communicate(timeout=60)
    assert halfway.alive.read() == ""
    assert account.groups() == [LAB]
    code, out, err = proved("--resume")
    assert code == 0, err
    assert f"cleaning up {LAB}" in err
    assert "3/3" in out  # clean-ups: the one that was missing, and one after each stage
    assert account.groups() == []
