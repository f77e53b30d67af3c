"""How fast one account is asked: tokens ahead of each call, so that no learner's own work is throttled by us.

AWS fills a bucket of tokens for each account, region and kind of call; a call takes one. We take half of what is
documented at most. botocore's own adaptive mode would not do: its limiter belongs to the client, which all accounts
share, so one throttled account would slow down all others.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from weakref import WeakValueDictionary

IN_FLIGHT = 8
"""Calls that one account answers at the same time, at most."""

THROTTLED = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestLimitExceeded",
        "TooManyRequestsException",
        "SlowDown",
        "BandwidthLimitExceeded",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "EC2ThrottledException",
        "ProvisionedThroughputExceededException",
        "TransactionInProgressException",
        "429",  # without a word of AWS's: the status says the same
    }
)
"""The codes with which AWS says that it was asked too fast."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A bucket of so many tokens, into which so many come back each second."""

    burst: float
    refill: float


SHARE = 0.5
"""The part of each documented bucket that we take."""

RATES = {
    # docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html
    "ecs": Rate(50, 20),
    "ecs services and tasks": Rate(100, 20),
    # docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html, the slowest that a read may meet
    "ec2": Rate(50, 10),
    # docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/throttling.html
    "elbv2": Rate(40, 10),
    # docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    "sts": Rate(600, 600),
}
UNPUBLISHED = Rate(20, 10)
"""For services that say nothing of their buckets."""

SERVICES_AND_TASKS = frozenset(
    {"DescribeServices", "ListServices", "DescribeTasks", "ListTasks", "DescribeServiceDeployments"}
)


def bucket_of(service: str, operation: str) -> str:
    """The bucket from which a call of this service, by boto3's name, takes its token."""
    return "ecs services and tasks" if service == "ecs" and operation in SERVICES_AND_TASKS else service


class Bucket:
    """Tokens; one that is not there yet is promised, and the time until it comes is the wait."""

    __slots__ = ("_at", "_rate", "_tokens")

    def __init__(self, rate: Rate, now: float) -> None:
        self._rate = rate
        self._tokens = rate.burst * SHARE
        self._at = now

    def take(self, now: float) -> float:
        """Takes one token; the seconds to wait until it is there."""
        self._fill(now)
        self._tokens -= 1
        return max(0.0, -self._tokens / (self._rate.refill * SHARE))

    def drain(self, now: float) -> None:
        """AWS says that it was too fast after all: nothing is left, and what was promised stays promised."""
        self._fill(now)
        self._tokens = min(self._tokens, 0.0)

    def _fill(self, now: float) -> None:
        come = (now - self._at) * self._rate.refill * SHARE
        self._tokens = min(self._rate.burst * SHARE, self._tokens + come)
        self._at = now


class RateLimiter:
    """The buckets of one account. `pause` waits this many seconds; it may raise, to give up."""

    __slots__ = ("__weakref__", "_buckets", "_clock", "_lock", "_pause", "_turns")

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, pause: Callable[[float], object] = time.sleep
    ) -> None:
        self._clock = clock
        self._pause = pause
        self._buckets: dict[tuple[str, str], Bucket] = {}
        self._turns = threading.BoundedSemaphore(IN_FLIGHT)
        self._lock = threading.Lock()

    def enter(self, service: str, operation: str, region: str) -> None:
        """Waits for this call's turn; `leave` must follow. Raises what `pause` raises, and nothing is to leave then."""
        with self._lock:
            wait = self._bucket(service, operation, region).take(self._clock())
        self._pause(wait)
        self._turns.acquire()

    def leave(self) -> None:
        """The call has been answered, or never will be."""
        self._turns.release()

    def throttled(self, service: str, operation: str, region: str) -> None:
        """The account was asked too fast: the next call waits until a token has come."""
        with self._lock:
            self._bucket(service, operation, region).drain(self._clock())

    def _bucket(self, service: str, operation: str, region: str) -> Bucket:
        key = region, bucket_of(service, operation)
        if key not in self._buckets:
            self._buckets[key] = Bucket(RATES.get(key[1], UNPUBLISHED), self._clock())
        return self._buckets[key]


KEPT = 512
"""Accounts whose buckets are kept after a run; the next run at one of them finds them as they were left."""


class RateLimiters:
    """The pace of each account, however many seats share it; those that were asked long ago are forgotten."""

    def __init__(self, pause: Callable[[float], object] = time.sleep) -> None:
        self._pause = pause
        self._of: WeakValueDictionary[str, RateLimiter] = WeakValueDictionary()
        self._recent: deque[RateLimiter] = deque(maxlen=KEPT)
        self._lock = threading.Lock()

    def of(self, account: str) -> RateLimiter:
        """The one pace of this account."""
        with self._lock:
            limiter = self._of.get(account)
            if limiter is None:
                limiter = self._of[account] = RateLimiter(pause=self._pause)
            self._recent.append(limiter)
            return limiter
