"""GitHub and pre-commit run what developers run: the lines of the justfile, and no others."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml  # noqa: TID253 - reads the workflows

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
SHELL = {'test -f "dist/cardlabs-${TAG#v}-py3-none-any.whl"'}
"""Commands of a release alone."""


def document(file: Path) -> Any:
    return yaml.safe_load(file.read_text("utf-8"))


def recipes() -> dict[str, list[str]]:
    """The lines of each recipe of the justfile."""
    found: dict[str, list[str]] = {}
    for line in (ROOT / "justfile").read_text("utf-8").splitlines():
        if head := re.match(r"(\w+)[^:=]*:", line):
            found[head[1]] = lines = []
        elif line.startswith("    "):
            lines.append(line.strip())
    return found


@pytest.mark.parametrize("file", sorted((ROOT / ".github").rglob("*.yml")), ids=lambda file: file.name)
def test_the_files_of_github_are_yaml(file: Path) -> None:
    """Each holds a mapping."""
    assert isinstance(document(file), dict)


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_workflows_run_recipes_of_the_justfile(file: Path) -> None:
    """A step is an action of somebody's or `uv run just RECIPE`."""
    steps = [step for job in document(file)["jobs"].values() for step in job["steps"]]
    commands = {step["run"] for step in steps if "run" in step} - SHELL
    assert commands <= {f"uv run just {name}" for name in recipes()}


def test_the_matrix_holds_every_python_of_the_classifiers() -> None:
    """The platforms and versions that the package names are tested."""
    (matrix,) = [
        job["strategy"]["matrix"]
        for file in WORKFLOWS
        for job in document(file)["jobs"].values()
        if "strategy" in job
    ]
    declared = re.findall(r"Python :: (3\.\d+)", (ROOT / "pyproject.toml").read_text("utf-8"))
    assert matrix["python"] == declared


def test_pre_commit_runs_what_lint_runs() -> None:
    """In the same order."""
    (repository,) = document(ROOT / ".pre-commit-config.yaml")["repos"]
    assert [hook["entry"] for hook in repository["hooks"]] == recipes()["lint"]


def test_ci_lints_as_the_justfile_does() -> None:
    """`.ci/run` has the same lines."""
    ci = (ROOT / ".ci" / "run").read_text("utf-8")
    section = ci.partition('step "lint"\n')[2].partition("\nstep ")[0]
    assert section.replace("uv run -q ", "uv run ").split("\n")[:-1] == recipes()["lint"]
