"""Learners who share an account: a prefix goes before what an account has only one of."""

from __future__ import annotations

from pathlib import Path

import pytest

from labs.content.lab import Lab, read_lab
from labs.content.pack import open_catalog
from labs.errors import ContentError

LABS = {lab.id: lab for lab in open_catalog().all()}


@pytest.mark.parametrize("lab", LABS.values(), ids=LABS)
def test_every_name_that_an_account_has_only_one_of_takes_the_prefix(lab: Lab) -> None:
    """Defaults that start with `labs` name things of the account; the others lie inside of one, or are values."""
    of_the_account = {
        name for name, value in lab.task.parameters.items() if value.startswith(("labs-", "labs/"))
    }
    assert set(lab.task.own) == of_the_account


def test_a_prefix_goes_before_own_names_only_and_never_before_given_ones() -> None:
    """Explicit parameters win; services inside an own cluster keep their names."""
    lab = LABS["ecs-placement"]
    given = lab.prefixed("ada-", {"family": "mine"})
    names = lab.names(given, account="1" * 12, region="eu-west-1")
    assert names == {"cluster": "ada-labs-placement", "service": "packed", "family": "mine"}
    assert lab.prefixed("", {}) == {}


def test_account_and_region_are_filled_in_behind_the_prefix() -> None:
    """`{account}` in a default stays what it means."""
    lab = LABS["ecs-task-roles"]
    names = lab.names(lab.prefixed("ada-", {}), account="123456789012", region="eu-west-1")
    assert names["bucket"] == "ada-labs-task-data-123456789012"


def test_an_own_name_that_is_no_parameter_is_a_fault(tmp_path: Path) -> None:
    """A lab's author hears of a slip in `own`, with file and key."""
    source = LABS["ecr-repository"].folder
    copy = tmp_path / "ecr-repository"
    copy.mkdir()
    for file in source.iterdir():
        if file.is_file():
            (copy / file.name).write_text(file.read_text("utf-8"), encoding="utf-8")
    (copy / "mistakes").mkdir()
    for file in (source / "mistakes").iterdir():
        (copy / "mistakes" / file.name).write_text(file.read_text("utf-8"), encoding="utf-8")
    task = copy / "task.toml"
    task.write_text(task.read_text("utf-8").replace('own = ["repository"]', 'own = ["repo"]'), "utf-8")
    with pytest.raises(ContentError, match="own: 'repo' is not a parameter of this lab"):
        read_lab(copy)
