"""Verifies again and again: seldom while nothing changes, never faster than AWS's documented rates.

The slowest documented bucket that a check draws from refills 10 times a second (EC2's unfiltered descriptions,
ELBv2: docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html). Watching stays below half of that on the
average, whatever is watched: the more requests a run made, the longer it waits.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from labs.aws.session import AwsSession
from labs.verdict import State, Verdict
from labs.verify.job import Job
from labs.verify.runner import verify

MIN_SECONDS, MAX_SECONDS = 3.0, 30.0
"""Seconds between two runs: after a change, and after a long time without one."""
GROWTH = 1.4
MAX_REQUESTS_PER_SECOND = 5.0
"""Requests a second that watching may cost, on the average."""

Seen = dict[tuple[str, str], tuple[State, str]]


@dataclass(frozen=True, slots=True)
class Round:
    """One run of the checks: its verdict, its session, and the seconds until the next run."""

    verdict: Verdict
    session: AwsSession
    again_in: float


def rounds(
    jobs: Iterable[Job], session: AwsSession, *, pause: Callable[[float], None] = time.sleep
) -> Iterator[Round]:
    """One verdict after another, each from a session of its own, until the caller has seen enough.

    It ends by itself where nobody could say whose account this is: waiting will not bring credentials.
    """
    jobs = list(jobs)
    before: Seen = {}
    step = MIN_SECONDS
    while True:
        verdict = verify(jobs, session)
        now = seen(verdict)
        step = MIN_SECONDS if now != before else min(step * GROWTH, MAX_SECONDS)
        before = now
        wait = max(step, verdict.calls / MAX_REQUESTS_PER_SECOND)
        yield Round(verdict, session, wait)
        if session.fault() is not None:
            return
        pause(wait)
        session = session.again()


def seen(verdict: Verdict) -> Seen:
    """The state and findings of each objective, which are compared to notice a change."""
    return {
        (lab.lab, finding.id): (finding.state, finding.found or finding.message)
        for lab in verdict.labs
        for finding in lab.findings
    }
