"""`labs test`: proves a lab in the sandbox, each step in the state that its scripts lead to from an empty world.

nothing done        no objective passes
the start state     the lab does not pass
each solution       every objective passes
each mistake        the objectives that it names do not pass; all others do, or are blocked
clean               what the solution left is found, then nothing of the lab is left, and nothing at all that was
                    not there before
bystanders          resources that have nothing to do with the lab change no verdict, right or wrong
reads               the operations that READS lists are those that all these steps asked for

In a realistic sandbox only start, solutions and clean are tried: they must get along with AWS's delays. What
comes about by itself is waited for, in the sandbox's time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from labs.author.inventory import Inventory
from labs.author.played_states import PlayedStates, mistake_script, start_scripts
from labs.author.unrelated_resources import UnrelatedResources
from labs.aws.read_only_guard import read_only_guard
from labs.aws.session import ConnectionOptions, open_session
from labs.content.lab import Lab
from labs.content.pack import Catalog
from labs.verdict import LabVerdict, State
from labs.verify.runner import Job, leftovers, verify

_Trial = tuple[str, str, Callable[[], str]]
"""Kind and name of a step, and what tries it and says what is wrong."""

_MAX_LOOKS = 40
_BETWEEN_LOOKS = 15.0
"""Seconds of the sandbox; together ten minutes, which is also how long `aws ecs wait services-stable` waits."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was tried: `kind` as in the list above; `wrong` is empty if it held."""

    lab: str
    kind: str
    name: str
    wrong: str
    seconds: float


class Prover:
    """Tries labs out in one sandbox."""

    def __init__(self, catalog: Catalog, states: PlayedStates) -> None:
        self.catalog = catalog
        self.states = states
        self.inventory = Inventory(states.environment)
        self.unrelated = UnrelatedResources(states.environment)
        self.realistic = states.sandbox.realistic
        self._asked: set[str] = set()
        self._first_session = open_session(ConnectionOptions(environment=states.environment))

    def prove(self, lab: Lab) -> Iterator[Step]:
        """Every step of a lab, each with what is wrong about it."""
        self._asked.clear()
        for kind, name, run in self._steps(lab):
            started = time.monotonic()
            wrong = run()
            yield Step(lab.id, kind, name, wrong, time.monotonic() - started)
        if self.realistic:
            return
        yield Step(lab.id, "reads", "", self._reads(lab), 0.0)

    def _steps(self, lab: Lab) -> list[_Trial]:
        start: list[_Trial] = [("start", "", partial(self._start, lab))] if lab.script("start") else []
        solutions: list[_Trial] = [
            ("solution", name, partial(self._solution, lab, path)) for name, path in lab.solutions().items()
        ]
        clean: _Trial = ("clean", "", partial(self._clean, lab))
        if self.realistic:
            return [*start, *solutions, clean]
        mistakes: list[_Trial] = [
            ("mistake", name, partial(self._mistake, lab, name)) for name in lab.task.mistakes
        ]
        nothing: _Trial = ("nothing", "", partial(self._nothing, lab))
        bystanders: _Trial = ("bystanders", "", partial(self._unrelated, lab))
        return [nothing, *start, *solutions, *mistakes, clean, bystanders]

    def _nothing(self, lab: Lab) -> str:
        self.states.enter(lab)
        passed = [finding.id for finding in self._verdict(lab).findings if finding.state is State.PASSED]
        return f"passes with nothing done: {', '.join(passed)}" if passed else ""

    def _start(self, lab: Lab) -> str:
        wrong = self._enter(lab)
        return wrong or ("the start state passes" if self._verdict(lab).passed else "")

    def _solution(self, lab: Lab, script: Path) -> str:
        if wrong := self._enter(lab, script):
            return wrong
        wrong = _not_passed(self._verdict(lab))
        for _ in range(_MAX_LOOKS if self.realistic else 0):
            if not wrong:
                break
            self.states.wait(_BETWEEN_LOOKS)
            wrong = _not_passed(self._verdict(lab))
        return wrong

    def _mistake(self, lab: Lab, name: str) -> str:
        if wrong := self._enter(lab, mistake_script(lab, name)):
            return wrong
        verdict = self._verdict(lab)
        breaks = set(lab.task.mistakes[name].breaks)
        slipped = [each.id for each in verdict.findings if each.id in breaks and each.state is State.PASSED]
        if slipped:
            return f"passes all the same: {', '.join(slipped)}"
        others = [each for each in verdict.findings if each.id not in breaks]
        hurt = [each.id for each in others if each.state not in {State.PASSED, State.BLOCKED}]
        unsure = [each.id for each in verdict.findings if each.state is State.INCONCLUSIVE]
        if unsure:
            return f"could not be judged: {', '.join(unsure)}"
        return f"fails too, though task.toml does not name it: {', '.join(hurt)}" if hurt else ""

    def _clean(self, lab: Lab) -> str:
        self.states.enter(lab)
        before = self.inventory.things()
        if wrong := self._enter(lab, lab.folder / "solution.sh"):
            return wrong
        if not self._left(lab):
            return "LEFTOVERS find nothing of what the solution made"
        if wrong := self.states.run(lab, lab.folder / "clean.sh"):
            return wrong
        if left := self._left(lab):
            return f"left behind: {', '.join(left)}"
        more = sorted(self.inventory.things() - before)
        return f"left behind, and not told by LEFTOVERS: {', '.join(more)}" if more else ""

    def _unrelated(self, lab: Lab) -> str:
        """With unrelated resources the start passes what it passed without, and the solution still everything."""
        if wrong := self._enter(lab):
            return wrong
        alone = _states(self._verdict(lab))
        self.unrelated.add(self.states.names(lab))
        crowded = _states(self._verdict(lab))
        if alone != crowded:
            return f"bystanders change what nothing done passes: {_changes(alone, crowded)}"
        if wrong := self._enter(lab, lab.folder / "solution.sh"):
            return wrong
        self.unrelated.add(self.states.names(lab))
        spoiled = _not_passed(self._verdict(lab))
        return f"bystanders spoil the solution: {spoiled}" if spoiled else ""

    def _enter(self, lab: Lab, *scripts: Path) -> str:
        """Enters the state that these scripts lead to from the lab's start; why it cannot, and nothing if it can."""
        return self.states.enter(lab, *start_scripts(lab), *scripts)

    def _left(self, lab: Lab) -> list[str]:
        with read_only_guard():
            session = self._first_session.again()
            found = leftovers(lab, self.catalog.verifier(lab), {}, session)
        self._asked |= session.scope.asked()
        return found

    def _reads(self, lab: Lab) -> str:
        """What the lab lists and never asks for: its policy would let the verifier do more than it needs."""
        idle = sorted(set(self.catalog.verifier(lab).reads) - self._asked)
        return f"listed in READS, and asked for in none of these steps: {', '.join(idle)}" if idle else ""

    def _verdict(self, lab: Lab) -> LabVerdict:
        with read_only_guard():
            session = self._first_session.again()
            verdict = verify([Job(lab, self.catalog.verifier(lab))], session)
        self._asked |= session.scope.asked()
        return verdict.labs[0]


def _states(verdict: LabVerdict) -> dict[str, State]:
    return {finding.id: finding.state for finding in verdict.findings}


def _changes(before: dict[str, State], after: dict[str, State]) -> str:
    return ", ".join(
        f"{name} was {before[name]}, is {after[name]}" for name in before if before[name] != after[name]
    )


def _not_passed(verdict: LabVerdict) -> str:
    wrong = [
        f"{each.id} is {each.state.value} ({each.found or each.message})"
        for each in verdict.findings
        if each.state is not State.PASSED
    ]
    return "; ".join(wrong)
