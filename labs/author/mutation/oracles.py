"""Test oracles for mutants: the states that a lab's scripts lead to, and the unit tests of the checks.

An oracle is asked while the package is imported with the mutant's mistake (`labs.author.mutation.module_reload`).
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from labs.author.mutation.mutants import Mutant
from labs.author.mutation.sources import imported_by
from labs.author.mutation.states import UNASKED, RecordedState, hintless, replayer
from labs.aws.read_only_guard import read_only_guard
from labs.content.lab import Lab
from labs.content.pack import Catalog
from labs.errors import ContentError, LabsError
from labs.verdict import Finding, State

MAX_TEST_SECONDS = 600
"""After this many seconds unit tests that do not end have detected the mutant: it loops forever."""


PYTEST_OPTIONS = (
    "-qx",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:randomly",
    "-p",
    "no:xdist",
    "-p",
    "no:unraisableexception",
)
"""Options of pytest for the unit tests; plugins that take longer than the tests are off."""


class StateOracle:
    """The recorded states of one lab, and the verdicts of its unchanged check on them."""

    def __init__(self, lab: Lab, catalog: Catalog, states: Sequence[RecordedState]) -> None:
        self.lab = lab
        self.catalog = catalog
        self.states = states
        with read_only_guard():
            self._replayer = replayer(states[0].region)
            true = hintless(catalog.verifier(lab))
            self._expected = [self._replayer.findings(lab, true, state) for state in states]

    def detects(self, mutant: Mutant) -> bool:  # noqa: ARG002 - the package is already imported with its mistake
        """Whether some objective has another verdict in some state."""
        with read_only_guard():
            try:
                verifier = hintless(self.catalog.verifier(self.lab))
            except ContentError:  # it breaks while it is imported: no test could overlook that
                return True
            return any(
                _differ(self._replayer.findings(self.lab, verifier, state), expected)
                for state, expected in zip(self.states, self._expected, strict=True)
            )


def _differ(found: tuple[Finding, ...], expected: tuple[Finding, ...]) -> bool:
    """Whether some objective's state differs, for a reason that these answers give."""
    unasked = {each.id for each in found if each.message.startswith(UNASKED)}
    return any(
        here.state is not there.state
        and here.id not in unasked
        and not (here.state is State.BLOCKED and unasked.intersection(here.needs))
        for here, there in zip(found, expected, strict=True)
    )


class UnitTestOracle:
    """The unit tests of a folder that import the mutant's module, directly or by another module of the package.

    Raises LabsError where they fail without any mutant: they would detect every one.
    """

    def __init__(self, package: str, checks: Path, tests: Path) -> None:
        self._modules = {
            file: imported_by(package, checks, file.read_text(encoding="utf-8"))
            for file in sorted(tests.glob("test_*.py"))
        }
        if any(self._modules.values()) and _fail(
            [file for file, modules in self._modules.items() if modules]
        ):
            raise LabsError(f"the unit tests in {tests} fail without any mutant")

    def detects(self, mutant: Mutant) -> bool:
        """Whether one of them fails."""
        mine = [file for file, modules in self._modules.items() if mutant.module in modules]
        return bool(mine) and _fail(mine)


def _fail(files: Sequence[Path]) -> bool:
    """Runs unit tests in a copy of this process, which has the slow imports behind it, until the first fails."""
    import boto3  # noqa: F401 - so that no copy has to
    import pytest

    sys.stdout.flush()
    with tempfile.TemporaryDirectory(prefix="labs-mutation-") as folder:
        child = os.fork()
        if child:
            return os.waitpid(child, 0)[1] != 0
        os.environ.pop("PYTEST_ADDOPTS", None)  # options of a run of tests around this one
        signal.alarm(MAX_TEST_SECONDS)
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        os._exit(pytest.main([*map(str, files), f"--basetemp={folder}/tests", *PYTEST_OPTIONS]))
