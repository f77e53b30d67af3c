"""Imports the modules of a package from compiled code, of which one module may contain a mutant."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module, invalidate_caches
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from pathlib import Path
from types import CodeType, ModuleType

from labs.author.mutation.mutant import Mutant


class ModuleReloader(MetaPathFinder, Loader):
    """An importer of a package's modules, which are imported again after each `forget`."""

    def __init__(self, package: str, folder: Path) -> None:
        self.package = package
        self.folder = folder
        self._originals = {
            file.stem: compile(file.read_bytes(), str(file), "exec")
            for file in folder.glob("*.py")
            if file.stem != "__init__"
        }
        self._current: Mapping[str, CodeType] = self._originals

    @contextmanager
    def changed(self, mutant: Mutant) -> Iterator[None]:
        """While the block runs, the package is imported with this mutant."""
        code = mutant.compiled(str(self.folder / f"{mutant.module}.py"))
        self._current = {**self._originals, mutant.module: code}
        self.forget()
        try:
            yield
        finally:
            self._current = self._originals
            self.forget()

    def original(self, module: str) -> CodeType:
        """The code of a module without any mutant."""
        return self._originals[module]

    def import_all(self) -> None:
        """Imports all modules of the package again."""
        self.forget()
        for module in self._current:
            import_module(f"{self.package}.{module}")

    def find_spec(self, fullname: str, path: object, target: object = None) -> ModuleSpec | None:  # noqa: ARG002 - importlib's signature
        """The spec of a module of the package, loaded by this importer."""
        package, _, module = fullname.rpartition(".")
        return (
            spec_from_loader(fullname, self) if package == self.package and module in self._current else None
        )

    def exec_module(self, module: ModuleType) -> None:
        """Runs the module's code, from importlib."""
        code = self._current[module.__name__.rpartition(".")[2]]
        module.__file__ = code.co_filename
        exec(code, module.__dict__)  # noqa: S102 - a check's own source, with one thing changed

    def forget(self) -> None:
        """Removes the package's modules from `sys.modules`, so that they are imported again."""
        package = import_module(self.package)
        for module in self._current:
            sys.modules.pop(f"{self.package}.{module}", None)
            package.__dict__.pop(module, None)


@contextmanager
def reimported(package: str, folder: Path) -> Iterator[ModuleReloader]:
    """While the block runs, the package's modules are imported by the ModuleReloader that it yields."""
    modules = ModuleReloader(package, folder)
    sys.meta_path.insert(0, modules)
    modules.forget()
    try:
        yield modules
    finally:
        sys.meta_path.remove(modules)
        modules.forget()
        invalidate_caches()
