"""A test oracle for mutants: the states that a lab's scripts lead to. `unit_tests` has the other oracle.

Oracles are called while the package is imported with the mutant (`module_reload`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from labs.author.mutation.executed_lines import Line, executed_lines
from labs.author.mutation.mutant import Mutant
from labs.author.mutation.states import RecordedState, hintless, replayer
from labs.aws.read_only_guard import read_only_guard
from labs.content.lab import Lab
from labs.content.pack import Catalog
from labs.errors import ContentError
from labs.verdict import Finding, State
from labs.verify.replay import UNASKED


@dataclass(frozen=True, slots=True)
class _JudgedState:
    """A state, the findings of the original check on it, and the lines that were executed."""

    state: RecordedState
    expected: tuple[Finding, ...]
    lines: frozenset[Line]


class StateOracle:
    """The recorded states of one lab with the verdicts of its original check; the last one to detect comes first."""

    def __init__(
        self,
        lab: Lab,
        catalog: Catalog,
        states: Sequence[RecordedState],
        at_import: frozenset[Line] = frozenset(),
    ) -> None:
        self.lab = lab
        self.catalog = catalog
        with read_only_guard():
            self._replayer = replayer(states[0].region)
            true = hintless(catalog.verifier(lab))
            self.states = []
            for state in states:
                with executed_lines(catalog.labs[lab.id].checks) as lines:
                    expected = self._replayer.findings(lab, true, state)
                self.states.append(_JudgedState(state, expected, at_import.union(lines)))

    def reaches(self, mutant: Mutant) -> bool:
        """Whether the original check executes the mutant's statement in some state."""
        return any(mutant.runs_in(each.lines) for each in self.states)

    def detects(self, mutant: Mutant) -> bool:
        """Whether some objective's state differs in some recorded state."""
        with read_only_guard():
            try:
                verifier = hintless(self.catalog.verifier(self.lab))
            except ContentError:  # it fails on import, which every test would notice
                return True
            for each in self.states:
                if mutant.runs_in(each.lines) and _differ(
                    self._replayer.findings(self.lab, verifier, each.state), each.expected
                ):
                    self.states.remove(each)
                    self.states.insert(0, each)
                    return True
        return False


def _differ(found: tuple[Finding, ...], expected: tuple[Finding, ...]) -> bool:
    """Whether some objective's state differs, and not because of a request that was not recorded."""
    unasked = {each.id for each in found if each.message.startswith(UNASKED)}
    return any(
        here.state is not there.state
        and here.id not in unasked
        and not (here.state is State.BLOCKED and unasked.intersection(here.needs))
        for here, there in zip(found, expected, strict=True)
    )
