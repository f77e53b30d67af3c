"""The list of moto's private parts in `extend.py` is complete, and moto still has each of them."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from labs.sandbox import extend

SANDBOX = Path(extend.__file__).parent
OWN = {"_exit"}
"""Private names of the standard library."""


def private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and len(name) > 1


def names_in(tree: ast.Module) -> Iterator[str]:
    """The private names of other objects that a module mentions: attributes, imports, and names given as text."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="self" | "cls")):
                pass
            case ast.Attribute(attr=name):
                yield name
            case ast.ImportFrom(module=str(module)) if module.startswith("moto"):
                yield from module.split(".")
                yield from (alias.name for alias in node.names)
            case ast.Call(
                func=ast.Name(id="set_attribute" | "getattr"), args=[_, ast.Constant(value=str(name)), *_]
            ):
                yield name
            case ast.Subscript(value=ast.Call(func=ast.Name(id="vars")), slice=ast.Constant(value=str(name))):
                yield name


def overridden(module: ModuleType) -> Iterator[str]:
    """The names that the classes of a module override in a class of moto's."""
    for kind in vars(module).values():
        if isinstance(kind, type) and kind.__module__ == module.__name__:
            for base in kind.__mro__[1:]:
                if base.__module__.startswith("moto."):
                    yield from vars(kind).keys() & vars(base).keys()


@pytest.mark.slow
def test_the_list_of_private_parts_is_complete() -> None:
    """Whatever private part of moto the sandbox mentions is listed, and nothing else is."""
    found: set[str] = set()
    for path in SANDBOX.rglob("*.py"):
        found.update(names_in(ast.parse(path.read_text(encoding="utf-8"))))
    for name in (*extend.MODULES, "labs.sandbox.server.application", "labs.sandbox.server.http_server"):
        found.update(overridden(importlib.import_module(name)))
    listed = {re.split(r"[.:]", part)[-1] for part in extend.PRIVATE_PARTS}
    assert {name for name in found if private(name)} - OWN == listed


@pytest.mark.parametrize("part", extend.PRIVATE_PARTS)
def test_moto_has_each_private_part(part: str) -> None:
    """A newer moto that lacks one of them is named here, before anything else breaks."""
    owner, _, name = part.replace(":", ".").rpartition(".")
    try:
        pkgutil.resolve_name(part)
    except AttributeError:
        source = inspect.getsource(pkgutil.resolve_name(part.rpartition(".")[0]))
        assert re.search(rf"self\.{name}(:[^=]+)? = ", source), owner
