"""Files that strangers made, or that are damaged: each reader gives a value, or one error that names the file."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.author.scaffold import scaffold
from labs.cli.progress import MAX_IMPORT
from labs.content.deck import read_deck
from labs.content.lab import read_lab
from labs.errors import LabsError, PolicyError, StoreError
from labs.iam import Policy
from labs.sandbox.world import journal
from labs.store import jsonl
from labs.study.ankifile import read_package
from labs.system.files import MAX_BYTES
from labs.verify import receipt, recording
from labs.workshop.ledger_rows import check_of, decode_verdict, round_of, standing_of
from labs.workshop.roster import read_roster
from tests.builders import Labs

DEEP = 100_000
BRACKETS, TABLES = "[" * DEEP, '{"a":' * DEEP
DIGITS = "9" * 5000
JSON = (BRACKETS, TABLES, DIGITS, f'{{"a": {DIGITS}}}', f'{{"answers": {BRACKETS}', '{"a": 1', "\x00", "")
TOML = (
    f"a = {BRACKETS}",
    f"a = {'{a=' * DEEP}",
    f"a = {DIGITS}",
    f"title = {DIGITS}\n[[seats]]\nname = 'a'\n",
    "[" + ".".join("a" * 500) + "]",
    "a = 1979-13-45",
    "a" + ".a" * DEEP + " = 1",
)


def lab_of(file: Path) -> Any:
    file.with_name("task.toml").write_bytes(file.read_bytes())
    return read_lab(file.parent)


READERS: dict[str, tuple[Callable[[Path], Any], str, tuple[str, ...]]] = {
    "record": (recording.read, "record.json", JSON),
    "receipt": (
        receipt.read,
        "receipt.json",
        (*JSON, '<script type="application/json" id="receipt">' * DEEP),
    ),
    "export": (lambda file: jsonl.parse(file.read_bytes().splitlines()), "export.jsonl", JSON[:-1]),
    "lab": (lab_of, "lab.toml", TOML),
    "roster": (read_roster, "roster.toml", TOML),
    "roster of cells": (read_roster, "roster.csv", (f"name\n{'a,' * DEEP}", '"', "name\n\x00")),
    "Anki package": (read_package, "deck.apkg", (*JSON, "PK\x03\x04")),
}
CASES = [(name, text) for name, (_, _, texts) in READERS.items() for text in texts]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "text"), CASES, ids=[f"{name} {text[:20]!r}" for name, text in CASES])
def test_a_hostile_file_is_one_error(name: str, text: str, tmp_path: Path) -> None:
    read, file, _ = READERS[name]
    (tmp_path / file).write_text(text)
    with pytest.raises(LabsError) as error:
        read(tmp_path / file)
    assert len(str(error.value)) < 20_000


@pytest.mark.slow
@pytest.mark.parametrize("name", READERS)
@given(content=st.binary(max_size=200))
def test_any_bytes_are_a_value_or_an_error(
    name: str, content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    read, file, _ = READERS[name]
    path = tmp_path_factory.getbasetemp() / file
    path.write_bytes(content)
    try:
        read(path)
    except LabsError:
        return


@pytest.mark.parametrize("text", JSON, ids=lambda text: text[:20])
def test_a_hostile_policy_is_malformed(text: str) -> None:
    with pytest.raises(PolicyError):
        Policy.parse(text)


@pytest.mark.slow
@pytest.mark.parametrize(
    "text", ["\n===\n" * 50_000, "\n---\n" * 50_000, "```\n" * 50_000, "<!--\n" * 50_000]
)
def test_a_deck_of_separators_is_read(text: str, tmp_path: Path) -> None:
    deck = tmp_path / "deck.md"
    deck.write_text(text)
    assert read_deck(deck).path == deck


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """A pack or a world may come with one: whoever reads it waits for a writer."""
    os.mkfifo(tmp_path / "task.toml")
    assert "Not a regular file" in str(read_deck(tmp_path / "task.toml").problems)
    readers = (
        (read_lab, tmp_path),
        *((read, tmp_path / "task.toml") for read in (journal.read, receipt.read)),
    )
    for read, path in readers:
        with pytest.raises(LabsError, match="Not a regular file"):
            read(path)


def test_a_file_beyond_its_limit_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "task.toml").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(LabsError, match="File too large"):
        read_lab(tmp_path)


def test_an_import_beyond_its_limit_is_not_read(labs: Labs, tmp_path: Path) -> None:
    with (tmp_path / "export.jsonl").open("wb") as file:
        file.truncate(MAX_IMPORT + 1)
    code, _, err = labs("progress", "import", tmp_path / "export.jsonl")
    assert (code, "is larger than 256 MiB" in err) == (2, True)


def test_texts_of_a_lab_do_not_steer_the_terminal(tmp_path: Path) -> None:
    """TOML can write any character by its number."""
    list(scaffold(tmp_path, "own-lab"))
    task = tmp_path / "tasks" / "own-lab" / "task.toml"
    task.write_text(task.read_text().replace('title = "', 'title = "\\u001b[2J\\u202e⁦'))
    assert read_lab(task.parent).task.title == "[2JCreate a log group"


@pytest.mark.parametrize("damage", ["", "[", "null", BRACKETS, DIGITS])
def test_damaged_rows_of_the_ledger_say_what_to_do(damage: str) -> None:
    whole = "2026-05-04T10:00:00+00:00"
    readers: tuple[Callable[[], object], ...] = (
        lambda: round_of(("1", damage, 1, whole, None)),
        lambda: check_of(("a", None, None, None, damage, 1, 1.0, whole)),
        lambda: standing_of(("a", "lab", whole, 1, whole, damage, None, None, "", None, None, None, damage)),
        lambda: decode_verdict(damage),
    )
    for read in readers:
        with pytest.raises(StoreError, match=r"damaged .* move it away"):
            read()


@pytest.mark.parametrize(
    "command",
    [("explain",), ("receipt", "verify"), ("progress", "import"), ("workshop", "check")],
    ids=" ".join,
)
def test_a_command_says_it_in_one_sentence(
    command: tuple[str, ...], labs: Labs, keys: None, tmp_path: Path
) -> None:
    file = tmp_path / ("file.toml" if command[0] == "workshop" else "file.json")
    file.write_text(f"a = {BRACKETS}" if command[0] == "workshop" else BRACKETS)
    code, _, err = labs(*command, file)
    assert code in {1, 2}
    assert "Traceback" not in err
    assert "fault of labs" not in err


@pytest.mark.slow
@pytest.mark.process
def test_what_the_command_writes_is_nobody_else_s(tmp_path: Path) -> None:
    environment = {"LABS_HOME": str(tmp_path / "data"), "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-m", "labs", "start", "ecs-placement"]
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=120)
    files = [tmp_path / "data", *(tmp_path / "data").iterdir()]
    assert [file.name for file in files if stat.S_IMODE(file.stat().st_mode) & 0o077] == []
    assert len(files) > 1
