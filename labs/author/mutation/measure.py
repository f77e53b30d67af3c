"""Measures the mutation score of checks: the share of small mistakes that the labs' own tests detect.

A mutant is killed by a state of its lab (nothing done, a solution, a mistake) in which some objective's state differs
from that of the original check, or by a unit test. Otherwise it survives. A mutant that makes a request that was not
recorded with the state cannot be judged there, which does not kill it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

from labs.author.mutation.executed_lines import executed_lines
from labs.author.mutation.module_reload import ModuleReloader, reimported
from labs.author.mutation.mutant import Mutant
from labs.author.mutation.mutants import mutants
from labs.author.mutation.oracles import StateOracle
from labs.author.mutation.scores import Score, fingerprint, survivor
from labs.author.mutation.sources import sources_of
from labs.author.mutation.states import RecordedState, StateKeeper
from labs.author.mutation.unit_tests import UnitTestOracle
from labs.content.lab import Lab
from labs.content.pack import Catalog, check_package
from labs.sdk import Pack

Key = tuple[str, int, int, str]
"""The identity of a mutant: its module, line, column and change."""


class MutationRun:
    """The mutants of the labs of one pack, and the oracles that may detect them.

    A mutant of a lab's own module is detected by the lab's states or by a unit test. A mutant of a shared module may be
    detected by any lab that uses the module, and is tried once for all of them.
    """

    def __init__(
        self,
        catalog: Catalog,
        pack: Pack,
        modules: ModuleReloader,
        states: Callable[[Lab], Sequence[RecordedState]],
        tests: UnitTestOracle,
    ) -> None:
        self.catalog = catalog
        self.modules = modules
        self.labs = [catalog.lab(name) for name, of in catalog.labs.items() if of == pack]
        self.sources = {lab.id: sources_of(pack, lab.id) for lab in self.labs}
        self._states_of = states
        self._states: dict[str, StateOracle] = {}
        self._tests = tests
        with executed_lines(pack.checks) as lines:
            modules.import_all()
        self._at_import = frozenset(lines)
        self._tried: dict[Key, bool] = {}

    def score(self, lab: Lab) -> Score:
        """Tries every mutant of a lab's check until one oracle detects it."""
        everything = mutants(self.sources[lab.id])
        survivors = tuple(survivor(each) for each in everything if not self._is_killed(each, lab))
        return Score(
            lab.id,
            fingerprint(self.sources[lab.id]),
            len(self.states(lab).states),
            len(everything) - len(survivors),
            survivors,
        )

    def states(self, lab: Lab) -> StateOracle:
        """The states of a lab, loaded or made on first use."""
        if lab.id not in self._states:
            self._states[lab.id] = StateOracle(lab, self.catalog, self._states_of(lab), self._at_import)
        return self._states[lab.id]

    def _is_killed(self, mutant: Mutant, lab: Lab) -> bool:
        key = (mutant.module, mutant.line, mutant.column, mutant.change)
        if key not in self._tried:
            self._tried[key] = any(self._detects(oracle, mutant) for oracle in self._oracles(mutant, lab))
        return self._tried[key]

    def _detects(self, oracle: StateOracle | UnitTestOracle, mutant: Mutant) -> bool:
        if not oracle.reaches(mutant):
            return False
        with self.modules.changed(mutant):
            return oracle.detects(mutant)

    def _oracles(self, mutant: Mutant, lab: Lab) -> Iterator[StateOracle | UnitTestOracle]:
        """The oracles for a mutant, fastest first."""
        yield self.states(lab)
        yield self._tests
        yield from map(self.states, self._others(mutant, lab))

    def _others(self, mutant: Mutant, lab: Lab) -> list[Lab]:
        return [
            each for each in self.labs if each.id != lab.id and mutant.module in self.sources[each.id].texts
        ]


def measure(catalog: Catalog, labs: Iterable[Lab], cache: Path, tests: Path) -> Iterator[Score]:
    """Yields the score of each lab; makes the states that are not in the cache."""
    with StateKeeper(cache) as keeper:
        for pack, group in groupby(labs, key=lambda lab: catalog.labs[lab.id]):
            with (
                reimported(check_package(pack), pack.checks) as modules,
                UnitTestOracle(modules, tests) as unit_tests,
            ):
                run = MutationRun(
                    catalog,
                    pack,
                    modules,
                    lambda lab: list(keeper.states(lab, catalog.verifier(lab))),
                    unit_tests,
                )
                yield from map(run.score, group)
