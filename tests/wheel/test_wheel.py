"""The installed package is complete: run against the checkout and, by `.ci/run`, against the built wheel."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, entry_points, files, requires, version
from importlib.util import find_spec
from pathlib import Path

import pytest

import labs

LABS = Path(sys.executable).parent / "labs"
DECK = "6fdb24dc"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([LABS, *arguments], capture_output=True, text=True, timeout=120, check=False)


def test_nothing_but_labs_is_on_the_top_level() -> None:
    """A wheel installs one import package, an editable install the path to one."""
    installed = {Path(file).parts[0] for file in files("cardlabs") or ()}
    modules = {name for name in installed if name != ".." and not name.endswith(".dist-info")}
    assert modules in ({"labs"}, {"_cardlabs.pth"})


@pytest.mark.slow
@pytest.mark.parametrize(
    "command", [[sys.executable, "-m", "labs"], [LABS]], ids=["python -m labs", "PYTHONPATH=. labs"]
)
def test_a_package_checks_in_the_working_directory_hides_nothing(
    command: list[str | Path], tmp_path: Path
) -> None:
    """Whatever is called `checks`, `decks` or `tasks` where the user stands, the built-in pack is found."""
    for name in ("checks", "decks", "tasks"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('not this one')")
    for arguments in (["list"], ["policy", "ecs-placement"]):
        ran = subprocess.run(
            [*command, *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": "."},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert (ran.returncode, ran.stderr) == (0, "")


def test_the_command_says_its_version() -> None:
    """`labs --version` and the distribution agree."""
    assert run("--version").stdout.strip() == f"labs {version('cardlabs')}" == f"labs {labs.__version__}"


@pytest.mark.slow
def test_all_twenty_labs_are_there() -> None:
    """The built-in pack is found by its entry point, with the task of every lab."""
    listed = json.loads(run("list", "--format", "json").stdout)
    assert len(listed["labs"]) == 20
    assert [point.name for point in entry_points(group="labs.packs")] == ["aws-ecs"]


def test_the_deck_is_byte_for_byte_the_one_that_was_given() -> None:
    """Nothing on the way into a wheel rewrote its line ends or its spelling."""
    (point,) = entry_points(group="labs.packs")
    deck = point.load().decks / "aws-ecs.md"
    assert hashlib.sha256(deck.read_bytes()).hexdigest().startswith(DECK)


@pytest.mark.parametrize("name", ["show/check.schema.json", "py.typed", "store/schema/0001_start.sql"])
def test_files_beside_the_code_are_shipped(name: str) -> None:
    """Schemas and types come with the package."""
    assert (Path(labs.__file__).parent / name).is_file()


@pytest.mark.slow
def test_each_check_can_be_imported_and_agrees_with_its_task() -> None:
    """`labs policy` reads every check of every lab."""
    policy = json.loads(run("policy").stdout)
    assert policy["Statement"][0]["Action"]


def test_a_new_lab_can_be_started(tmp_path: Path) -> None:
    """The templates of `labs new` are shipped."""
    assert run("new", "my-lab", "--pack", str(tmp_path)).returncode == 0
    assert (tmp_path / "checks" / "my_lab.py").is_file()


def installed_with(distribution: str) -> set[str]:
    """Every distribution that an installation of this one brings here."""
    found: set[str] = set()
    todo: list[tuple[str, str]] = [(distribution, "")]
    while todo:
        name, extras = todo.pop()
        try:
            lines = requires(name) or []
        except PackageNotFoundError:  # for another system or Python than this
            continue
        found.add(name)
        for line in lines:
            match = re.match(r"([\w.-]+)(?:\[([\w,-]+)\])?", line)
            assert match
            needed = re.sub(r"[-_.]+", "-", match[1]).lower()
            extra = re.search(r"extra == ['\"]([\w-]+)", line)
            if needed not in found and (not extra or extra[1] in extras.split(",")):
                todo.append((needed, match[2] or ""))
    return found


def test_neither_docker_nor_cfn_lint_is_installed() -> None:
    """Moto's extra `server` would bring them, and 250 MB; the sandbox needs Flask of it."""
    brought = installed_with("cardlabs")
    assert {"moto", "flask", "botocore"} <= brought
    assert not brought & {"docker", "cfn-lint", "aws-sam-translator"}
    assert find_spec("docker") is None


@pytest.mark.slow
@pytest.mark.process
def test_the_sandbox_starts_without_them() -> None:
    """A server of its own comes up, is looked at by a check, and goes."""
    try:
        assert run("sandbox", "start").returncode == 0
        verdict = json.loads(run("check", "ecr-repository", "--sandbox", "--format", "json").stdout)
    finally:
        run("sandbox", "stop")
    assert {finding["state"] for finding in verdict["labs"][0]["objectives"]} <= {"failed", "blocked"}
