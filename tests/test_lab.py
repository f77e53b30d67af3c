"""A lab's files: what is wrong with them is reported all at once, each fault with file and key."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from labs.content.lab import Lab, fill, read_lab
from labs.content.pack import open_catalog
from labs.errors import ContentError

TASK = """
title = "Make a cluster"
deck = "made-up"
group = "tests"
minutes = 5

[cost]
per_hour = 0.0
total = 0.0
what = "nothing"
source = "https://aws.amazon.com/ecs/pricing/"
checked = 2026-11-22

[parameters]
cluster = "labs-{account}"

[about]
cluster = "the cluster"

[[objectives]]
id = "cluster"
title = "Cluster {cluster} is ACTIVE"
hints = ["Think.", "Think harder."]

[[objectives]]
id = "service"
title = "A service is in it"
hints = ["Think.", "Think harder."]

[[cards]]
deck = "made-up"
question = "What is a cluster?"
objectives = ["cluster"]
correction = { text = "More.", source = "https://docs.aws.amazon.com/", checked = 2026-11-22 }

[mistakes.other-name]
what = "another name"
breaks = ["cluster"]
"""


def write(folder: Path, task: str = TASK, brief: str = "Make {cluster} in {region}.") -> Path:
    """The files of a lab that is well, but for what is given."""
    files = {
        "task.toml": task,
        "brief.md": brief,
        "solution.sh": "aws ecs create-cluster",
        "mistakes/other-name.sh": "aws ecs create-cluster",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def faults(folder: Path) -> list[str]:
    """Every fault that is reported, with paths from the lab's folder."""
    with pytest.raises(ContentError) as raised:
        read_lab(folder)
    return [str(fault).replace(f"{folder}/", "") for fault in raised.value.faults]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "made-up"


def test_a_lab_that_is_well_is_read(folder: Path) -> None:
    """Its id is the folder's name; defaults stand in for what is not said."""
    made = read_lab(write(folder))
    assert (made.id, made.task.title, made.task.requires, made.task.order) == (
        "made-up",
        "Make a cluster",
        (),
        0,
    )
    assert made.goal("service").title == "A service is in it"
    assert made.task.cards[0].evidence == "applies"
    assert list(made.solutions()) == ["solution"]


@pytest.mark.parametrize("name", ["my lab", "-lab", "l\u00e4b", os.fsdecode(b"lab\xff"), "a" * 101])
def test_a_folder_that_nobody_can_type_is_no_lab(tmp_path: Path, name: str) -> None:
    assert ": the folder, which names the lab, needs letters" in faults(write(tmp_path / name))[0]


def test_a_folder_in_the_place_of_the_brief_is_a_fault(folder: Path) -> None:
    (write(folder) / "brief.md").unlink()
    (folder / "brief.md").mkdir()
    assert faults(folder) == ["brief.md: Is a directory"]


CHANGES: dict[str, tuple[str, str, str]] = {
    "no title": ('title = "Make a cluster"\n', "", "task.toml: title: missing"),
    "an empty title": ('"Make a cluster"', '""', "task.toml: title: Expected `str` of length >= 1"),
    "a number for a title": ('"Make a cluster"', "1", "task.toml: title: Expected `str`, got `int`"),
    "an unknown key": ('group = "tests"', 'group = "tests"\ngruop = 1', "task.toml: gruop: unknown key"),
    "no time": ("minutes = 5", "minutes = 0", "task.toml: minutes: Expected `int` >= 1"),
    "too much time": ("minutes = 5", "minutes = 241", "task.toml: minutes: Expected `int` <= 240"),
    "time in words": ("minutes = 5", 'minutes = "five"', "task.toml: minutes: Expected `int`, got `str`"),
    "a gift": ("per_hour = 0.0", "per_hour = -1.0", "task.toml: cost.per_hour: Expected `float` >= 0.0"),
    "no source of a price": (
        'source = "https://aws.amazon.com/ecs/pricing/"\n',
        "",
        "task.toml: cost.source: missing",
    ),
    "a date in words": (
        "checked = 2026-11-22\n",
        'checked = "today"\n',
        "task.toml: cost.checked: Invalid RFC3339",
    ),
    "a parameter in capitals": ("[parameters]\ncluster", "[parameters]\nCluster", "task.toml: parameters"),
    "a parameter that is a number": ('"labs-{account}"', "1", "task.toml: parameters"),
    "an unknown parameter explained": (
        "[about]",
        '[about]\nservice = "x"',
        "task.toml: about.service: explains a parameter that the lab does not have",
    ),
    "one hint": (
        'ACTIVE"\nhints = ["Think.", "Think harder."]',
        'ACTIVE"\nhints = ["Think."]',
        "task.toml: objectives[cluster].hints: Expected `array` of length >= 2; it has 1",
    ),
    "an empty hint": (
        '"Think harder."]\n\n[[cards]]',
        '""]\n\n[[cards]]',
        "task.toml: objectives[service].hints",
    ),
    "an id with a blank": (
        'id = "service"',
        'id = "a service"',
        "task.toml: objectives[a service].id: Expected `str` matching",
    ),
    "an id that appears twice": (
        'id = "service"',
        'id = "cluster"',
        "task.toml: objectives: 'cluster' appears twice",
    ),
    "a card of no objective": (
        'objectives = ["cluster"]',
        'objectives = ["clutser"]',
        "task.toml: cards: 'What is a cluster?' names no objective of this lab: 'clutser'",
    ),
    "a correction without a source": (
        'source = "https://docs.aws.amazon.com/", ',
        "",
        "task.toml: cards[1].correction.source: missing",
    ),
    "another evidence": (
        'objectives = ["cluster"]\ncorr',
        'objectives = ["cluster"]\nevidence = "proves"\ncorr',
        "task.toml: cards[1].evidence: Expected `str` matching",
    ),
    "a mistake that breaks nothing": (
        'breaks = ["cluster"]',
        "breaks = []",
        "task.toml: mistakes.other-name.breaks",
    ),
    "a mistake that breaks something else": (
        'breaks = ["cluster"]',
        'breaks = ["clutser"]',
        "task.toml: mistakes.other-name.breaks: no objective 'clutser' in this lab",
    ),
    "a mistake without its script": (
        "[mistakes.other-name]",
        '[mistakes.worse]\nwhat = "w"\nbreaks = ["cluster"]\n\n[mistakes.other-name]',
        "mistakes/worse.sh: missing, though task.toml names it",
    ),
    "no TOML": ("title =", "title", "task.toml: "),
    "a list for a table": ("[cost]", "cost = [1]\n[other]", "task.toml: cost: a table is expected, not list"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_fault_is_reported_with_file_and_key(name: str, folder: Path) -> None:
    old, new, fault = CHANGES[name]
    assert old in TASK
    assert any(message.startswith(fault) for message in faults(write(folder, TASK.replace(old, new, 1))))


def test_all_faults_are_reported_at_once(folder: Path) -> None:
    """One reading tells everything that can be reported: all of types and keys, then all of agreement."""
    broken = TASK
    names = [
        "no title",
        "an unknown key",
        "no time",
        "a gift",
        "one hint",
        "an id with a blank",
        "a correction without a source",
    ]
    for name in names:
        old, new, _ = CHANGES[name]
        broken = broken.replace(old, new, 1)
    messages = faults(write(folder, broken))
    assert len(messages) == len(names)
    for name in names:
        assert any(each.startswith(CHANGES[name][2]) for each in messages), name


def test_all_disagreements_are_reported_at_once(folder: Path) -> None:
    broken = TASK
    names = [
        "an unknown parameter explained",
        "a card of no objective",
        "a mistake that breaks something else",
    ]
    for name in names:
        old, new, _ = CHANGES[name]
        broken = broken.replace(old, new, 1)
    write(folder, broken, brief="Make {clutser}.")
    (folder / "solution.sh").unlink()
    (folder / "mistakes" / "unnamed.sh").write_text("true")
    messages = faults(folder)
    assert len(messages) == len(names) + 3
    assert "solution.sh: missing" in messages
    assert "mistakes/unnamed.sh: there, but task.toml does not say what it breaks" in messages
    assert "brief.md: {clutser} is not a parameter of this lab" in messages


@pytest.mark.parametrize("missing", ["task.toml", "brief.md", "solution.sh"])
def test_a_missing_file_is_reported(missing: str, folder: Path) -> None:
    write(folder)
    (folder / missing).unlink()
    (message,) = faults(folder)
    assert message.startswith(f"{missing}: ")


@pytest.mark.parametrize("raw", [b"\xff\xfe", b"title = '\x80'"], ids=["UTF-16", "Latin-1"])
def test_a_task_file_that_is_not_utf8_is_a_fault(raw: bytes, folder: Path) -> None:
    write(folder)
    (folder / "task.toml").write_bytes(raw)
    assert faults(folder)[0].startswith("task.toml: ")


def test_a_brief_that_is_not_utf8_is_a_fault(folder: Path) -> None:
    write(folder)
    (folder / "brief.md").write_bytes(b"\x80")
    assert faults(folder)[0].startswith("brief.md: ")


def test_names_are_filled_in_once_and_only_known_ones(folder: Path) -> None:
    """A name that the learner gave replaces the default; braces of other kinds stay."""
    made = read_lab(write(folder))
    assert made.names({}, account="123456789012", region="eu-west-1") == {"cluster": "labs-123456789012"}
    assert made.names({"cluster": "{region}-{x}-{cluster}"}, account="1", region="eu") == {
        "cluster": "eu-{x}-{cluster}"
    }
    assert made.title("cluster", {"cluster": "{cluster}"}) == "Cluster {cluster} is ACTIVE"
    assert fill("{a} {b} {A} {}", {"a": "{b}", "b": "2"}) == "{b} 2 {A} {}"


def test_scripts_get_the_names_in_capitals(folder: Path) -> None:
    made = read_lab(write(folder))
    assert made.variables({"cluster": "c", "some_name": "n"}) == {
        "LAB": str(folder),
        "CLUSTER": "c",
        "SOME_NAME": "n",
    }


def labs() -> list[Any]:
    return open_catalog().all()


@pytest.mark.parametrize("lab", labs(), ids=lambda lab: lab.id)
def test_each_lab_has_hints_that_give_no_command_away_at_first(lab: Lab) -> None:
    """The first hint is a nudge: no `aws` command, no option."""
    for goal in lab.task.objectives:
        assert re.search(r"\baws [a-z]+ [a-z]|--[a-z]", goal.hints[0]) is None, goal.id
