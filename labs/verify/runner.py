"""Runs the objectives of labs side by side and makes a verdict of their findings."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace

from labs.aws.faults import reason
from labs.aws.request_scope import CheckContext, check_context
from labs.aws.session import AwsSession
from labs.content.lab import Lab
from labs.content.pack import Verifier
from labs.errors import CouldNotLook
from labs.interrupt import CHECK_THREADS
from labs.verdict import Finding, State, Verdict
from labs.verify.emulator_gaps import without_gaps
from labs.verify.job import Job, check_parameters
from labs.verify.judging import LabRun, distinct, needs_account, unseen

__all__ = [
    "Job",
    "check_parameters",
    "leftovers",
    "only_effects_missing",
    "unseen",
    "verify",
    "verify_until",
]

WORKERS = 16
"""Objectives that are judged at the same time."""


def verify(jobs: Iterable[Job], session: AwsSession, *, alone: bool = False) -> Verdict:
    """Judges every objective of these labs, side by side, or `alone` in this thread, one after the other.

    Raises WrongAccount before anything else is asked.
    """
    jobs = list(jobs)
    started = time.monotonic()
    if alone:
        session.identify()
        runs = _runs(jobs, session)
        _judge_in_turn(runs)
    else:
        with _workers() as pool:
            identity = pool.submit(session.identify)
            if any(needs_account(job, session) for job in jobs):
                identity.result()
            runs = _runs(jobs, session)
            _judge_all(pool, runs)
            identity.result()
    labs = tuple(without_gaps(run.verdict(), run.job, session) for run in runs)
    return Verdict(session.target(), labs, session.scope.requests, time.monotonic() - started)


@contextmanager
def _workers() -> Iterator[Executor]:
    """A pool of threads for one run; after Ctrl-C, those that still wait for an answer are abandoned."""
    pool = ThreadPoolExecutor(WORKERS, thread_name_prefix=CHECK_THREADS)
    interrupted = False
    try:
        yield pool
    except KeyboardInterrupt:
        interrupted = True
        raise
    finally:
        pool.shutdown(wait=not interrupted, cancel_futures=interrupted)


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
    """Verifies again while only effects have not come about, for at most so many seconds: AWS may still be at work.

    `unfinished` says in place of that when to verify again. The last verdict, and the session that it rests on.
    """
    jobs = list(jobs)
    unfinished = unfinished or only_effects_missing
    end, step = clock() + seconds, 2.0
    verdict = verify(jobs, session)
    while unfinished(verdict) and (left := end - clock()) > 0:
        on_wait(verdict)
        pause(min(step, left))
        step = min(step * 1.5, 15.0)
        session = session.again()
        later = verify(jobs, session)
        verdict = replace(later, calls=verdict.calls + later.calls, seconds=verdict.seconds + later.seconds)
    return verdict, session


def only_effects_missing(verdict: Verdict) -> bool:
    """Whether some effect has not come about yet, and nothing that the learner configures is wrong."""
    failed = [finding for lab in verdict.labs for finding in lab.findings if finding.state is State.FAILED]
    return bool(failed) and all(finding.effect for finding in failed)


def leftovers(lab: Lab, verifier: Verifier, given: Mapping[str, str], session: AwsSession) -> list[str]:
    """The resources of a lab that are still in the account. Raises CouldNotLook where that cannot be found out."""
    check_parameters(lab, given)
    session.identify()
    context = CheckContext(session.scope, frozenset(verifier.reads))
    try:
        names = lab.names(given, account=session.account_id(), region=session.region)
        with check_context(context):
            left = [thing for find in verifier.leftovers for thing in find(session.account(), names)]
    except (Exception, SystemExit) as error:
        raise CouldNotLook(reason(error, context.allowed, context.reads).text) from error
    if context.refused:
        raise CouldNotLook(
            f"what is left was asked by {distinct(context.refused)}, which is not among the lab's reads"
        )
    return left


def _judge_in_turn(runs: list[LabRun]) -> None:
    for run in runs:
        while ready := run.ready(set(run.findings)):
            for objective in ready:
                run.keep(run.judge(objective))


def _judge_all(pool: Executor, runs: list[LabRun]) -> None:
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
