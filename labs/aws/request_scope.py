"""The questions and answers of one run in one account, and the objective that makes each call."""

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
"""Service, region, operation, the request's serialized parameters, and who signs it: equal ones have equal answers."""


@dataclass(frozen=True, slots=True)
class Read:
    """One answer that a check was given."""

    service: str
    operation: str
    region: str
    answer: dict[str, Any]
    shape: Any = None
    """botocore's model of the answer."""


def copied(answer: Any) -> Any:
    """A copy of an answer in all its dicts and lists, with the bytes of a stream in its place.

    It is thirty times as fast as `deepcopy`, which must know more.
    """
    return msgspec.to_builtins(answer, builtin_types=(datetime, bytes), enc_hook=content)


@dataclass(slots=True)
class RequestScope:
    """One run into one account: every answer so far, and how many requests left the process for them."""

    keys: Any = None
    """The credentials that sign its requests, frozen, or the exception that says why there are none."""
    limits: RunLimits = field(default_factory=RunLimits)
    limiter: RateLimiter | None = None
    """How fast its account may be asked; None if one person looks at their own account, a few times a minute."""
    answers: dict[Question, Future[tuple[Any, dict[str, Any]]]] = field(default_factory=dict)
    remembered: dict[object, Read] = field(default_factory=dict)
    """Answers by what a check called: a client, an operation, parameters."""
    requests: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def asked(self) -> set[str]:
        """The operations that were asked for (`ecs:DescribeServices`)."""
        with self.lock:
            return {f"{service}:{operation}" for service, _, operation, *_ in self.answers}

    def reads(self) -> list[Read]:
        """Every answer so far, in the order of the questions."""
        with self.lock:
            answers = list(self.answers.items())
        return [
            Read(service, operation, region, future.result()[1])
            for (service, region, operation, *_), future in answers
            if future.done() and future.exception() is None
        ]

    def answer_to(self, question: Question) -> Future[tuple[Any, dict[str, Any]]] | None:
        """The answer to a question that was asked before; it may still be on its way."""
        return self.answers.get(question)

    def count_request(self) -> None:
        """One more request, or one more try of the same, has left the process."""
        with self.lock:
            self.requests += 1


@dataclass(slots=True)
class CheckContext:
    """The check that makes requests: the operations that it may call, and in `reads` the answers that it got."""

    scope: RequestScope
    allowed: frozenset[str]
    reads: list[Read] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    approved: set[object] = field(default_factory=set)
    """The requests that the guard has let through."""
    fetches_credentials: bool = False
    """Whether botocore fetches credentials in its name: its providers send requests of their own."""
    exceeded: str = ""
    """The limit that was reached: what the check says then rests on nothing."""
    started: float = 0.0
    waited: float = 0.0
    _calls: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.started = self.scope.limits.clock()

    def left(self) -> float:
        """Seconds until this objective, or its run, is over."""
        limits = self.scope.limits
        return min(limits.left(), limits.seconds / 2 - (limits.clock() - self.started - self.waited))

    def give_back(self, seconds: float) -> None:
        """Does not count a wait for AWS's rates."""
        self.waited += seconds
        self.scope.limits.extend(seconds)

    def count_call(self, name: str) -> None:
        """Counts a call. Raises LimitReached if the time is over, or where it is one of too many."""
        self._calls[name] += 1
        if self._calls[name] > MAX_PAGES:
            self.exceed(LimitReached(f"{name} was called more than {MAX_PAGES} times"))
        self.refuse_late()

    def refuse_late(self) -> None:
        """Raises LimitReached if the time is over."""
        if self.left() <= 0:
            self.exceed(self.scope.limits.out_of_time())

    def exceed(self, error: LimitReached) -> NoReturn:
        """Raises this, and keeps it, so that a check which swallows it gives no verdict."""
        self.exceeded = str(error)
        raise error


_context: ContextVar[CheckContext | None] = ContextVar("current_context", default=None)


def current_context() -> CheckContext | None:
    """The context of this thread's check; None outside of `check_context`."""
    return _context.get()


@contextmanager
def check_context(who: CheckContext) -> Iterator[CheckContext]:
    """Makes every AWS call of the block one of `who`'s."""
    token = _context.set(who)
    try:
        yield who
    finally:
        _context.reset(token)
