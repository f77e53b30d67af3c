"""A pack that is not installed is code: it is run with credentials only after somebody has said so."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from labs.author.scaffold import scaffold
from labs.aws.pack_process import PackProcess
from labs.cli import trust
from tests.builders import Labs

LAB = "own-lab"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    folder = tmp_path / "pack"
    list(scaffold(folder, LAB))
    return folder


@pytest.mark.parametrize(
    "command", [("check", LAB), ("clean", LAB), ("doctor",)], ids=lambda command: command[0]
)
def test_foreign_code_does_not_run_without_a_word(
    command: tuple[str, ...], labs: Labs, moto: None, pack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PackProcess, "verifier", lambda *_: pytest.fail("its code runs"))
    code, _, err = labs(*command, "--pack", pack)
    assert code == 2
    assert f"{pack} is not installed: its checks are code of its authors" in err
    assert "--trust" in err


def test_a_pack_of_the_environment_is_asked_about_too(
    labs: Labs, moto: None, pack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABS_PACKS", str(pack))
    assert labs("check", LAB)[0] == 2
    assert labs("check", "ecs-placement")[0] == 1, "a lab of another pack runs none of its code"


@pytest.mark.slow
def test_what_was_trusted_is_remembered_until_it_changes(
    labs: Labs, moto: None, pack: Path, tmp_path: Path
) -> None:
    assert labs("check", LAB, "--pack", pack, "--trust")[0] == 1
    assert labs("check", LAB, "--pack", pack)[0] == 1
    check = pack / "checks" / "own_lab.py"
    check.write_text(check.read_text() + "\n")
    assert labs("check", LAB, "--pack", pack)[0] == 2
    kept = tmp_path / "labs" / trust.FILE
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


@pytest.mark.slow
@pytest.mark.parametrize(("answer", "code"), [(True, 1), (False, 2)], ids=["yes", "no"])
def test_at_a_terminal_it_asks_once(
    answer: bool, code: int, labs: Labs, moto: None, pack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def confirm(question: str, **_: object) -> bool:
        asked.append(question)
        return answer

    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("typer.confirm", confirm)
    assert labs("check", LAB, "--pack", pack)[0] == code
    assert labs("check", LAB, "--pack", pack)[0] == code
    assert len(asked) == (1 if answer else 2)


@pytest.mark.slow
def test_nothing_is_asked_at_a_sandbox(labs: Labs, keys: None, pack: Path) -> None:
    """On this machine nothing can be lost; nothing listens there, so nothing can be looked at either."""
    assert labs("check", LAB, "--pack", pack, "--endpoint-url", "http://127.0.0.1:1")[0] == 3
