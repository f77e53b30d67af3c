"""Looks again and again: seldom while nothing changes, never faster than AWS's documented rates.

The slowest documented bucket that a check draws from refills 10 times a second (EC2's unfiltered descriptions,
ELBv2: docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html). Watching stays below half of that on the
average, whatever is watched: the more requests a look made, the longer it waits.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from labs.aws.session import AwsSession
from labs.verdict import State, Verdict
from labs.verify.runner import Job, verify

SOONEST, LATEST = 3.0, 30.0
"""Seconds between two looks, after something has changed and after nothing has for long."""
GROWTH = 1.4
PER_SECOND = 5.0
"""Requests a second that watching may cost, on the average."""

Seen = dict[tuple[str, str], tuple[State, str]]


@dataclass(frozen=True, slots=True)
class Round:
    """One look: its verdict, the open look itself, the seconds until the next one, and whether it was kept already."""

    verdict: Verdict
    look: AwsSession
    again_in: float
    kept: bool = False


def rounds(
    jobs: Iterable[Job], look: AwsSession, *, pause: Callable[[float], None] = time.sleep
) -> Iterator[Round]:
    """A verdict after the other, all objectives of one from the same look, until the caller has seen enough.

    It ends by itself where nobody could say whose account this is: waiting will not bring credentials.
    """
    jobs = list(jobs)
    before: Seen = {}
    step = SOONEST
    while True:
        verdict = verify(jobs, look)
        now = seen(verdict)
        step = SOONEST if now != before else min(step * GROWTH, LATEST)
        before = now
        wait = max(step, verdict.calls / PER_SECOND)
        yield Round(verdict, look, wait)
        if look.fault() is not None:
            return
        pause(wait)
        look = look.again()


def seen(verdict: Verdict) -> Seen:
    """What a verdict says of each objective: what is compared to notice a change."""
    return {
        (lab.lab, finding.id): (finding.state, finding.found or finding.message)
        for lab in verdict.labs
        for finding in lab.findings
    }
