"""`labs test`: proves a lab in the sandbox, each step in the state that its scripts lead to from an empty world.

texts               the texts avoid the words that the pack lists, if it has such a list
nothing done        no objective passes
the start state     the lab does not pass
each solution       every objective passes
each mistake        the objectives that it names do not pass; all others pass or are blocked
clean               what the solution left is found; after it, after every step of it and of each mistake, and after
                    whatever `--account` plays, the clean-up leaves nothing of the lab, and nothing at all that was not
                    there before, but for what a mistake made under another name, and what depends on that
unrelated           resources that have nothing to do with the lab change no verdict, right or wrong
policy              the solution passes for a role with only the policy of `labs policy`, with the checks in the
                    process in which a learner's command runs those of a foreign pack
reads               READS lists exactly the operations that these steps called, and the check imports
                    nothing of `labs` except `labs.sdk`

In a realistic sandbox, only start, solutions and clean are run, which must cope with AWS's delays. The sandbox's
clock is advanced instead of waiting.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from labs.author import expectations
from labs.author.clean_proof import CleanProof
from labs.author.imports import foreign_imports
from labs.author.mutation.sources import sources_of
from labs.author.played_states import PlayedStates, mistake_script, start_scripts
from labs.author.policy_proof import PolicyProof
from labs.author.proof_step import ProofStep
from labs.author.unrelated_resources import MADE_BY_HAND, UNRELATED, UnrelatedResources, similar_names
from labs.aws.last_look import own_requests
from labs.aws.pack_checks import verifier_of
from labs.aws.read_only_guard import read_only_guard
from labs.aws.session import ConnectionOptions, open_session
from labs.content import text_lint
from labs.content.lab import Lab
from labs.content.pack import Catalog
from labs.sandbox import control
from labs.sdk import Leftover
from labs.verdict import LabVerdict, State
from labs.verify.job import Job
from labs.verify.leftovers import leftovers
from labs.verify.runner import verify

_Trial = tuple[str, str, Callable[[], str]]
"""Kind and name of a step, and the function that runs it and returns what is wrong."""

_MAX_CHECKS = 40
_SECONDS_BETWEEN_CHECKS = 15.0
"""Seconds on the sandbox's clock; 40 checks make ten minutes, the timeout of `aws ecs wait services-stable`."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which steps run, and whether the worlds of failed steps are kept."""

    pattern: str = ""
    """Part of a step's kind and name (`mistake gp2`, `solution`); empty for all."""
    worlds: Path | None = None
    """The folder in which the worlds of failed steps are kept."""

    def takes(self, kind: str, name: str) -> bool:
        """Whether a step of this kind and name runs."""
        return self.pattern in f"{kind} {name}"


class Prover:
    """Proves labs in one sandbox."""

    def __init__(
        self,
        catalog: Catalog,
        states: PlayedStates,
        selection: Selection | None = None,
        policies: PolicyProof | None = None,
    ) -> None:
        self.catalog = catalog
        self.states = states
        self.selection = selection or Selection()
        self.policies = policies
        self.cleaning = CleanProof(states, self._left)
        self.unrelated = UnrelatedResources(states.environment)
        self.realistic = states.sandbox.realistic
        self._asked: set[str] = set()
        self._first_session = open_session(ConnectionOptions(environment=states.environment))

    def prove(self, lab: Lab) -> Iterator[ProofStep]:
        """Yields each step of a lab with its result."""
        self._asked.clear()
        for kind, name, run in self._steps(lab):
            if self.selection.takes(kind, name):
                started = time.monotonic()
                wrong = run()
                world = self._keep(lab, kind, name) if wrong else None
                yield ProofStep(lab.id, kind, name, wrong, time.monotonic() - started, world)
        if not (self.realistic or self.selection.pattern):  # it depends on the requests of all other steps
            yield ProofStep(lab.id, "reads", "", self._reads(lab), 0.0)

    def _keep(self, lab: Lab, kind: str, name: str) -> str | None:
        """Saves the world of a failed step, if worlds are kept. Returns the file."""
        if self.selection.worlds is None:
            return None
        self.selection.worlds.mkdir(parents=True, exist_ok=True)
        file = self.selection.worlds / f"{'.'.join(part for part in (lab.id, kind, name) if part)}.world"
        control.save(self.states.sandbox.home, file)
        return str(file)

    def _steps(self, lab: Lab) -> list[_Trial]:
        start: list[_Trial] = [("start", "", partial(self._start, lab))] if lab.script("start") else []
        solutions: list[_Trial] = [
            ("solution", name, partial(self._solution, lab, path)) for name, path in lab.solutions().items()
        ]
        clean: _Trial = ("clean", "", partial(self.cleaning.wrong, lab))
        if self.realistic:
            return [*start, *solutions, clean]
        mistakes: list[_Trial] = [
            ("mistake", name, partial(self._mistake, lab, name)) for name in lab.task.mistakes
        ]
        texts: list[_Trial] = (
            [("texts", "", partial(self._texts, lab))] if self.catalog.labs[lab.id].words else []
        )
        nothing: _Trial = ("nothing", "", partial(self._nothing, lab))
        unrelated: _Trial = ("unrelated", "", partial(self._unrelated, lab))
        policy: list[_Trial] = [("policy", "", partial(self._policy, lab))] if self.policies else []
        return [*texts, nothing, *start, *solutions, *mistakes, clean, unrelated, *policy]

    def _texts(self, lab: Lab) -> str:
        return "; ".join(text_lint.lint_lab(lab, self.catalog.labs[lab.id]))

    def _nothing(self, lab: Lab) -> str:
        self.states.enter(lab)
        return expectations.wrong_with_nothing_done(self._verdict(lab))

    def _start(self, lab: Lab) -> str:
        return self._enter(lab) or expectations.wrong_at_start(self._verdict(lab))

    def _solution(self, lab: Lab, script: Path) -> str:
        if wrong := self._enter(lab, script):
            return wrong
        wrong = expectations.wrong_with_solution(self._verdict(lab))
        for _ in range(_MAX_CHECKS if self.realistic else 0):
            if not wrong:
                break
            self.states.wait(_SECONDS_BETWEEN_CHECKS)
            wrong = expectations.wrong_with_solution(self._verdict(lab))
        return wrong

    def _mistake(self, lab: Lab, name: str) -> str:
        wrong = self._enter(lab, mistake_script(lab, name))
        return wrong or expectations.wrong_with_mistake(lab, name, self._verdict(lab))

    def _unrelated(self, lab: Lab) -> str:
        """Tries the start and the solution with unrelated resources, which must not change any verdict."""
        if wrong := self._enter(lab):
            return wrong
        alone = _states(self._verdict(lab))
        self._add_unrelated(lab)
        crowded = _states(self._verdict(lab))
        if alone != crowded:
            return f"before any work, {UNRELATED} change the verdict: {_changes(alone, crowded)}"
        if wrong := self._enter(lab, lab.folder / "solution.sh"):
            return wrong
        self._add_unrelated(lab)
        spoiled = expectations.wrong_with_solution(self._verdict(lab))
        return f"after the solution, {UNRELATED} change the verdict: {spoiled}" if spoiled else ""

    def _add_unrelated(self, lab: Lab) -> None:
        """Adds unrelated resources; for labs of other services, plays the solution under other names."""
        with own_requests():
            self.unrelated.add(self.states.names(lab))
        reads = self.catalog.verifier(lab).reads
        if {read.partition(":")[0] for read in reads} - MADE_BY_HAND:
            for names, region in similar_names(lab, self.states.names(lab)):
                self.states.run(lab, lab.folder / "solution.sh", names, region)

    def _policy(self, lab: Lab) -> str:
        if wrong := self._enter(lab, lab.folder / "solution.sh"):
            return wrong
        world = self.states.world(lab, *start_scripts(lab), lab.folder / "solution.sh")
        assert self.policies is not None, "the step is there only with a sandbox that enforces IAM"
        return self.policies.wrong(lab, verifier_of(self.catalog, lab), world)

    def _enter(self, lab: Lab, *scripts: Path) -> str:
        """Enters the state after the lab's start and these scripts. Returns the error, or an empty string."""
        return self.states.enter(lab, *start_scripts(lab), *scripts)

    def _left(self, lab: Lab) -> list[Leftover]:
        with read_only_guard():
            session = self._first_session.again()
            found = leftovers(lab, self.catalog.verifier(lab), {}, session)
        self._asked |= session.scope.asked()
        return found

    def _reads(self, lab: Lab) -> str:
        """Returns listed reads that no step used: the lab's policy would allow more than needed.

        The reads of a clean-up are excluded, because they depend on what exists.
        """
        pack = self.catalog.labs[lab.id]
        sources = sources_of(pack, lab.id)
        if foreign := foreign_imports(sources):
            return "; ".join(foreign)
        verifier = self.catalog.verifier(lab)
        for_cleaning = {read for each in verifier.leftovers for read in each.reads}
        return expectations.idle_reads(set(verifier.reads) - for_cleaning, self._asked)

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
