"""The pace at which an account is asked: never faster than half of what AWS documents."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from labs.aws.rate_limit import IN_FLIGHT, RATES, SHARE, UNPUBLISHED, Bucket, Rate, RateLimiter, bucket_of


class Watch:
    """A clock that only the pauses move on."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("ecs", "DescribeClusters"),
        ("ecs", "DescribeTasks"),
        ("ec2", "DescribeInstances"),
        ("elbv2", "DescribeRules"),
        ("iam", "GetRole"),
    ],
)
def test_no_second_sees_more_calls_than_half_of_the_documented_bucket(service: str, operation: str) -> None:
    """A burst goes at once, then calls come as fast as half the refill; in any second at most burst + refill."""
    rate = RATES.get(bucket_of(service, operation), UNPUBLISHED)
    watch = Watch()
    limiter = RateLimiter(lambda: watch.now, watch.pause)
    moments = []
    for _ in range(300):
        limiter.enter(service, operation, "eu-west-1")
        moments.append(watch.now)
        limiter.leave()
    for end in moments:
        within = sum(end - 1 < moment <= end for moment in moments)
        assert within <= (rate.burst + rate.refill) * SHARE + 1
    assert moments[-1] == pytest.approx((300 - rate.burst * SHARE) / (rate.refill * SHARE))


def test_regions_and_kinds_of_calls_have_buckets_of_their_own() -> None:
    """A limit that is used up in one account holds up no other."""
    watch = Watch()
    limiter = RateLimiter(lambda: watch.now, watch.pause)
    for _ in range(25):
        limiter.enter("ecs", "DescribeClusters", "eu-west-1")
        limiter.leave()
    for call in (("ecs", "DescribeTasks", "eu-west-1"), ("ecs", "DescribeClusters", "us-east-1")):
        limiter.enter(*call)
        limiter.leave()
    assert set(watch.pauses) == {0.0}
    limiter.enter("ecs", "DescribeClusters", "eu-west-1")
    assert watch.pauses[-1] > 0


def test_what_was_throttled_all_the_same_starts_from_nothing() -> None:
    """After AWS's word that it was too fast, the next call waits for a fresh token."""
    bucket = Bucket(Rate(50, 20), 0.0)
    assert bucket.take(0.0) == 0.0
    bucket.drain(0.0)
    assert bucket.take(0.0) == pytest.approx(0.1)
    assert bucket.take(100.0) == 0.0, "and is full again later"


def test_tokens_never_pile_up_beyond_the_burst() -> None:
    """An hour of silence is worth one burst, not an hour's calls."""
    bucket = Bucket(Rate(10, 10), 0.0)
    waits = [bucket.take(3600.0) for _ in range(7)]
    assert waits == pytest.approx([0, 0, 0, 0, 0, 0.2, 0.4])


def test_an_account_answers_at_most_eight_calls_at_a_time() -> None:
    """The ninth waits until one of them has been answered."""
    limiter = RateLimiter(lambda: 0.0, lambda _: None)
    inside, most, lock, gate = 0, 0, threading.Lock(), threading.Barrier(IN_FLIGHT)

    def call() -> None:
        nonlocal inside, most
        limiter.enter("ecs", "DescribeTasks", "eu-west-1")
        with lock:
            inside += 1
            most = max(most, inside)
        gate.wait(10)
        with lock:
            inside -= 1
        limiter.leave()

    with ThreadPoolExecutor(2 * IN_FLIGHT) as pool:
        list(pool.map(lambda _: call(), range(2 * IN_FLIGHT)))
    assert most == IN_FLIGHT


def test_a_pause_that_gives_up_leaves_no_turn_taken() -> None:
    """Whoever stops while waiting has taken no turn from the others."""
    interrupted = True

    def pause(_: float) -> None:
        if interrupted:
            raise KeyboardInterrupt

    stopped = RateLimiter(lambda: 0.0, pause)
    for _ in range(IN_FLIGHT + 1):
        with pytest.raises(KeyboardInterrupt):
            stopped.enter("ecs", "DescribeTasks", "eu-west-1")
    interrupted = False
    stopped.enter("ecs", "DescribeTasks", "eu-west-1")
    stopped.leave()
