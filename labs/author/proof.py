"""`labs test`: proves a lab in the sandbox, each step in a fresh world.

nothing done        no objective passes
the start state     the lab does not pass
each solution       every objective passes
each mistake        the objectives that it names do not pass; all others do, or are blocked
clean               what the solution left is found, then nothing of the lab is left, and nothing at all that was
                    not there before
bystanders          things beside the lab that are none of its business change no verdict, right or wrong
reads               the operations that READS lists are those that all these steps asked for
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from labs.author.inventory import Inventory
from labs.author.unrelated_resources import Bystanders
from labs.aws.read_only_guard import read_only_guard
from labs.aws.session import ConnectionOptions, open_session
from labs.content.lab import Lab
from labs.content.pack import Catalog
from labs.sandbox import control
from labs.verdict import LabVerdict, State
from labs.verify.runner import Job, leftovers, verify

if TYPE_CHECKING:
    from labs.sandbox.commands import AwsCli


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was tried: `kind` as in the list above; `wrong` is empty if it held."""

    lab: str
    kind: str
    name: str
    wrong: str
    seconds: float


class Prover:
    """Tries labs out in one sandbox that is emptied before each step."""

    def __init__(self, catalog: Catalog, sandbox: control.Sandbox, cli: AwsCli) -> None:
        self.catalog = catalog
        self.sandbox = sandbox
        self.cli = cli
        self.environment = control.environment(sandbox)
        self.inventory = Inventory(self.environment)
        self.bystanders = Bystanders(self.environment)
        self._asked: set[str] = set()
        self._first_look = open_session(ConnectionOptions(environment=self.environment))

    def prove(self, lab: Lab) -> Iterator[Step]:
        """Every step of a lab, each with what is wrong about it."""
        self._asked.clear()
        for kind, name, run in self._steps(lab):
            begun = time.monotonic()
            control.reset(self.sandbox.home)
            wrong = run()
            yield Step(lab.id, kind, name, wrong, time.monotonic() - begun)
        yield Step(lab.id, "reads", "", self._reads(lab), 0.0)

    def _steps(self, lab: Lab) -> list[tuple[str, str, Callable[[], str]]]:
        steps: list[tuple[str, str, Callable[[], str]]] = [("nothing", "", partial(self._nothing, lab))]
        if lab.script("start"):
            steps.append(("start", "", partial(self._start, lab)))
        steps += [
            ("solution", name, partial(self._solution, lab, path)) for name, path in lab.solutions().items()
        ]
        steps += [("mistake", name, partial(self._mistake, lab, name)) for name in lab.task.mistakes]
        return [
            *steps,
            ("clean", "", partial(self._clean, lab)),
            ("bystanders", "", partial(self._innocence, lab)),
        ]

    def _nothing(self, lab: Lab) -> str:
        passed = [finding.id for finding in self._verdict(lab).findings if finding.state is State.PASSED]
        return f"passes with nothing done: {', '.join(passed)}" if passed else ""

    def _start(self, lab: Lab) -> str:
        return self._begin(lab) or ("the start state passes" if self._verdict(lab).passed else "")

    def _solution(self, lab: Lab, script: Path) -> str:
        return self._begin(lab) or self._run(lab, script) or _not_passed(self._verdict(lab))

    def _mistake(self, lab: Lab, name: str) -> str:
        script = lab.folder / "mistakes" / f"{name}.sh"
        wrong = self._begin(lab) or self._run(lab, script)
        if wrong:
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
        before = self.inventory.things()
        wrong = self._begin(lab) or self._run(lab, lab.folder / "solution.sh")
        if wrong:
            return wrong
        if not self._left(lab):
            return "LEFTOVERS find nothing of what the solution made"
        wrong = self._run(lab, lab.folder / "clean.sh")
        if wrong:
            return wrong
        if left := self._left(lab):
            return f"left behind: {', '.join(left)}"
        more = sorted(self.inventory.things() - before)
        return f"left behind, and not told by LEFTOVERS: {', '.join(more)}" if more else ""

    def _innocence(self, lab: Lab) -> str:
        """With bystanders the start passes nothing that it did not, and the solution still passes everything."""
        names = lab.names({}, account=self.sandbox.account, region=self.sandbox.region)
        wrong = self._begin(lab)
        if wrong:
            return wrong
        alone = _states(self._verdict(lab))
        self.bystanders.arrive(names)
        crowded = _states(self._verdict(lab))
        if alone != crowded:
            return f"bystanders change what nothing done passes: {_changes(alone, crowded)}"
        control.reset(self.sandbox.home)
        wrong = self._begin(lab) or self._run(lab, lab.folder / "solution.sh")
        if wrong:
            return wrong
        self.bystanders.arrive(names)
        spoiled = _not_passed(self._verdict(lab))
        return f"bystanders spoil the solution: {spoiled}" if spoiled else ""

    def _left(self, lab: Lab) -> list[str]:
        with read_only_guard():
            look = self._first_look.again()
            found = leftovers(lab, self.catalog.verifier(lab), {}, look)
        self._asked |= look.visit.asked()
        return found

    def _reads(self, lab: Lab) -> str:
        """What the lab lists and never asks for: its policy would let the verifier do more than it needs."""
        idle = sorted(set(self.catalog.verifier(lab).reads) - self._asked)
        return f"listed in READS, and asked for in none of these steps: {', '.join(idle)}" if idle else ""

    def _begin(self, lab: Lab) -> str:
        script = lab.script("start")
        return self._run(lab, script) if script else ""

    def _run(self, lab: Lab, script: Path) -> str:
        names = lab.names({}, account=self.sandbox.account, region=self.sandbox.region)
        ran = self.cli.run(script, {**self.environment, **lab.variables(names)})
        return (
            f"{script.name} ended with {ran.exit_code}: {ran.output.strip()[-600:]}" if ran.exit_code else ""
        )

    def _verdict(self, lab: Lab) -> LabVerdict:
        with read_only_guard():
            look = self._first_look.again()
            verdict = verify([Job(lab, self.catalog.verifier(lab))], look)
        self._asked |= look.visit.asked()
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
