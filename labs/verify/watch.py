"""Verifies repeatedly: less often while nothing changes, and always below AWS's documented rates.

The slowest documented bucket that a check draws from refills 10 times a second (EC2's unfiltered descriptions,
ELBv2: docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html). Watching stays below half of that on
average: the more requests a run made, the longer the wait.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from labs.aws.faults import is_temporary
from labs.aws.session import AwsSession
from labs.verdict import State, Verdict
from labs.verify.job import Job
from labs.verify.runner import verify

MIN_SECONDS, MAX_SECONDS = 3.0, 30.0
"""Shortest and longest wait between two runs: after a change, and after a long time without one."""
GROWTH = 1.4
MAX_REQUESTS_PER_SECOND = 5.0
"""Average number of requests per second that watching may make."""

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
    """Verdicts without end, each from a new session; the caller stops iterating.

    Ends after a verdict on an account that could not be identified, unless it was before and only the network or AWS
    failed: waiting does not bring credentials.
    """
    jobs = list(jobs)
    before: Seen = {}
    identified = False
    step = MIN_SECONDS
    while True:
        verdict = verify(jobs, session)
        now = seen(verdict)
        step = MIN_SECONDS if now != before else min(step * GROWTH, MAX_SECONDS)
        before = now
        wait = max(step, verdict.calls / MAX_REQUESTS_PER_SECOND)
        yield Round(verdict, session, wait)
        fault = session.fault()
        if fault is not None and not (identified and is_temporary(fault)):
            return
        identified = True
        pause(wait)
        session = session.again()


def seen(verdict: Verdict) -> Seen:
    """The state and text of each objective, to notice changes."""
    return {
        (lab.lab, finding.id): (finding.state, finding.found or finding.message)
        for lab in verdict.labs
        for finding in lab.findings
    }
