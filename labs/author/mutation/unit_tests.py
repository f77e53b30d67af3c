"""A test oracle for mutants: the unit tests of a folder, run once, and again with each mutant in a forked process.

A fork has all modules imported, and runs only the tests that execute the mutant's line. A mutant whose line runs on
import (a constant, a default) is tried in a new run of pytest.
"""

from __future__ import annotations

import gc
import marshal
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from importlib.util import find_spec
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from types import CodeType, FunctionType, TracebackType
from typing import TYPE_CHECKING, Any, Self

from labs.author.mutation.executed_lines import Line, executed_lines
from labs.author.mutation.module_reload import ModuleReloader
from labs.author.mutation.mutant import Mutant
from labs.author.mutation.sources import imported_by
from labs.errors import LabsError

if TYPE_CHECKING:
    import pytest

MAX_CPU_SECONDS = 120
"""CPU time after which the tests count as failed: the mutant loops forever."""

SLOW_PLUGINS = ("cacheprovider", "randomly", "xdist", "unraisableexception")
"""Plugins of pytest that take longer than the tests."""


class UnitTestOracle:
    """The unit tests of a folder that import the mutant's module, directly or indirectly.

    Raises LabsError if they fail without a mutant, or if pytest is not installed.
    """

    def __init__(self, modules: ModuleReloader, tests: Path) -> None:
        self._modules = modules
        self._imported = {
            file: imported
            for file in sorted(tests.glob("test_*.py"))
            if (imported := imported_by(modules.package, modules.folder, file.read_text(encoding="utf-8")))
        }
        self._at_import: set[Line] = set()
        self._lines: dict[str, set[Line]] = {}
        self._stack = ExitStack()
        if self._imported:
            self._start(tests)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _start(self, tests: Path) -> None:
        if find_spec("pytest") is None:
            raise LabsError(f"The unit tests in {tests} need pytest. Install it beside cardlabs.")
        import boto3  # noqa: F401 - so that no copy has to

        context = get_context("fork")
        self._connection, inner = context.Pipe()

        def run() -> None:
            self._connection.close()
            _pytest(self._imported, [_TestSession(inner, self._modules)])

        process = context.Process(target=run, daemon=True)
        process.start()
        inner.close()
        self._stack.callback(process.join)
        self._stack.callback(self._connection.close)
        try:
            self._at_import, self._lines = self._connection.recv()
        except EOFError:
            self._stack.close()
            raise LabsError(f"the unit tests in {tests} fail without any mutant") from None

    def reaches(self, mutant: Mutant) -> bool:
        """Whether some test imports the mutant's module."""
        return any(mutant.module in modules for modules in self._imported.values())

    def detects(self, mutant: Mutant) -> bool:
        """Whether one of the tests fails."""
        if mutant.runs_in(self._at_import):
            files = [file for file, modules in self._imported.items() if mutant.module in modules]
            return _fails(lambda: _pytest(files))
        names = [name for name, lines in self._lines.items() if mutant.runs_in(lines)]
        if not names:
            return False
        code = mutant.compiled(str(self._modules.folder / f"{mutant.module}.py"))
        self._connection.send((mutant.module, marshal.dumps(code), names))
        killer: str | None = self._connection.recv()
        if killer in self._lines:
            self._lines = {killer: self._lines[killer], **self._lines}
        return killer is not None


class _TestSession:
    """A pytest plugin that runs the tests once, reports the lines of each, and then runs them on mutants."""

    def __init__(self, connection: Connection, modules: ModuleReloader) -> None:
        self._connection = connection
        self._modules = modules
        self._failed = False
        self._collecting = ExitStack()
        self._at_import = self._collecting.enter_context(executed_lines(modules.folder))

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Replaces pytest's loop: runs the tests, then the tests for each mutant that it receives."""
        self._collecting.close()
        items = {item.nodeid: item for item in session.items}
        lines = {}
        for name, item in items.items():
            with executed_lines(self._modules.folder) as lines[name]:
                _run(item)
        if session.testsfailed or self._failed:
            self._connection.close()
            return True
        self._connection.send((self._at_import, lines))
        while (asked := _received(self._connection)) is not None:
            module, code, names = asked
            self._connection.send(self._killer(module, marshal.loads(code), [items[name] for name in names]))  # noqa: S302 - from our own parent process
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remembers that a test failed."""
        self._failed |= report.failed

    def _killer(self, module: str, code: CodeType, items: Sequence[pytest.Item]) -> str | None:
        """The first test that fails in a forked process; empty if the process crashed, None if all pass."""
        reading, writing = os.pipe()

        def run() -> int:
            gc.unfreeze()  # `get_referrers` does not find what the tests' conftest has frozen
            _replace_functions(self._modules.original(module), code)
            for item in items:
                _run(item)
                if self._failed:
                    os.write(writing, item.nodeid.encode())
                    return 1
            return 0

        failed = _fails(run)
        os.close(writing)
        with os.fdopen(reading, encoding="utf-8") as pipe:
            name = pipe.read()
        return name if failed else None


def _received(connection: Connection) -> Any:
    """The next message of the parent process; None at its end."""
    try:
        return connection.recv()
    except EOFError:
        return None


def _run(item: pytest.Item) -> None:
    """Runs one test, and tears down all fixtures below session scope."""
    import pytest

    module: Any = item.listchain()[-2].getparent(pytest.Module)
    item.config.hook.pytest_runtest_protocol(item=item, nextitem=module.parent)


def _replace_functions(old: CodeType, new: CodeType) -> None:
    """Replaces the code of each function of a module, and of its classes, by that of another compilation."""
    for before, after in zip(_inner(old), _inner(new), strict=True):
        functions = [each for each in gc.get_referrers(before) if isinstance(each, FunctionType)]
        for function in functions:
            function.__code__ = after
        if not functions:
            _replace_functions(before, after)


def _inner(code: CodeType) -> list[CodeType]:
    return [each for each in code.co_consts if isinstance(each, CodeType)]


def _pytest(files: Iterable[Path] | Mapping[Path, object], plugins: Sequence[object] = ()) -> int:
    """Runs pytest on these files without output. Returns its exit code."""
    import pytest

    os.environ.pop("PYTEST_ADDOPTS", None)  # options of a run of tests around this one
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    with tempfile.TemporaryDirectory(prefix="labs-mutation-") as folder:
        options = ["-qx", f"--basetemp={folder}/tests", *(f"-pno:{name}" for name in SLOW_PLUGINS)]
        return int(pytest.main([*map(str, files), *options], [*plugins]))


def _fails(run: Callable[[], int]) -> bool:
    """Whether `run` returns a non-zero code in a fork of this process, which has the slow imports done."""
    sys.stdout.flush()
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1] != 0
    signal.setitimer(signal.ITIMER_PROF, MAX_CPU_SECONDS)
    code = 1
    try:
        code = run()
    finally:
        os._exit(code)
