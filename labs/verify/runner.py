"""Runs the objectives of labs and makes verdicts of them: the only place where `blocked` and `inconclusive` arise.

A check can only return Passed or Failed. Whatever it raises becomes `inconclusive` with its reason, and what
needs an objective that did not pass is `blocked`: no fault ever turns into `failed` or `passed`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from labs.aws.faults import Reason, reason
from labs.aws.read_only_guard import unattributed_calls
from labs.aws.request_scope import CheckContext, Read, check_context
from labs.aws.session import AwsSession
from labs.content.lab import Lab
from labs.content.pack import Verifier
from labs.errors import BadParameter, CouldNotLook, UsageError
from labs.sdk import Failed, Objective, Outcome, Passed
from labs.verdict import Finding, LabVerdict, State, Verdict
from labs.verify.emulator_gaps import is_malformed, lacking
from labs.verify.evidence import evidence
from labs.verify.unknown_values import unknown_values

WORKERS = 16
"""Objectives that are judged at the same time."""


@dataclass(frozen=True, slots=True)
class Job:
    """A lab to verify: its check, what was given for its parameters, and the objectives to judge (empty: all)."""

    lab: Lab
    verifier: Verifier
    given: Mapping[str, str] = field(default_factory=dict)
    only: tuple[str, ...] = ()
    cards: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The cards that each objective practises."""
    finds_things: bool = False
    """Whether its objectives fail by what is there, which no emulator can lack."""

    def objectives(self) -> tuple[Objective, ...]:
        """Those to judge, with all that they need. Raises UsageError for one that the lab does not have."""
        by_id = {objective.id: objective for objective in self.verifier.objectives}
        for name in self.only:
            if name not in by_id:
                raise UsageError(f"{self.lab.id} has no objective {name!r}; it has {', '.join(by_id)}")
        wanted: set[str] = set()
        todo = list(self.only or by_id)
        while todo:
            name = todo.pop()
            if name not in wanted:
                wanted.add(name)
                todo.extend(by_id[name].needs)
        return tuple(objective for objective in self.verifier.objectives if objective.id in wanted)


def check_parameters(lab: Lab, given: Mapping[str, str]) -> None:
    """Raises BadParameter for a name that the lab does not know and for an empty value."""
    for name, value in given.items():
        if name not in lab.task.parameters:
            known = ", ".join(lab.task.parameters) or "none"
            raise BadParameter(f"{lab.id} has no parameter {name!r}; it has {known}")
        if not value.strip():
            raise BadParameter(f"parameter {name!r} needs a value")


def verify(jobs: Iterable[Job], look: AwsSession, *, alone: bool = False) -> Verdict:
    """Judges every objective of these labs in one look, side by side, or `alone` in this thread, one after the other.

    Raises WrongAccount before anything else is asked.
    """
    jobs = list(jobs)
    begun = time.monotonic()
    if alone:
        look.identify()
        runs = _runs(jobs, look)
        _judge_in_turn(runs)
    else:
        with _workers() as pool:
            identity = pool.submit(look.identify)
            if any(_needs_account(job, look) for job in jobs):
                identity.result()
            runs = _runs(jobs, look)
            _judge_all(pool, runs)
            identity.result()
    labs = tuple(run.verdict() for run in runs)
    return Verdict(look.target(), labs, look.visit.requests, time.monotonic() - begun)


@contextmanager
def _workers() -> Iterator[Executor]:
    """A pool for one look; after Ctrl-C, those who wait for an answer are left to themselves."""
    pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="look")
    interrupted = False
    try:
        yield pool
    except KeyboardInterrupt:
        interrupted = True
        raise
    finally:
        pool.shutdown(wait=not interrupted, cancel_futures=interrupted)


def _runs(jobs: Iterable[Job], look: AwsSession) -> list[_LabRun]:
    look.refuse_other_account()
    return [_LabRun(job, look) for job in jobs]


def verify_until(
    jobs: Iterable[Job],
    look: AwsSession,
    seconds: float,
    *,
    on_wait: Callable[[Verdict], None] = lambda _: None,
    on_look: Callable[[AwsSession], None] = lambda _: None,
    clock: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
) -> Verdict:
    """Looks again while nothing but effects is missing, for at most so many seconds: AWS may still be at work.

    `on_look` is given each further look: the last one holds what the verdict was told.
    """
    jobs = list(jobs)
    end, step = clock() + seconds, 2.0
    verdict = verify(jobs, look)
    while only_effects_missing(verdict) and (left := end - clock()) > 0:
        on_wait(verdict)
        pause(min(step, left))
        step = min(step * 1.5, 15.0)
        look = look.again()
        on_look(look)
        later = verify(jobs, look)
        verdict = replace(later, calls=verdict.calls + later.calls, seconds=verdict.seconds + later.seconds)
    return verdict


def only_effects_missing(verdict: Verdict) -> bool:
    """Whether some effect has not come about yet, and nothing that the learner configures is wrong."""
    failed = [finding for lab in verdict.labs for finding in lab.findings if finding.state is State.FAILED]
    return bool(failed) and all(finding.effect for finding in failed)


def unseen(job: Job, why: Reason) -> LabVerdict:
    """A lab of which nothing could be looked at, for this one reason."""
    names = {**job.lab.task.parameters, **job.given}
    findings = tuple(_could_not_look(_blank(job, objective, names), why) for objective in job.objectives())
    return LabVerdict(job.lab.id, job.lab.task.title, names, findings, 0.0)


def leftovers(lab: Lab, verifier: Verifier, given: Mapping[str, str], look: AwsSession) -> list[str]:
    """What a lab left behind in the account. Raises CouldNotLook where that cannot be found out."""
    check_parameters(lab, given)
    look.identify()
    who = CheckContext(look.visit, frozenset(verifier.reads))
    try:
        names = lab.names(given, account=look.account_id(), region=look.region)
        with check_context(who):
            left = [thing for find in verifier.leftovers for thing in find(look.account(), names)]
    except (Exception, SystemExit) as error:
        raise CouldNotLook(reason(error, who.allowed).text) from error
    if who.refused:
        raise CouldNotLook(
            f"what is left was asked by {_names(who.refused)}, which is not among the lab's reads"
        )
    return left


def _needs_account(job: Job, look: AwsSession) -> bool:
    """Whether nothing may be asked before the account is known: a name holds it, or `--account` demands one."""
    return bool(look.where.account) or any(
        "{account}" in value for value in {**job.lab.task.parameters, **job.given}.values()
    )


class _LabRun:
    """One lab while it is judged."""

    def __init__(self, job: Job, look: AwsSession) -> None:
        self.job = job
        self.look = look
        self.objectives = job.objectives()
        self.findings: dict[str, Finding] = {}
        self.begun = self.ended = time.monotonic()
        self.parameters, self.fault = self._names()

    def _names(self) -> tuple[dict[str, str], BaseException | None]:
        """The lab's names; where the account must be known and nobody can tell it, why."""
        lab, given = self.job.lab, self.job.given
        if not _needs_account(self.job, self.look):
            return lab.names(given, account="", region=self.look.region), None
        if fault := self.look.fault():
            return {**lab.task.parameters, **given}, fault
        return lab.names(given, account=self.look.account_id(), region=self.look.region), None

    def ready(self, started: set[str]) -> list[Objective]:
        """The objectives that can be judged now: whose needs have all been."""
        return [
            objective
            for objective in self.objectives
            if objective.id not in started and all(need in self.findings for need in objective.needs)
        ]

    def keep(self, finding: Finding) -> None:
        """One more objective has been judged."""
        self.findings[finding.id] = finding
        self.ended = time.monotonic()

    def judge(self, objective: Objective) -> Finding:
        """One objective's finding; never raises."""
        unmet = [need for need in objective.needs if self.findings[need].state is not State.PASSED]
        blank = _blank(self.job, objective, self.parameters)
        if unmet:
            return replace(blank, message=f"not judged: needs {', '.join(unmet)}")
        if self.fault:
            return _could_not_look(blank, reason(self.fault))
        return self._look_at(objective, blank)

    def _look_at(self, objective: Objective, blank: Finding) -> Finding:
        allowed = frozenset(self.job.verifier.reads)
        who = CheckContext(self.look.visit, allowed)
        unattributed_before = len(unattributed_calls)
        try:
            with check_context(who):
                outcome = objective.check(self.look.account(), self.parameters)
            found = self._provided(objective, blank, _judged(blank, outcome, who.reads))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a check raises, the learner is innocent
            found = replace(_could_not_look(blank, reason(error, allowed)), evidence=evidence(who.reads))
            if not found.action and is_malformed(error):
                found = self._provided(objective, blank, found)
        if who.refused:
            told = f"the check asked for {_names(who.refused)}, which is not among its reads"
            return _could_not_look(blank, Reason(told))
        if len(unattributed_calls) > unattributed_before:
            calls = _names(unattributed_calls[unattributed_before:])
            told = f"{calls} was asked for in a thread without a check's context"
            return _could_not_look(blank, Reason(told))
        return found

    def _provided(self, objective: Objective, blank: Finding, found: Finding) -> Finding:
        """The finding, unless it did not pass for want of what an emulator lacks."""
        if found.state is State.PASSED or self.job.finds_things:
            return found
        look, allowed = self.look, frozenset(self.job.verifier.reads)
        told = lacking(
            look, allowed, lambda account: objective.check(account, self.parameters), effect=objective.effect
        )
        return replace(_could_not_look(blank, Reason(told)), evidence=found.evidence) if told else found

    def verdict(self) -> LabVerdict:
        """All findings, in the order of the lab."""
        findings = tuple(self.findings[objective.id] for objective in self.objectives)
        seconds = self.ended - self.begun
        return LabVerdict(self.job.lab.id, self.job.lab.task.title, dict(self.parameters), findings, seconds)


def _judge_in_turn(runs: list[_LabRun]) -> None:
    for run in runs:
        while ready := run.ready(set(run.findings)):
            for objective in ready:
                run.keep(run.judge(objective))


def _judge_all(pool: Executor, runs: list[_LabRun]) -> None:
    """Judges each objective as soon as what it needs has been judged; all labs share the workers."""
    started: dict[int, set[str]] = {number: set() for number in range(len(runs))}
    pending: dict[Future[Finding], int] = {}
    todo = set(started)
    while todo or pending:
        for number in todo:
            for objective in runs[number].ready(started[number]):
                started[number].add(objective.id)
                pending[pool.submit(runs[number].judge, objective)] = number
        todo = set()
        if pending:
            for future in wait(pending, return_when=FIRST_COMPLETED).done:
                number = pending.pop(future)
                runs[number].keep(future.result())
                todo.add(number)


def _blank(job: Job, objective: Objective, names: Mapping[str, str]) -> Finding:
    """What is known of an objective before it is looked at."""
    return Finding(
        objective.id,
        job.lab.title(objective.id, names),
        State.BLOCKED,
        objective.needs,
        cards=job.cards.get(objective.id, ()),
        effect=objective.effect,
    )


def _names(calls: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(calls))


def _could_not_look(blank: Finding, why: Reason) -> Finding:
    return replace(blank, state=State.INCONCLUSIVE, message=why.text, action=why.action)


def _judged(blank: Finding, outcome: Outcome, reads: list[Read]) -> Finding:
    """The finding that an outcome makes. Raises TypeError where the check returned something else than one."""
    if not isinstance(outcome, Passed | Failed):
        raise TypeError(f"it returned {outcome!r} where Passed or Failed was due")
    paths = (
        (outcome.evidence,)
        if isinstance(outcome.evidence, str) and outcome.evidence
        else tuple(outcome.evidence)
    )
    seen = evidence(reads, paths)
    # What failed may rest on what the check left out: only what passed is judged by its evidence alone.
    within = [each.value for each in seen] if paths and isinstance(outcome, Passed) else None
    unknown = unknown_values(reads, within)
    if unknown:
        told = f"AWS answered {', '.join(unknown)}, which this version of the check does not know: look for a newer one"
        return replace(_could_not_look(blank, Reason(told)), evidence=seen)
    match outcome:
        case Passed(found=found):
            return replace(blank, state=State.PASSED, found=found, evidence=seen)
        case Failed(found=found, expected=expected, hint=hint, near=near):
            return replace(
                blank,
                state=State.FAILED,
                found=found,
                expected=expected,
                message=hint,
                near=near,
                evidence=seen,
            )
