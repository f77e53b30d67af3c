"""The tree of exceptions that labs/errors.py draws is the one that there is."""

from __future__ import annotations

import ast
import builtins
import inspect
import re
from pathlib import Path

import pytest

from labs import errors, sdk

ROOT = Path(errors.__file__).parent
DEFINED_ELSEWHERE = {
    "AlreadyExists",
    "ChangeSetNotFound",
    "InsufficientCapabilities",
    "Lost",
    "NotAnswered",
    "TemplateError",
    "UnresolvedResource",
}
"""Also a BotoCoreError or an error of moto's, which `labs.errors` does not import for the sake of a quick start."""


def _drawn() -> dict[str, tuple[str, str]]:
    """The parent and the exit code of each exception in the drawing."""
    parents: list[str] = []
    tree: dict[str, tuple[str, str]] = {}
    for line in (errors.__doc__ or "").splitlines()[2:]:
        found = re.fullmatch(r"([│ ├└─]*)(\w+)(?: +([0-9]))?(?: .*)?", line)
        assert found, line
        depth = len(found[1]) // 4
        parents[depth:] = [found[2]]
        if depth:
            tree[found[2]] = (parents[depth - 1], found[3] or "")
    return tree


def _exception_classes() -> dict[str, type[BaseException]]:
    return {
        name: each
        for name, each in vars(errors).items()
        if inspect.isclass(each) and issubclass(each, BaseException)
    }


def test_error_tree_is_drawn_as_it_is() -> None:
    """Each class has the parent and the exit code that the drawing gives it, and none is left out."""
    found = {
        name: (each.__bases__[0].__name__, str(getattr(each, "exit_code", "")))
        for name, each in _exception_classes().items()
    }

    assert {**found, "ValueError": ("Exception", "")} == _drawn()


def test_drawn_parents_agree_with_subclasses() -> None:
    for name, each in _exception_classes().items():
        below = {child.__name__ for child in each.__subclasses__() if child.__module__ == errors.__name__}
        assert below == {child for child, (parent, _) in _drawn().items() if parent == name}


@pytest.mark.slow
def test_no_other_module_defines_an_exception() -> None:
    """A class whose base is an exception, wherever in `labs` it stands."""
    known = {
        name
        for name, each in vars(builtins).items()
        if inspect.isclass(each) and issubclass(each, BaseException)
    }
    known |= set(_exception_classes())
    elsewhere = {
        node.name
        for file in ROOT.rglob("*.py")
        if file != Path(errors.__file__)
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
        and any(_is_exception(ast.unparse(base).rpartition(".")[2], known) for base in node.bases)
    }

    assert elsewhere <= DEFINED_ELSEWHERE


def _is_exception(name: str, known: set[str]) -> bool:
    return name in known or name.endswith(("Error", "Exception"))


def test_sdk_reexports_cannot_tell() -> None:
    assert sdk.CannotTell is errors.CannotTell
