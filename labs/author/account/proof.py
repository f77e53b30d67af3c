"""Plays labs in a real account: each stage from nothing, then its verdict, then the clean-up.

The state file says what may be standing in the account before the first script of a stage runs. Whatever ends a
stage, its clean-up follows; where that cannot be (kill -9, a second Ctrl-C), the next run with `--resume` does it.
Nothing is ever removed of a lab whose names were in the account before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from labs.author import expectations
from labs.author.account.plan import Stage, cost, scripts, stages
from labs.author.account.real_account import RealAccount
from labs.author.account.run_state import Played, RunState, StateFile
from labs.author.proof_step import ProofStep
from labs.aws.session import AwsSession
from labs.content.lab import Lab
from labs.errors import NotClean, OutOfBudget, UsageError
from labs.sdk import Leftover
from labs.verdict import LabVerdict, Verdict
from labs.verify.job import Job

SCRIPT_SECONDS = 1800.0
"""Seconds after which a script is ended, where the budget does not end it before."""
MIN_SECONDS = 120.0
"""Seconds that a script and a wait may take in any case: the budget was asked before the stage began."""
CLEAN_PAUSES = 20
"""How often it is looked whether AWS has removed what a clean-up deleted, a few seconds apart."""
PAUSE_SECONDS = 15.0

Recorder = Callable[[Stage, list[Job], Verdict, AwsSession], None]


@dataclass
class AccountProof:
    """The proof of labs in one account; `report` gets a line for each thing that it starts to do."""

    account: RealAccount
    file: StateFile
    state: RunState
    now: Callable[[], datetime]
    wait: float
    record: Recorder
    report: Callable[[str], None]

    def run(self, labs: Iterable[Lab]) -> Iterator[ProofStep]:
        """Every step, as it is done. Raises OutOfBudget before a stage that may exceed it, NotClean after a clean-up.

        What an earlier run left behind is removed first.
        """
        labs = list(labs)
        if self.state.playing:
            yield self._cleaned(next(lab for lab in labs if lab.id == self.state.playing.lab))
        for lab in labs:
            if lab.id not in self.state.before:
                self._note_what_is_there(lab)
            for stage in stages(lab):
                if not self.state.is_done(stage):
                    yield from self._stage(lab, stage)
            left = Stage(lab.id, "left")
            if not self.state.is_done(left):
                yield self._done(left, self._left(lab), self.now())

    def _note_what_is_there(self, lab: Lab) -> None:
        """Stores what is in the account before a lab. Raises UsageError if something has the lab's names."""
        if left := self.account.leftovers(lab):
            raise UsageError(
                f"{lab.id}: already in account {self.state.account}: {', '.join(map(str, left))}. Nothing was changed"
            )
        self.state.before[lab.id] = sorted(self.account.inventory())
        self.file.write(self.state)

    def _stage(self, lab: Lab, stage: Stage) -> Iterator[ProofStep]:
        self._refuse_beyond_budget(lab, stage)
        started = self.now()
        self.report(f"playing {stage}")
        if not scripts(lab, stage):
            yield self._done(stage, self._judged(lab, stage), started)
            return
        self.state.playing, self.state.since = stage, started
        self.file.write(self.state)
        try:
            wrong = self._scripts(lab, stage) or self._judged(lab, stage)
            played = self._done(stage, wrong, started)
            cleaned = self._cleaned(lab)
        except NotClean:
            raise
        except BaseException:
            self.report(f"cleaning up {lab.id} (Ctrl-C leaves it to `labs test --resume`)")
            self._clean(lab)
            raise
        yield from (played, cleaned)

    def _cleaned(self, lab: Lab) -> ProofStep:
        """The clean-up of the stage that is in the account. Raises NotClean if something is left."""
        stage, started = self.state.playing, self.now()
        assert stage is not None
        self.report(f"cleaning up {lab.id}")
        self._clean(lab)
        return self._done(Stage(lab.id, "clean", stage.name or stage.kind), "", started)

    def _clean(self, lab: Lab) -> None:
        """Removes what is in the account of a lab. Raises NotClean if something stays.

        The budget is charged once nothing is left: the resources have cost until then.
        """
        outcome = self.account.remove(lab)
        if outcome.left and self._what_stays(lab):
            left = ", ".join(f"{thing} ({why})" for thing, why in outcome.left.items())
            raise NotClean(
                f"{lab.id}: still in account {self.state.account}: {left}. Remove it by hand "
                f"(`labs clean {lab.id}` prints the commands), or try again: "
                f"labs test --account {self.state.account} --resume"
            )
        self._charge(lab)
        self.state.playing = self.state.since = None
        self.file.write(self.state)

    def _what_stays(self, lab: Lab) -> list[Leftover]:
        """The leftovers of a lab, once AWS has had time to remove them."""
        left = self.account.leftovers(lab)
        for _ in range(CLEAN_PAUSES):
            if not left:
                break
            self.account.pause(PAUSE_SECONDS)
            left = self.account.leftovers(lab)
        return left

    def _scripts(self, lab: Lab, stage: Stage) -> str:
        """Runs the scripts of a stage one after the other; why one failed."""
        for script in scripts(lab, stage):
            if wrong := self.account.run(lab, script, self._seconds_left(lab, SCRIPT_SECONDS)):
                return wrong
        return ""

    def _judged(self, lab: Lab, stage: Stage) -> str:
        """The fault of the verdict on a stage, after the wait for effects."""
        wrong = self._expectation(lab, stage)
        wait = self._seconds_left(lab, self.wait) if scripts(lab, stage) else 0
        jobs, verdict, session = self.account.verdict(lab, partial(_is_unfinished, wrong), wait)
        self.record(stage, jobs, verdict, session)
        return wrong(verdict.labs[0])

    @staticmethod
    def _expectation(lab: Lab, stage: Stage) -> Callable[[LabVerdict], str]:
        match stage.kind:
            case "nothing":
                return expectations.wrong_with_nothing_done
            case "start":
                return expectations.wrong_at_start
            case "solution":
                return expectations.wrong_with_solution
            case _:
                return partial(expectations.wrong_with_mistake, lab, stage.name)

    def _left(self, lab: Lab) -> str:
        """New resources in the account that have a name of the lab."""
        before = set(self.state.before[lab.id])
        names = [
            name
            for parameter, name in self.account.names(lab).items()
            if parameter in lab.task.own or not lab.task.own
        ]
        new = {thing: tags for thing, tags in self.account.inventory().items() if thing not in before}
        own = [thing for thing, tags in new.items() if any(name in f"{thing} {tags}" for name in names)]
        if others := sorted(new.keys() - set(own)):
            self.report(f"new in the account, and without a name of {lab.id}: {', '.join(others)}")
        return f"left behind, and not found by LEFTOVERS: {', '.join(sorted(own))}" if own else ""

    def _done(self, stage: Stage, wrong: str, started: datetime) -> ProofStep:
        """Stores that a step is over."""
        seconds = (self.now() - started).total_seconds()
        self.state.done.append(Played(stage.lab, stage.kind, stage.name, wrong, seconds))
        self.file.write(self.state)
        return ProofStep(stage.lab, stage.kind, stage.name, wrong, seconds)

    def _refuse_beyond_budget(self, lab: Lab, stage: Stage) -> None:
        needed, left = cost(lab, stage), self.state.max_cost - self.state.spent
        if needed > left + 1e-9:
            raise OutOfBudget(
                f"stopped before {stage}: it costs up to ${needed:.2f}, and ${max(left, 0):.2f} of "
                f"${self.state.max_cost:.2f} is left. "
                f"Go on: labs test --account {self.state.account} --resume --max-cost USD"
            )

    def _charge(self, lab: Lab) -> None:
        """Counts what a stage cost: the time that its resources were there, and no less than was planned for it."""
        assert self.state.playing is not None
        assert self.state.since is not None
        hours = (self.now() - self.state.since).total_seconds() / 3600
        self.state.spent += max(cost(lab, self.state.playing), hours * lab.task.cost.per_hour)

    def _seconds_left(self, lab: Lab, most: float) -> float:
        """How long a stage may go on within the budget, but for what its clean-up needs."""
        if not lab.task.cost.per_hour or self.state.since is None:
            return most
        affordable = (self.state.max_cost - self.state.spent) / lab.task.cost.per_hour * 3600
        gone = (self.now() - self.state.since).total_seconds()
        return min(most, max(MIN_SECONDS, affordable - gone))


def _is_unfinished(wrong: Callable[[LabVerdict], str], verdict: Verdict) -> bool:
    """Whether a verdict is not yet what it has to be, and may still become so: a denied read will not."""
    [lab] = verdict.labs
    return bool(wrong(lab)) and not any(finding.action for finding in lab.findings)
