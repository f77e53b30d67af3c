"""`labs packs`, and the warning of every other command that a pack was left out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from labs.author.scaffold import scaffold
from tests.cli.kit import Ran


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "my-pack"
    list(scaffold(made, "my-lab"))
    return made


def test_each_pack_is_told_with_its_labs(cli: Callable[..., Ran], folder: Path) -> None:
    found = json.loads(cli("packs", "--pack", str(folder), "--format", "json").out)
    own, mine = found["packs"]
    assert (own["name"], len(own["labs"]), own["kill_score"] > 0.9) == ("aws-ecs", 20, True)
    assert mine == {
        "name": "my-pack",
        "version": None,
        "labs": ["my-lab"],
        "decks": ["my-lab"],
        "kill_score": None,
        "faults": [],
    }
    assert found["faults"] == []


def test_a_score_of_some_labs_only_says_so(cli: Callable[..., Ran], folder: Path) -> None:
    list(scaffold(folder, "other-lab"))
    (folder / "tasks" / "mutation.json").write_text('[{"lab": "my-lab", "killed": 3, "survivors": [{}]}]')
    assert "75.0% (1 of 2 labs measured)" in cli("packs", "--pack", str(folder)).out


def test_a_lab_that_cannot_be_read_is_told_with_its_pack(cli: Callable[..., Ran], folder: Path) -> None:
    (folder / "tasks" / "my-lab" / "task.toml").write_text("title = 1")
    ran = cli("packs", "--pack", str(folder))
    assert "not measured" in ran.out
    assert "Labs that cannot be used:" in ran.out
    assert "Expected `str`, got `int`" in " ".join(ran.out.split())


def test_a_pack_that_is_left_out_is_told_by_every_command(
    cli: Callable[..., Ran], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one line on stderr, and the command goes on; `labs packs` has the list, and needs no line more."""
    monkeypatch.setenv("LABS_PACKS", str(tmp_path / "nowhere"))
    listed = cli("list")
    assert listed.code == 0
    assert "ecs-placement" in listed.out
    (line,) = listed.err.splitlines()
    assert line.startswith("labs: a pack is left out: ")
    assert "nowhere: LABS_PACKS names it, and it is not a folder" in line
    packs = cli("packs")
    assert packs.err == ""
    assert "Left out:" in packs.out
