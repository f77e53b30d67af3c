"""Rate limits for the calls to one account, so that checks do not get the learner's own calls throttled.

AWS has a token bucket for each account, Region and kind of call. We use at most half of each documented bucket.
botocore's adaptive mode does not work here: its limiter belongs to the client, which all accounts share, so one
throttled account would slow down all others.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from weakref import WeakValueDictionary

import msgspec

IN_FLIGHT = 8
"""Maximum number of concurrent calls to one account."""

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
        "429",  # no error code: the HTTP status means the same
    }
)
"""AWS's error codes for throttling."""


class Rate(msgspec.Struct, frozen=True):
    """A token bucket: its size, and the tokens that return each second."""

    burst: float
    refill: float


SHARE = 0.5
"""The share of each documented bucket that we use."""

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
"""For services that document no rates."""

SERVICES_AND_TASKS = frozenset(
    {"DescribeServices", "ListServices", "DescribeTasks", "ListTasks", "DescribeServiceDeployments"}
)


def bucket_of(service: str, operation: str) -> str:
    """The key in RATES of the bucket for a call; `service` is boto3's name."""
    return "ecs services and tasks" if service == "ecs" and operation in SERVICES_AND_TASKS else service


class Bucket:
    """A token bucket that may go negative: a caller reserves a token and waits until it is available."""

    __slots__ = ("_at", "_rate", "_tokens")

    def __init__(self, rate: Rate, now: float) -> None:
        self._rate = rate
        self._tokens = rate.burst * SHARE
        self._at = now

    def take(self, now: float) -> float:
        """Reserves one token, and returns the seconds until it is available."""
        self._fill(now)
        self._tokens -= 1
        return max(0.0, -self._tokens / (self._rate.refill * SHARE))

    def drain(self, now: float) -> None:
        """Empties the bucket after AWS throttled a call; reserved tokens stay reserved."""
        self._fill(now)
        self._tokens = min(self._tokens, 0.0)

    def _fill(self, now: float) -> None:
        come = (now - self._at) * self._rate.refill * SHARE
        self._tokens = min(self._rate.burst * SHARE, self._tokens + come)
        self._at = now


class RateLimiter:
    """The token buckets of one account. `pause` sleeps for a number of seconds, and may raise to give up."""

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
        """Waits for a token and a free slot; `leave` must follow. If `pause` raises, the call has not entered."""
        with self._lock:
            wait = self._bucket(service, operation, region).take(self._clock())
        self._pause(wait)
        self._turns.acquire()

    def leave(self) -> None:
        """Frees the slot of a call."""
        self._turns.release()

    def throttled(self, service: str, operation: str, region: str) -> None:
        """Empties the bucket of a throttled call: the next call waits for a token."""
        with self._lock:
            self._bucket(service, operation, region).drain(self._clock())

    def _bucket(self, service: str, operation: str, region: str) -> Bucket:
        key = region, bucket_of(service, operation)
        if key not in self._buckets:
            self._buckets[key] = Bucket(RATES.get(key[1], UNPUBLISHED), self._clock())
        return self._buckets[key]


MAX_KEPT = 512
"""Number of accounts whose buckets are kept between runs."""


class RateLimiters:
    """The rate limiter of each account, shared by all its seats; the least recently used are dropped."""

    def __init__(self, pause: Callable[[float], object] = time.sleep) -> None:
        self._pause = pause
        self._of: WeakValueDictionary[str, RateLimiter] = WeakValueDictionary()
        self._recent: deque[RateLimiter] = deque(maxlen=MAX_KEPT)
        self._lock = threading.Lock()

    def of(self, account: str) -> RateLimiter:
        """The rate limiter of this account."""
        with self._lock:
            limiter = self._of.get(account)
            if limiter is None:
                limiter = self._of[account] = RateLimiter(pause=self._pause)
            self._recent.append(limiter)
            return limiter
