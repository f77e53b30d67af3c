"""A mutant of a check: its location, its change, and its compiled code."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import CodeType


@dataclass(frozen=True, slots=True)
class Mutant:
    """One changed node; `change` shows the old and new source.

    `lines` are the lines of the changed statement within a function; None if the change runs on import.
    """

    module: str
    line: int
    column: int
    change: str
    lines: range | None
    _tree: ast.Module
    _parent: ast.AST
    _field: str
    _index: int | None
    _new: ast.AST

    def compiled(self, file: str) -> CodeType:
        """The module with this change in it."""
        with self._applied():
            return compile(self._tree, file, "exec")

    def runs_in(self, executed: Container[tuple[str, int]]) -> bool:
        """Whether any line of the changed statement was executed; otherwise the change has no effect."""
        return self.lines is None or any((self.module, line) in executed for line in self.lines)

    @contextmanager
    def _applied(self) -> Iterator[None]:
        old = _child(self._parent, self._field, self._index)
        _put(self._parent, self._field, self._index, self._new)
        try:
            yield
        finally:
            _put(self._parent, self._field, self._index, old)


def _child(parent: ast.AST, field: str, index: int | None) -> ast.AST:
    found = getattr(parent, field)
    child: ast.AST = found if index is None else found[index]
    return child


def _put(parent: ast.AST, field: str, index: int | None, child: ast.AST) -> None:
    if index is None:
        setattr(parent, field, child)
    else:
        getattr(parent, field)[index] = child
