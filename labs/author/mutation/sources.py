"""The source modules of a lab's check, and which of their definitions its objectives reach."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from labs.content.pack import check_package, folder_of
from labs.sdk import Pack

ROOT = "OBJECTIVES"
"""The name in a check's module that the runner reads; all code reachable from it belongs to the verdict."""

Part = tuple[str, str]
"""A module and a name at its top level."""


@dataclass(frozen=True, slots=True)
class CheckSources:
    """The source of each module of a check, by name: its own module and the shared modules that it imports."""

    package: str
    own: str
    folder: Path
    texts: Mapping[str, str]

    def file(self, module: str) -> Path:
        """The file of a module."""
        return self.folder / f"{module}.py"


def module_of(lab: str) -> str:
    """The name of the module that holds a lab's check."""
    return lab.replace("-", "_")


def read_sources(package: str, folder: Path, own: str) -> CheckSources:
    """The modules of one check, found by following the imports of its package."""
    return CheckSources(package, own, folder, _texts(package, folder, [own]))


def sources_of(pack: Pack, lab: str) -> CheckSources:
    """The modules of a lab's check; `lab` is its id in the catalog."""
    return read_sources(check_package(pack), pack.checks, module_of(folder_of(lab)))


def imported_by(package: str, folder: Path, text: str) -> frozenset[str]:
    """The package's modules that this source imports, directly or indirectly."""
    return frozenset(_texts(package, folder, _imported_modules(package, text)))


def _texts(package: str, folder: Path, modules: Iterable[str]) -> dict[str, str]:
    texts: dict[str, str] = {}
    todo = [*modules]
    while todo:
        module = todo.pop()
        if module not in texts:
            texts[module] = (folder / f"{module}.py").read_text(encoding="utf-8")
            todo.extend(_imported_modules(package, texts[module]))
    return texts


@cache  # the labs of a pack share most of their modules
def _imported_modules(package: str, text: str) -> tuple[str, ...]:
    return tuple(module for module, _ in aliases(package, ast.parse(text)).values())


def reached(sources: CheckSources) -> set[Part]:
    """Every part that the objectives reach, by following names."""
    uses = {module: _uses(sources.package, module, ast.parse(text)) for module, text in sources.texts.items()}
    found: set[Part] = set()
    todo: list[Part] = [(sources.own, ROOT)]
    while todo:
        module, name = part = todo.pop()
        if part not in found and name in uses[module]:
            found.add(part)
            todo.extend(uses[module][name])
    return found


def top_names(statement: ast.stmt) -> list[str]:
    """The names that a top-level statement defines."""
    match statement:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Assign(targets=targets):
            return [each.id for each in targets if isinstance(each, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
        case _:
            return []


def _uses(package: str, module: str, tree: ast.Module) -> dict[str, list[Part]]:
    imported = aliases(package, tree)
    return {
        name: list(_used(statement, module, imported))
        for statement in tree.body
        for name in top_names(statement)
    }


def _used(statement: ast.AST, module: str, imported: Mapping[str, Part]) -> Iterator[Part]:
    for node in ast.walk(statement):
        match node:
            case ast.Attribute(value=ast.Name(id=alias), attr=attr) if alias in imported:
                yield imported[alias][0], attr
            case ast.Name(id=name):
                yield imported.get(name, (module, name))


def aliases(package: str, tree: ast.Module) -> dict[str, Part]:
    """The names of the package's modules and of their parts in the importing module."""
    found: dict[str, Part] = {}
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(names=names) if _source(package, node) == package:
                found |= {each.asname or each.name: (each.name, "") for each in names}
            case ast.ImportFrom(names=names) if _source(package, node).startswith(f"{package}."):
                inner = _source(package, node).removeprefix(f"{package}.")
                found |= {each.asname or each.name: (inner, each.name) for each in names}
            case _:
                pass
    return found


def _source(package: str, node: ast.ImportFrom) -> str:
    """The full name of the module that an import statement names."""
    return ".".join(filter(None, (package if node.level == 1 else "", node.module)))
