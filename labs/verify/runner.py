"""Judges the objectives of labs concurrently, and makes a verdict of their findings."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import suppress
from contextvars import copy_context

from msgspec.structs import replace

from labs.aws.faults import is_temporary
from labs.aws.session import AwsSession
from labs.aws.worker_threads import result_in_time, worker_threads
from labs.errors import LimitReached
from labs.verdict import Finding, State, Verdict
from labs.verify.emulator_gaps import without_gaps
from labs.verify.job import Job
from labs.verify.judging import LabRun, needs_account

WORKERS = 16
"""Maximum number of objectives that are judged concurrently."""


def verify(jobs: Iterable[Job], session: AwsSession, *, alone: bool = False) -> Verdict:
    """Judges every objective of these labs concurrently, or with `alone` sequentially in one thread.

    Objectives that are not judged when the session's time is over are inconclusive.
    Raises WrongAccount before any check runs.
    """
    jobs = list(jobs)
    started = time.monotonic()
    with worker_threads(1 if alone else WORKERS, session.scope.limits) as pool:
        identity = pool.submit(session.identify)
        if alone or any(needs_account(job, session) for job in jobs):
            _wait_for(identity, session)
        runs = _runs(jobs, session)
        if alone:
            _judge_in_turn(pool, runs, session)
        else:
            _judge_all(pool, runs, session)
        _wait_for(identity, session)
    for run in runs:
        run.give_up(session.scope.limits.out_of_time())
    labs = tuple(without_gaps(run.verdict(), run.job, session) for run in runs)
    return Verdict(session.target(), labs, session.scope.requests, time.monotonic() - started)


def _wait_for(identity: Future[None], session: AwsSession) -> None:
    """Waits for the identity of the account until the run's time is over."""
    try:
        result_in_time(identity, session.scope.limits)
    except LimitReached as error:
        session.give_up(error)


def _runs(jobs: Iterable[Job], session: AwsSession) -> list[LabRun]:
    session.refuse_other_account()
    return [LabRun(job, session) for job in jobs]


def verify_until(
    jobs: Iterable[Job],
    session: AwsSession,
    seconds: float,
    *,
    unfinished: Callable[[Verdict], bool] | None = None,
    on_wait: Callable[[Verdict], None] = lambda _: None,
    clock: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
) -> tuple[Verdict, AwsSession]:
    """Verifies repeatedly for up to `seconds` while only effects are missing: AWS may still be working.

    `unfinished` replaces that condition. An outage in between does not end the wait. Returns the last verdict with
    its session.
    """
    jobs = list(jobs)
    unfinished = unfinished or only_effects_missing
    end, step = clock() + seconds, 2.0
    verdict = verify(jobs, session)
    awaited = _failed(verdict)
    while (unfinished(verdict) or _in_outage(verdict, session, awaited)) and (left := end - clock()) > 0:
        on_wait(verdict)
        pause(min(step, left))
        step = min(step * 1.5, 15.0)
        session = session.again()
        later = verify(jobs, session)
        awaited = _failed(later) or awaited
        verdict = replace(later, calls=verdict.calls + later.calls, seconds=verdict.seconds + later.seconds)
    return verdict, session


def only_effects_missing(verdict: Verdict) -> bool:
    """Whether objectives failed, and all of them are effects, which AWS brings about after the configuration."""
    failed = [finding for lab in verdict.labs for finding in lab.findings if finding.state is State.FAILED]
    return bool(failed) and all(finding.effect for finding in failed)


def _failed(verdict: Verdict) -> set[tuple[str, str]]:
    return {
        (lab.lab, finding.id)
        for lab in verdict.labs
        for finding in lab.findings
        if finding.state is State.FAILED
    }


def _in_outage(verdict: Verdict, session: AwsSession, awaited: set[tuple[str, str]]) -> bool:
    """Whether this run could not look for what the last one missed, and a later one may."""
    fault = session.fault()
    if _failed(verdict) or (fault is not None and not is_temporary(fault)):
        return False
    unseen = {State.INCONCLUSIVE, State.BLOCKED}
    return any(
        finding.state in unseen and (lab.lab, finding.id) in awaited
        for lab in verdict.labs
        for finding in lab.findings
    )


def _judge_in_turn(pool: Executor, runs: list[LabRun], session: AwsSession) -> None:
    def judge() -> None:
        for run in runs:
            while ready := run.ready(set(run.findings)):
                for objective in ready:
                    run.keep(run.judge(objective))

    with suppress(LimitReached):
        result_in_time(pool.submit(copy_context().run, judge), session.scope.limits)


def _judge_all(pool: Executor, runs: list[LabRun], session: AwsSession) -> None:
    """Judges each objective as soon as its needs have been judged; all labs share the workers."""
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
            done = wait(pending, session.scope.limits.patience(), FIRST_COMPLETED).done
            if not done:
                return
            for future in done:
                number = pending.pop(future)
                runs[number].keep(future.result())
                todo.add(number)
