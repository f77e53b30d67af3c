"""Entry points of installed distributions, read without importlib.metadata, and as it reads them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.metadata import entry_points as by_the_standard_library
from pathlib import Path
from typing import Any

import pytest

from labs.system.entry_points import EntryPoint, entry_points

Install = Callable[..., Path]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Puts a distribution into a folder on Python's path that holds nothing else."""

    def put(info: str, declares: str | bytes, folder: str = "site") -> Path:
        at = tmp_path / folder
        (at / info).mkdir(parents=True)
        (at / info / "METADATA").write_text(f"Name: {info.partition('-')[0]}\nVersion: 1\n")
        content = declares.encode() if isinstance(declares, str) else declares
        (at / info / "entry_points.txt").write_bytes(content)
        if str(at) not in sys.path:
            monkeypatch.setattr(sys, "path", [*sys.path, str(at)])
        return at

    monkeypatch.setattr(sys, "path", [])
    return put


@pytest.mark.parametrize("group", ["labs.packs", "console_scripts", "pytest11", "no.such.group"])
def test_what_is_installed_here_is_found_as_the_standard_library_finds_it(group: str) -> None:
    theirs = {(point.name, point.value) for point in by_the_standard_library(group=group)}
    assert {(point.name, point.value) for point in entry_points(group)} == theirs


@pytest.mark.parametrize(
    ("declares", "found"),
    [
        ("[labs.packs]\nmine = mine:PACK\n", [("mine", "mine:PACK")]),
        (
            "[other]\nx = y:z\n\n[labs.packs]\nmine=mine:PACK\nyours = yours",
            [("mine", "mine:PACK"), ("yours", "yours")],
        ),
        ("[labs.packs]\n# mine = mine:PACK\n; x = y\n\n", []),
        ("[labs.packs]\r\nmine = mine:PACK [extra]\r\n[other]\r\nx = y\r\n", [("mine", "mine:PACK [extra]")]),
        ("[labs.packs.more]\nmine = mine:PACK\n", []),
        ("", []),
        (b"[labs.packs]\nmine = mine:PACK\n[other]\n\xff = x\n", [("mine", "mine:PACK")]),
    ],
    ids=[
        "one",
        "another group before it",
        "comments",
        "CR LF and extras",
        "a longer group",
        "empty",
        "not UTF-8",
    ],
)
def test_a_group_s_lines_are_read(
    declares: str | bytes, found: list[tuple[str, str]], install: Install
) -> None:
    install("mine-1.0.dist-info", declares)
    assert [tuple(point) for point in entry_points("labs.packs")] == found


def test_of_two_installed_versions_the_first_on_the_path_counts(install: Install) -> None:
    """Whatever the spelling of the distribution's name."""
    install("My_Pack-2.dist-info", "[labs.packs]\nnew = new:PACK\n", folder="first")
    install("my.pack.egg-info", "[labs.packs]\nold = old:PACK\n", folder="second")
    assert [point.name for point in entry_points("labs.packs")] == ["new"]


def test_what_is_no_folder_is_passed_over(
    install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Zips, files and what is not there any more stand on Python's path as well."""
    at = install("mine-1.dist-info", "[labs.packs]\nmine = mine:PACK\n")
    (tmp_path / "file").touch()
    (at / "legacy.egg-info").touch()
    (at / "bare-1.dist-info").mkdir()
    monkeypatch.setattr(sys, "path", [str(tmp_path / "file"), str(tmp_path / "gone"), str(at)])
    assert [point.name for point in entry_points("labs.packs")] == ["mine"]


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ("os.path:join", "os.path.join"),
        ("os : path.join", "os.path.join"),
        ("os.path", "os.path"),
        ("os.path:join [extra]", "os.path.join"),
    ],
)
def test_an_entry_point_loads_what_it_names(value: str, named: str) -> None:
    import os

    expected: dict[str, Any] = {"os.path.join": os.path.join, "os.path": os.path}
    assert EntryPoint("x", value).load() is expected[named]


@pytest.mark.parametrize(
    ("value", "error"), [("os:nothing", AttributeError), ("no_such_module_here:x", ModuleNotFoundError)]
)
def test_an_entry_point_that_names_nothing_says_so(value: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        EntryPoint("x", value).load()
