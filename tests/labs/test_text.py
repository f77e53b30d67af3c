"""The texts for learners agree with the checks, for every lab."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from labs.content import text_lint
from labs.content.lab import Lab
from labs.content.pack import open_catalog
from labs.packs.aws_ecs import PACK
from tests.labs.messages import FILE, kept, messages
from tests.labs.states import LabState, lab_ids

CHECKS = Path(__file__).parents[2] / "checks"
BRIEF_LINES = re.compile(r"\{([a-z_]+)\}")


@pytest.fixture(params=[pytest.param(lab, marks=pytest.mark.xdist_group(lab)) for lab in lab_ids()])
def lab(request: pytest.FixtureRequest) -> Lab:
    return open_catalog().lab(request.param)


def test_every_parameter_is_in_the_brief(lab: Lab) -> None:
    """Who reads the brief knows each name that the check looks for."""
    output = set(BRIEF_LINES.findall(lab.brief))
    assert set(lab.task.parameters) <= output


def test_every_number_that_is_compared_is_reported(lab: Lab) -> None:
    """A check's own UPPER_CASE numbers above 1 stand in the brief or in an objective's sentence."""
    output = lab.brief + " ".join(goal.title for goal in lab.task.objectives)
    words = set(re.findall(r"\d+", output.replace(",", "")))
    missing = {name: number for name, number in _numbers(lab) if str(number) not in words}
    assert not missing


def _numbers(lab: Lab) -> Iterator[tuple[str, int]]:
    tree = ast.parse((CHECKS / f"{lab.id.replace('-', '_')}.py").read_text("utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            value = node.value
            own = name.isupper() and not name.startswith("_")
            if own and isinstance(value, ast.Constant) and isinstance(value.value, int) and value.value > 1:
                yield name, value.value


def test_the_texts_of_a_lab_have_plain_style(lab: Lab) -> None:
    """No word that the pack avoids, three levels of hints, short sentences, and no command in a hint."""
    assert list(text_lint.lint_lab(lab, PACK)) == []


@pytest.mark.slow
def test_shared_readers_have_plain_messages() -> None:
    modules = sorted(PACK.checks.glob("_*.py"))
    assert [wrong for module in modules for wrong in text_lint.lint_module(module, PACK)] == []


def test_messages_give_no_command_away(state: LabState) -> None:
    """The found and expected values, and the hint."""
    for name, finding in state.findings.items():
        for text in (finding.found, finding.expected, finding.message):
            assert not text_lint.COMMAND.search(text), f"{name}: {text}"


def test_messages_are_the_ones_that_were_read_over(wrong: LabState) -> None:
    """A changed message is read again: `python -m tests.labs.messages` writes them all again."""
    assert messages(wrong) == kept().get(wrong.lab.id), f"{FILE.name} differs"
