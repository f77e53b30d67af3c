"""Finds imports of `labs` modules other than `labs.sdk` in the checks of a pack."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache

from labs.author.mutation.sources import CheckSources


def foreign_imports(sources: CheckSources) -> list[str]:
    """The forbidden imports of a check, as sentences with file and line."""
    return [
        f"{module}.py:{line} imports {name}; a pack may import labs.sdk, and nothing else of labs"
        for module, text in sorted(sources.texts.items())
        for line, name in _imported(text)
        if not _is_allowed(name, sources.package)
    ]


def _is_allowed(name: str, package: str) -> bool:
    own = any(name == each or name.startswith(f"{each}.") for each in ("labs.sdk", package))
    return own or name.partition(".")[0] not in {"labs", "checks"}


@cache  # the labs of a pack share most of their modules
def _imported(text: str) -> tuple[tuple[int, str], ...]:
    return tuple(_imports(ast.parse(text)))


def _imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, each.name) for each in names)
            case ast.ImportFrom(module="labs", level=0, names=names):
                yield from ((node.lineno, f"labs.{each.name}") for each in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield node.lineno, module
