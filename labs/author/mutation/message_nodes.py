"""Finds the AST nodes of a check that only build messages: mutants there change no verdict, and are left out.

Messages are the arguments of Passed, Failed and CannotTell. A variable, constant, function or method belongs to
messages if every use of it does.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

OUTCOMES = frozenset({"Passed", "Failed", "CannotTell"})
KEYWORDS = frozenset({"found", "expected", "hint", "near", "evidence"})


class MessageNodes:
    """The set of nodes that belong to messages, in all modules of a check."""

    def __init__(
        self, statements: Iterable[tuple[str, ast.stmt]], aliases: Mapping[str, Mapping[str, str]]
    ) -> None:
        self._nodes: set[int] = set()
        self._statements = list(statements)
        self._aliases = aliases
        for _, statement in self._statements:
            self._add(_given_to_outcomes(statement))
        while self._grow():
            pass

    def __contains__(self, node: ast.AST) -> bool:
        return id(node) in self._nodes

    def _add(self, found: Iterable[ast.AST]) -> None:
        self._nodes.update(id(inner) for node in found for inner in ast.walk(node))

    def _grow(self) -> bool:
        """Adds definitions that are only used in messages. Returns whether there were any."""
        before = len(self._nodes)
        for _, statement in self._statements:
            for node in ast.walk(statement):
                if isinstance(node, ast.FunctionDef):
                    self._add(self._variables(node))
        self._add(self._parts())
        return len(self._nodes) > before

    def _variables(self, function: ast.FunctionDef) -> Iterator[ast.AST]:
        """The values of variables that the function only puts into messages."""
        values: dict[str, list[ast.expr]] = defaultdict(list)
        for node in ast.walk(function):
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    values[name].append(value)
                case _:
                    pass
        for name, given in values.items():
            loads = [each for each in ast.walk(function) if _loads(each, name)]
            if loads and all(load in self for load in loads):
                yield from given

    def _parts(self) -> Iterator[ast.AST]:
        """Functions, methods and constants that are only used in messages."""
        uses = self._uses()
        for _, statement in self._statements:
            for name, node in _definitions(statement):
                if uses[name] and all(use in self for use in uses[name]):
                    yield node

    def _uses(self) -> dict[str, list[ast.AST]]:
        """The uses of each name in all modules; a name defined in two modules is treated as one."""
        uses: dict[str, list[ast.AST]] = defaultdict(list)
        for module, statement in self._statements:
            for node in ast.walk(statement):
                match node:
                    case ast.Attribute(attr=name):
                        uses[name].append(node)
                    case ast.Name(id=name, ctx=ast.Load()):
                        uses[self._aliases.get(module, {}).get(name, name)].append(node)
                    case _:
                        pass
        return uses


def _given_to_outcomes(statement: ast.stmt) -> Iterator[ast.AST]:
    for node in ast.walk(statement):
        match node:
            case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords) if name in OUTCOMES:
                yield from args
                yield from keywords
            case ast.Call(keywords=keywords):
                yield from (each for each in keywords if each.arg in KEYWORDS)
            case _:
                pass


def _definitions(statement: ast.stmt) -> Iterator[tuple[str, ast.AST]]:
    match statement:
        case ast.FunctionDef(name=name):
            yield name, statement
        case ast.ClassDef(body=body):
            yield from ((each.name, each) for each in body if isinstance(each, ast.FunctionDef))
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            yield name, value
        case _:
            pass


def _loads(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
