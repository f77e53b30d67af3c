"""The requests and answers of one run in one account, and the context of the check that makes each call."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NoReturn

import msgspec

from labs.aws.limits import MAX_PAGES, RunLimits
from labs.aws.rate_limit import RateLimiter
from labs.aws.streams import content
from labs.errors import LimitReached

Question = tuple[str, str, str, str, object]
"""Cache key of a request: service, Region, operation, serialized parameters, signer. Equal keys, equal answers."""


class Read(msgspec.Struct, frozen=True):
    """One answer that a check received."""

    service: str
    operation: str
    region: str
    answer: dict[str, Any]
    shape: Any = None
    """botocore's model of the answer."""


def copied(answer: Any) -> Any:
    """A deep copy of an answer, in which a stream is replaced by its bytes.

    Thirty times as fast as `copy.deepcopy`.
    """
    return msgspec.to_builtins(answer, builtin_types=(datetime, bytes), enc_hook=content)


@dataclass(slots=True)
class RequestScope:
    """One run in one account: all answers so far, and the number of requests sent for them."""

    keys: Any = None
    """The frozen credentials that sign the requests, or the exception why there are none."""
    limits: RunLimits = field(default_factory=RunLimits)
    limiter: RateLimiter | None = None
    """The rate limiter of the account; None if a learner checks their own account a few times a minute."""
    answers: dict[Question, Future[tuple[Any, dict[str, Any]]]] = field(default_factory=dict)
    remembered: dict[object, Read] = field(default_factory=dict)
    """Answers by client, operation and parameters of the call."""
    requests: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def asked(self) -> set[str]:
        """The operations that were called (`ecs:DescribeServices`)."""
        with self.lock:
            return {f"{service}:{operation}" for service, _, operation, *_ in self.answers}

    def reads(self) -> list[Read]:
        """All answers so far, in the order of the requests."""
        with self.lock:
            answers = list(self.answers.items())
        return [
            Read(service, operation, region, future.result()[1])
            for (service, region, operation, *_), future in answers
            if future.done() and future.exception() is None
        ]

    def answer_to(self, question: Question) -> Future[tuple[Any, dict[str, Any]]] | None:
        """The future answer to an earlier equal request; None if there was none."""
        return self.answers.get(question)

    def count_request(self) -> None:
        """Counts a request that is sent, retries included."""
        with self.lock:
            self.requests += 1


class CheckContext(msgspec.Struct):
    """The check that makes requests: the operations that it may call, and the answers that it received (`reads`)."""

    scope: RequestScope
    allowed: frozenset[str]
    reads: list[Read] = msgspec.field(default_factory=list)
    refused: list[str] = msgspec.field(default_factory=list)
    approved: set[object] = msgspec.field(default_factory=set)
    """The requests that the guard has approved."""
    fetches_credentials: bool = False
    """Whether botocore fetches credentials in this context: its providers send requests of their own."""
    exceeded: str = ""
    """The limit that was exceeded, as text; the outcome of the check is then discarded."""
    started: float = 0.0
    waited: float = 0.0
    _calls: Counter[str] = msgspec.field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.started = self.scope.limits.clock()

    def left(self) -> float:
        """Seconds until the time of this objective or of its run is over."""
        limits = self.scope.limits
        return min(limits.left(), limits.seconds / 2 - (limits.clock() - self.started - self.waited))

    def give_back(self, seconds: float) -> None:
        """Excludes a wait for rate limits from the time of objective and run."""
        self.waited += seconds
        self.scope.limits.extend(seconds)

    def count_call(self, name: str) -> None:
        """Counts a call. Raises LimitReached if the time is over, or the operation was called too often."""
        self._calls[name] += 1
        if self._calls[name] > MAX_PAGES:
            self.exceed(LimitReached(f"{name} was called more than {MAX_PAGES} times"))
        self.refuse_late()

    def refuse_late(self) -> None:
        """Raises LimitReached if the time is over."""
        if self.left() <= 0:
            self.exceed(self.scope.limits.out_of_time())

    def exceed(self, error: LimitReached) -> NoReturn:
        """Raises this error, and stores it, so that a check that swallows it still gets no verdict."""
        self.exceeded = str(error)
        raise error


_context: ContextVar[CheckContext | None] = ContextVar("current_context", default=None)


def current_context() -> CheckContext | None:
    """The context of the check that runs in this thread; None outside of `check_context`."""
    return _context.get()


@contextmanager
def check_context(who: CheckContext) -> Iterator[CheckContext]:
    """Attributes every AWS call of the block to `who`."""
    token = _context.set(who)
    try:
        yield who
    finally:
        _context.reset(token)
