"""Plays labs in a real account: each stage starts from nothing, is judged, and cleaned up.

Before the first script of a stage runs, the state file says what may exist in the account. However a stage ends, its
clean-up follows; if that is impossible (kill -9, a second Ctrl-C), the next run with `--resume` does it. Labs whose
names were in the account before are not played, so nothing of theirs is removed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from labs.author import expectations
from labs.author.account.plan import Stage, cost, scripts, stages
from labs.author.account.real_account import RealAccount
from labs.author.account.run_state import RunState, StateFile
from labs.author.proof_step import ProofStep
from labs.aws.session import AwsSession
from labs.content.lab import Lab
from labs.errors import NotClean, OutOfBudget, UsageError
from labs.sdk import Leftover
from labs.verdict import LabVerdict, Verdict
from labs.verify.job import Job

SCRIPT_SECONDS = 1800.0
"""Timeout of a script, unless the budget ends it earlier."""
MIN_SECONDS = 120.0
"""Minimum time of a script or wait, whatever is left of the budget, which was checked before the stage."""
CLEAN_PAUSES = 20
"""How often to check whether AWS has removed deleted resources."""
PAUSE_SECONDS = 15.0

Recorder = Callable[[Stage, list[Job], Verdict, AwsSession], None]


@dataclass
class AccountProof:
    """The proof of labs in one account; `report` is called with a line for each action."""

    account: RealAccount
    file: StateFile
    state: RunState
    now: Callable[[], datetime]
    wait: float
    record: Recorder
    report: Callable[[str], None]

    def run(self, labs: Iterable[Lab]) -> Iterator[ProofStep]:
        """Yields each step when it is done. Raises OutOfBudget before a stage, NotClean after a clean-up.

        First removes what an earlier run left behind.
        """
        labs = list(labs)
        if self.state.playing:
            yield self._cleaned(next(lab for lab in labs if lab.id == self.state.playing.lab))
        for lab in labs:
            if lab.id not in self.state.before:
                self._store_inventory(lab)
            for stage in stages(lab):
                if not self.state.is_done(stage):
                    yield from self._stage(lab, stage)
            left = Stage(lab.id, "left")
            if not self.state.is_done(left):
                yield self._done(left, self._left(lab), self.now())

    def _store_inventory(self, lab: Lab) -> None:
        """Stores the inventory of the account before a lab. Raises UsageError if resources have the lab's names."""
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
            wrong = self._run_scripts(lab, stage) or self._judged(lab, stage)
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
        """Cleans up the current stage. Raises NotClean if something is left."""
        stage, started = self.state.playing, self.now()
        assert stage is not None
        self.report(f"cleaning up {lab.id}")
        self._clean(lab)
        return self._done(Stage(lab.id, "clean", stage.name or stage.kind), "", started)

    def _clean(self, lab: Lab) -> None:
        """Removes the resources of a lab. Raises NotClean if something is left.

        The budget is charged when nothing is left, because the resources cost until then.
        """
        outcome = self.account.remove(lab)
        if outcome.left and self._left_after_waiting(lab):
            left = ", ".join(f"{thing} ({why})" for thing, why in outcome.left.items())
            raise NotClean(
                f"{lab.id}: still in account {self.state.account}: {left}. Remove it by hand "
                f"(`labs clean {lab.id}` prints the commands), or try again: "
                f"labs test --account {self.state.account} --resume"
            )
        self._charge(lab)
        self.state.playing = self.state.since = None
        self.file.write(self.state)

    def _left_after_waiting(self, lab: Lab) -> list[Leftover]:
        """The leftovers of a lab after giving AWS time to remove them."""
        left = self.account.leftovers(lab)
        for _ in range(CLEAN_PAUSES):
            if not left:
                break
            self.account.pause(PAUSE_SECONDS)
            left = self.account.leftovers(lab)
        return left

    def _run_scripts(self, lab: Lab, stage: Stage) -> str:
        """Runs the scripts of a stage in order. Returns the error of the first that fails, else an empty string."""
        for script in scripts(lab, stage):
            if wrong := self.account.run(lab, script, self._seconds_left(lab, SCRIPT_SECONDS)):
                return wrong
        return ""

    def _judged(self, lab: Lab, stage: Stage) -> str:
        """Judges a stage, waiting for effects. Returns what is wrong with the verdict, else an empty string."""
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
        """New resources in the account that have a name of the lab, as an error message."""
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
        """Stores the result of a step."""
        seconds = (self.now() - started).total_seconds()
        step = ProofStep(stage.lab, stage.kind, stage.name, wrong, seconds)
        self.state.done.append(step)
        self.file.write(self.state)
        return step

    def _refuse_beyond_budget(self, lab: Lab, stage: Stage) -> None:
        needed, left = cost(lab, stage), self.state.max_cost - self.state.spent
        if needed > left + 1e-9:
            raise OutOfBudget(
                f"stopped before {stage}: it costs up to ${needed:.2f}, and ${max(left, 0):.2f} of "
                f"${self.state.max_cost:.2f} is left. "
                f"Go on: labs test --account {self.state.account} --resume --max-cost USD"
            )

    def _charge(self, lab: Lab) -> None:
        """Charges the cost of a stage: by the time that its resources existed, but at least its planned cost."""
        assert self.state.playing is not None
        assert self.state.since is not None
        hours = (self.now() - self.state.since).total_seconds() / 3600
        self.state.spent += max(cost(lab, self.state.playing), hours * lab.task.cost.per_hour)

    def _seconds_left(self, lab: Lab, most: float) -> float:
        """Seconds that a stage may continue within the budget, at most `most`."""
        if not lab.task.cost.per_hour or self.state.since is None:
            return most
        affordable = (self.state.max_cost - self.state.spent) / lab.task.cost.per_hour * 3600
        gone = (self.now() - self.state.since).total_seconds()
        return min(most, max(MIN_SECONDS, affordable - gone))


def _is_unfinished(wrong: Callable[[LabVerdict], str], verdict: Verdict) -> bool:
    """Whether a wrong verdict may still become right: not if a read was denied."""
    [lab] = verdict.labs
    return bool(wrong(lab)) and not any(finding.action for finding in lab.findings)
