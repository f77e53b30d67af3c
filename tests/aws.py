"""Fault injection at botocore's `before-send`: requests are counted, answered by moto, or meet a fault.

    with aws_sessions() as sessions:                  # read-only, answered by moto in this process
        right = verify(jobs, sessions.open())
        for fault in FAULTS:
            with injected(fault):
                assert_no_false_verdict(right, verify(jobs, sessions.open(fault)), fault)

botocore parses and retries what a fault returns as if it had come over the network, without waiting.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse  # noqa: TID253 - every user of this module needs botocore
from botocore.handlers import BUILTIN_HANDLERS  # noqa: TID253 - every user of this module needs botocore
from botocore.retries.quota import RetryQuota  # noqa: TID253 - every user of this module needs botocore
from botocore.retries.standard import ExponentialBackoff  # noqa: TID253 - every user of this module needs botocore

from labs.aws.clients import SharedClients
from labs.aws.read_only_guard import read_only_guard
from labs.aws.session import AwsSession, ConnectionOptions, open_session
from labs.sdk import Account, Names, Objective
from labs.verify.runner import verify
from tests.builders import job

PREFIXES = {
    "elastic-load-balancing-v2": "elasticloadbalancing",
    "auto-scaling": "autoscaling",
    "application-auto-scaling": "application-autoscaling",
    "cloudwatch-logs": "logs",
    "efs": "elasticfilesystem",
}
"""IAM's service prefixes, by the names in botocore's events."""

JSON, REST_JSON, QUERY, EC2, S3 = "json", "rest-json", "query", "ec2", "rest-xml"
PROTOCOLS = {
    "ecs": JSON,
    "ecr": JSON,
    "cloudwatch-logs": JSON,
    "application-auto-scaling": JSON,
    "ssm": JSON,
    "efs": REST_JSON,
    "iam": QUERY,
    "sts": QUERY,
    "elastic-load-balancing-v2": QUERY,
    "auto-scaling": QUERY,
    "ec2": EC2,
    "s3": S3,
    "cloudwatch": JSON,
}


@dataclass(frozen=True, slots=True)
class Call:
    """One request before it is sent; `answer` returns the response of moto."""

    service: str
    operation: str
    request: AWSPreparedRequest
    answer: Callable[[], AWSResponse]

    @property
    def protocol(self) -> str:
        return PROTOCOLS[self.service]

    @property
    def action(self) -> str:
        """The IAM action of this operation."""
        if self.operation == "ListBuckets":
            return "s3:ListAllMyBuckets"
        return f"{PREFIXES.get(self.service, self.service)}:{self.operation}"

    @property
    def question(self) -> tuple[Any, ...]:
        """A key that is equal for retries of the same request only."""
        return self.service, self.operation, self.request.url, self.request.body


def answered_already() -> AWSResponse:
    """The `answer` of a call that is answered by a recording."""
    raise AssertionError("a recorded call has been answered already")


Strike = Callable[[Call], AWSResponse]


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of AWS; `reason` is a pattern that matches the message of each inconclusive objective.

    `times` is how often each request is affected (None: always); `keys` replace the credentials.
    """

    id: str
    strike: Strike | None
    reason: str
    times: int | None = None
    keys: Exception | None = None
    everywhere: bool = True
    """Whether it affects all responses, so that nothing can be judged; else only some."""

    @property
    def passes_over(self) -> bool:
        """Whether a retry succeeds, so that the verdict must not change."""
        return self.times is not None


def _moto(event_name: str, request: AWSPreparedRequest) -> AWSResponse:
    from moto.core.models import botocore_stubber

    answer = botocore_stubber(event_name, request)
    assert answer is not None, "nobody answers: is moto switched on?"
    return answer


@dataclass(slots=True)
class HttpInterceptor:
    """Records the sent requests, and applies a fault to them."""

    fault: Fault | None = None
    only: Callable[[Call], bool] = lambda _: True
    calls: list[Call] = field(default_factory=list)
    answers: Callable[[str, AWSPreparedRequest], AWSResponse] = _moto
    """Answers the requests that no fault replaces."""
    _met: Counter[tuple[Any, ...]] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: AWSPreparedRequest, event_name: str, **_: Any) -> AWSResponse | None:
        service, operation = event_name.split(".")[1:]
        call = Call(service, operation, request, lambda: self.answers(event_name, request))
        with self._lock:
            self.calls.append(call)
            strike = self._due(call)
        return strike(call) if strike else None

    def _due(self, call: Call) -> Strike | None:
        fault = self.fault
        if fault is None or fault.strike is None or not self.only(call):
            return None
        self._met[call.question] += 1
        return fault.strike if fault.times is None or self._met[call.question] <= fault.times else None

    def set_fault(self, fault: Fault | None, only: Callable[[Call], bool] = lambda _: True) -> None:
        """Applies this fault to all following requests."""
        self.fault, self.only = fault, only
        self._met.clear()

    def names(self) -> list[str]:
        """The recorded requests, by service and operation."""
        return [f"{call.service}:{call.operation}" for call in self.calls]


HTTP = HttpInterceptor()
"""The interceptor of this process."""


@contextmanager
def injected(fault: Fault | None, only: Callable[[Call], bool] = lambda _: True) -> Iterator[HttpInterceptor]:
    """Applies the fault to every request in the block, or to those that `only` selects."""
    HTTP.set_fault(fault, only)
    try:
        yield HTTP
    finally:
        HTTP.set_fault(None)


@contextmanager
def instant_retries() -> Iterator[None]:
    """Makes botocore retry without waiting and without its retry quota, which many tests would exhaust."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ExponentialBackoff, "delay_amount", lambda *_: 0)
        patch.setattr(RetryQuota, "acquire", lambda *_: True)
        yield


@dataclass(slots=True)
class SessionFactory:
    """Opens sessions that share clients; each has its own response cache."""

    first: AwsSession

    def open(self, fault: Fault | None = None) -> AwsSession:
        session = self.first.again()
        if fault and fault.keys:
            session.scope.keys = fault.keys
        return session


class _InterceptedClients(SharedClients):
    """Creates clients with the read-only guard and the interceptor."""

    def _make(self, service: str, region: str, endpoint: str | None) -> Any:
        with intercepted_http(), read_only_guard():
            return super()._make(service, region, endpoint)


_clients = _InterceptedClients()
"""Shared by all tests, because creating clients is slow."""


@contextmanager
def intercepted_http() -> Iterator[HttpInterceptor]:
    """Intercepts the requests of every session that is created in the block, also by `labs.cli.run`.

    The handler comes just before moto's, and so after those of the read-only guard, whenever that is installed.
    """
    from moto.core.models import botocore_stubber

    ours = ("before-send", HTTP)
    if ours in BUILTIN_HANDLERS:
        yield HTTP
        return
    BUILTIN_HANDLERS.insert(BUILTIN_HANDLERS.index(("before-send", botocore_stubber)), ours)
    try:
        yield HTTP
    finally:
        BUILTIN_HANDLERS.remove(ours)


@contextmanager
def aws_sessions(
    where: ConnectionOptions = ConnectionOptions(region="eu-west-1"),  # noqa: B008 - a frozen value
) -> Iterator[SessionFactory]:
    """Sessions on the moto of this process, with retries that do not wait."""
    HTTP.calls.clear()
    with instant_retries():
        yield SessionFactory(open_session(where, _clients))


def one(sessions: SessionFactory, check: Callable[[Account, Names], Any], *reads: str) -> Any:
    """The finding of a lab with this one objective."""
    return verify([job(Objective("one", check), reads=reads)], sessions.open()).labs[0].findings[0]
