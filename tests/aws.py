"""Faults of AWS and of the way to it, as they come over the wire, in this process and through botocore's retries.

    with in_reach() as lens:                  # behind the wall, with moto (or the sandbox's moto) to answer
        right = verify(jobs, lens.look())
        for fault in FAULTS:
            with injected(fault):
                assert_no_false_verdict(right, verify(jobs, lens.look(fault)), fault)

A fault strikes at botocore's `before-send`: what it gives back is parsed, judged and tried again by botocore
as if it had come over the network. Nothing sleeps: the waits between tries are none.
"""

from __future__ import annotations

import io
import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock
from xml.sax.saxutils import escape

from botocore import exceptions as aws  # noqa: TID253 - every user of this module needs botocore
from botocore.awsrequest import AWSPreparedRequest, AWSResponse  # noqa: TID253 - every user of this module needs botocore
from botocore.handlers import BUILTIN_HANDLERS  # noqa: TID253 - every user of this module needs botocore

from labs.aws.clients import SharedClients
from labs.aws.read_only_guard import read_only_guard
from labs.aws.session import AwsSession, ConnectionOptions, open_session
from labs.verdict import Finding, State, Verdict

ME = "arn:aws:sts::123456789012:assumed-role/learner/lab"
PREFIXES = {
    "elastic-load-balancing-v2": "elasticloadbalancing",
    "auto-scaling": "autoscaling",
    "application-auto-scaling": "application-autoscaling",
    "cloudwatch-logs": "logs",
    "efs": "elasticfilesystem",
}
"""IAM's names of services, by what botocore's events call them."""

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
    """One request on its way out; `answer` is what the world would say to it."""

    service: str
    operation: str
    request: AWSPreparedRequest
    answer: Callable[[], AWSResponse]

    @property
    def protocol(self) -> str:
        return PROTOCOLS[self.service]

    @property
    def action(self) -> str:
        """What IAM calls it."""
        if self.operation == "ListBuckets":
            return "s3:ListAllMyBuckets"
        return f"{PREFIXES.get(self.service, self.service)}:{self.operation}"

    @property
    def question(self) -> tuple[Any, ...]:
        """Equal for two tries of the same request, and for them only."""
        return self.service, self.operation, self.request.url, self.request.body


Strike = Callable[[Call], AWSResponse]


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong; `reason` is a pattern that the message of each objective that cannot be judged matches.

    `times` says how often each question meets it (None: always); `keys` stands in for the credentials.
    """

    id: str
    strike: Strike | None
    reason: str
    times: int | None = None
    keys: Exception | None = None
    everywhere: bool = True
    """Whether no answer at all can be judged under it; else only what rests on some of them."""

    @property
    def passes_over(self) -> bool:
        """Whether trying again helps, so that the verdict must not differ at all."""
        return self.times is not None


def _moto(event_name: str, request: AWSPreparedRequest) -> AWSResponse:
    from moto.core.models import botocore_stubber

    answer = botocore_stubber(event_name, request)
    assert answer is not None, "nobody answers: is moto switched on?"
    return answer


@dataclass(slots=True)
class Wire:
    """What leaves, and what befalls it."""

    fault: Fault | None = None
    only: Callable[[Call], bool] = lambda _: True
    calls: list[Call] = field(default_factory=list)
    answers: Callable[[str, AWSPreparedRequest], AWSResponse] = _moto
    """Who answers what a fault lets through, and what it changes."""
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

    def begin(self, fault: Fault | None, only: Callable[[Call], bool] = lambda _: True) -> None:
        """From now on this befalls what leaves."""
        self.fault, self.only = fault, only
        self._met.clear()

    def names(self) -> list[str]:
        """What has left, by service and operation."""
        return [f"{call.service}:{call.operation}" for call in self.calls]


WIRE = Wire()
"""The one wire of this process."""


@contextmanager
def injected(fault: Fault | None, only: Callable[[Call], bool] = lambda _: True) -> Iterator[Wire]:
    """While the block runs, the fault befalls every request, or those that `only` chooses."""
    WIRE.begin(fault, only)
    try:
        yield WIRE
    finally:
        WIRE.begin(None)


@contextmanager
def instant_retries() -> Iterator[None]:
    """Retries as botocore makes them, without waits, and without the quota that many tests would use up together."""
    with (
        mock.patch("botocore.retries.standard.ExponentialBackoff.delay_amount", return_value=0),
        mock.patch("botocore.retries.quota.RetryQuota.acquire", return_value=True),
    ):
        yield


@dataclass(slots=True)
class Lens:
    """Makes looks that share one session and its clients, each with a memory of its own."""

    first: AwsSession

    def look(self, fault: Fault | None = None) -> AwsSession:
        look = self.first.again()
        if fault and fault.keys:
            look.scope.keys = fault.keys
        return look


class _ClientsOnTheWire(SharedClients):
    """Makes its session and clients behind the wall and on our wire, whoever asks for them first."""

    def _make(self, service: str, region: str, endpoint: str | None) -> Any:
        from moto.core.models import botocore_stubber  # noqa: F401 - joins botocore's handlers before the session is made

        with on_the_wire(), read_only_guard():
            return super()._make(service, region, endpoint)


_clients = _ClientsOnTheWire()
"""For all tests: making clients is what costs time."""


@contextmanager
def on_the_wire() -> Iterator[Wire]:
    """Sessions that are made in the block send on our wire, those of `labs.cli.run` as well."""
    ours = ("before-send", WIRE)
    if ours in BUILTIN_HANDLERS:
        yield WIRE
        return
    BUILTIN_HANDLERS.insert(0, ours)
    try:
        yield WIRE
    finally:
        BUILTIN_HANDLERS.remove(ours)


@contextmanager
def in_reach(where: ConnectionOptions = ConnectionOptions(region="eu-west-1")) -> Iterator[Lens]:  # noqa: B008 - a frozen value
    """Looks into the AWS of this process, whose retries do not wait."""
    WIRE.calls.clear()
    with instant_retries():
        yield Lens(open_session(where, _clients))


def assert_no_false_verdict(right: Verdict, under: Verdict, fault: Fault) -> None:
    """No fault turns failed to passed or passed to failed; what cannot be judged says why, denials name the action."""
    before = {(lab.lab, each.id): each for lab in right.labs for each in lab.findings}
    after = {(lab.lab, each.id): each for lab in under.labs for each in lab.findings}
    assert before.keys() == after.keys()
    for name, seen in after.items():
        _assert_innocent(fault, f"{fault.id}: {'#'.join(name)}", before[name], seen)


def _assert_innocent(fault: Fault, name: str, right: Finding, seen: Finding) -> None:
    if fault.passes_over:
        assert (seen.state, seen.found, seen.near) == (right.state, right.found, right.near), name
    elif seen.state is State.INCONCLUSIVE:
        assert re.search(fault.reason, seen.message), f"{name}: {seen.message}"
        assert bool(seen.action) == (fault.id in DENIALS), f"{name}: {seen.action}"
    else:
        assert seen.state in {right.state, State.BLOCKED}, f"{name}: {right.state} became {seen.state}"


# what the services say, each in its own words


def error(call: Call, status: int, code: str, message: str) -> AWSResponse:
    """An error as this service's protocol writes it."""
    match call.protocol:
        case "json":
            return answer(call, status, json.dumps({"__type": code, "message": message}))
        case "rest-json":
            return answer(call, status, json.dumps({"message": message}), {"x-amzn-ErrorType": code})
        case "query":
            told = (
                f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
            )
            return answer(call, status, f"<ErrorResponse>{told}<RequestId>1</RequestId></ErrorResponse>")
        case "ec2":
            told = f"<Errors><Error><Code>{code}</Code><Message>{escape(message)}</Message></Error></Errors>"
            return answer(call, status, f"<Response>{told}<RequestID>1</RequestID></Response>")
        case _:
            told = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
            return answer(call, status, told)


def answer(call: Call, status: int, body: str | bytes, heads: dict[str, str] | None = None) -> AWSResponse:
    """An answer with this body."""
    raw = body.encode() if isinstance(body, str) else body
    return AWSResponse(call.request.url, status, {"x-amzn-RequestId": "1", **(heads or {})}, _Raw(raw))  # type: ignore[arg-type] # a body that can be streamed is all that is asked of it


class _Raw(io.BytesIO):
    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


MessageNodes = dict[str, tuple[int, str]]

DENIED: MessageNodes = {
    JSON: (400, "AccessDeniedException"),
    REST_JSON: (403, "AccessDeniedException"),
    QUERY: (403, "AccessDenied"),
    EC2: (403, "UnauthorizedOperation"),
    S3: (403, "AccessDenied"),
}
THROTTLED: MessageNodes = {
    JSON: (400, "ThrottlingException"),
    REST_JSON: (400, "ThrottlingException"),
    QUERY: (400, "Throttling"),
    EC2: (503, "RequestLimitExceeded"),
    S3: (503, "SlowDown"),
}
EXPIRED: MessageNodes = {
    JSON: (400, "ExpiredTokenException"),
    REST_JSON: (403, "ExpiredTokenException"),
    QUERY: (403, "ExpiredToken"),
    EC2: (400, "RequestExpired"),
    S3: (400, "ExpiredToken"),
}
UNKNOWN_KEY: MessageNodes = {
    JSON: (400, "UnrecognizedClientException"),
    REST_JSON: (403, "UnrecognizedClientException"),
    QUERY: (403, "InvalidClientTokenId"),
    EC2: (401, "AuthFailure"),
    S3: (403, "InvalidAccessKeyId"),
}
BAD_SIGNATURE: MessageNodes = {
    JSON: (400, "InvalidSignatureException"),
    REST_JSON: (403, "InvalidSignatureException"),
    QUERY: (403, "SignatureDoesNotMatch"),
    EC2: (401, "AuthFailure"),
    S3: (403, "SignatureDoesNotMatch"),
}
SKEWED: MessageNodes = {
    **BAD_SIGNATURE,
    EC2: (400, "RequestExpired"),
    S3: (403, "RequestTimeTooSkewed"),
}


def says(words: MessageNodes, message: str) -> Strike:
    """Each service's own code and status for one thing; `{action}` in the message is filled in."""

    def strike(call: Call) -> AWSResponse:
        status, code = words[call.protocol]
        return error(call, status, code, message.format(action=call.action))

    return strike


def status(number: int, body: str = "") -> Strike:
    """A bare status, as load balancers and proxies send it."""
    return lambda call: answer(call, number, body)


def internal_error(call: Call) -> AWSResponse:
    """AWS's own 500."""
    code = {JSON: "ServerException", EC2: "InternalError", S3: "InternalError"}.get(call.protocol)
    return error(call, 500, code or "InternalFailure", "We encountered an internal error.")


def breaks(make: Callable[[str], Exception]) -> Strike:
    """No answer comes: the connection fails as `make` says, given the address."""

    def strike(call: Call) -> AWSResponse:
        raise make(call.request.url or "")

    return strike


def html(call: Call) -> AWSResponse:
    """The log-in page of a hotel, with status 200."""
    return answer(call, 200, "<html><head><title>Welcome</title></head><body><p>Log in</p></body></html>")


def empty(call: Call) -> AWSResponse:
    """Status 200 and nothing."""
    return answer(call, 200, "")


def cut(call: Call) -> AWSResponse:
    """The first half of the answer."""
    whole = call.answer()
    return answer(call, whole.status_code, whole.content[: len(whole.content) // 2], dict(whole.headers))


def missing_key(call: Call) -> AWSResponse:
    """The answer without what was asked for, in its protocol's own clothes."""
    match call.protocol:
        case "json" | "rest-json":
            body = "{}"
        case "query":
            name = call.operation
            body = f"<{name}Response><{name}Result/></{name}Response>"
        case "ec2":
            body = f"<{call.operation}Response><requestId>1</requestId></{call.operation}Response>"
        case _:
            body = f"<{call.operation}Result/>"
    return answer(call, 200, body)


def unknown_value(call: Call) -> AWSResponse:
    """The answer in which states and kinds are ones that AWS invented last night."""
    whole = call.answer()
    body = whole.content
    for known, new in (
        (b'"ACTIVE"', b'"HIBERNATING"'),
        (b'"RUNNING"', b'"HOVERING"'),
        (b'"binpack"', b'"stack"'),
    ):
        body = body.replace(known, new)
    return answer(call, whole.status_code, body, dict(whole.headers))


def of_other_kinds(other: Callable[[Any], Any]) -> Strike:
    """The answer with something else in the place of each text, number, truth and list; an XML has only texts."""

    def changed(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: changed(each) for name, each in value.items()}
        return other([changed(each) for each in value] if isinstance(value, list) else value)

    def strike(call: Call) -> AWSResponse:
        whole = call.answer()
        if call.protocol not in {JSON, REST_JSON} or not whole.content:
            return whole
        return answer(
            call, whole.status_code, json.dumps(changed(json.loads(whole.content))), dict(whole.headers)
        )

    return strike


def of_no_number(call: Call) -> AWSResponse:
    """The answer with letters where an XML has a number that is longer than one digit."""
    whole = call.answer()
    body = whole.content
    if call.protocol in {QUERY, EC2, S3}:
        body = re.sub(rb">[0-9]{2,}<", b">many<", body)
    return answer(call, whole.status_code, body, dict(whole.headers))


_MISSED = r"malformed answer|cut off or does not come from AWS|a fault on the other side"
_NOT_ALLOWED = r"not allowed to call [a-z0-9-]+:[A-Za-z0-9]+"
_REFUSED = (
    "User: "
    + ME
    + " is not authorized to perform: {action} on resource: * because no identity-based policy allows it"
)

FAULTS = (
    Fault("access-denied", says(DENIED, _REFUSED), _NOT_ALLOWED),
    Fault("access-denied-unnamed", says(DENIED, "Access Denied"), _NOT_ALLOWED),
    Fault("throttled", says(THROTTLED, "Rate exceeded"), "throttled"),
    Fault("throttled-once", says(THROTTLED, "Rate exceeded"), "", times=1),
    Fault("500", internal_error, "a fault on the other side"),
    Fault("500-once", internal_error, "", times=1),
    Fault(
        "500-html",
        status(500, "<html><body>Internal Server Error</body></html>"),
        "a fault on the other side",
    ),
    Fault("502-empty", status(502), "a fault on the other side"),
    Fault(
        "403-page",
        status(403, "<html><body>Not from this network</body></html>"),
        "answered 403 and no word of AWS's|malformed answer",
    ),
    Fault(
        "429-page", status(429, "<html><body>Too many requests</body></html>"), "throttled|malformed answer"
    ),
    Fault("503", status(503, "Service Unavailable"), r"a fault on the other side|malformed answer"),
    Fault("503-once", status(503, "<html><body>Service Unavailable</body></html>"), "", times=1),
    Fault(
        "connection-refused",
        breaks(lambda url: aws.EndpointConnectionError(endpoint_url=url, error="refused")),
        "no connection",
    ),
    Fault(
        "connection-refused-once",
        breaks(lambda url: aws.EndpointConnectionError(endpoint_url=url, error="refused")),
        "",
        times=1,
    ),
    Fault(
        "connect-timeout",
        breaks(lambda url: aws.ConnectTimeoutError(endpoint_url=url, error="timed out")),
        "no connection",
    ),
    Fault(
        "reset-in-the-body",
        breaks(lambda url: aws.ConnectionClosedError(endpoint_url=url, error="reset")),
        "the connection broke",
    ),
    Fault(
        "reset-in-the-body-once",
        breaks(lambda url: aws.ConnectionClosedError(endpoint_url=url, error="reset")),
        "",
        times=1,
    ),
    Fault("read-timeout", breaks(lambda url: aws.ReadTimeoutError(endpoint_url=url)), "no answer in time"),
    Fault("read-timeout-once", breaks(lambda url: aws.ReadTimeoutError(endpoint_url=url)), "", times=1),
    Fault(
        "untrusted-certificate",
        breaks(lambda url: aws.SSLError(endpoint_url=url, error=OSError("self-signed certificate"))),
        "certificate is not trusted",
    ),
    Fault("cut-in-the-middle", cut, _MISSED),
    Fault("html", html, _MISSED),
    Fault("empty-body", empty, _MISSED),
    Fault("missing-key", missing_key, _MISSED),
    Fault("unknown-value", unknown_value, "does not know", everywhere=False),
    Fault(
        "texts-for-lists",
        of_other_kinds(lambda it: "" if isinstance(it, list) else it),
        "malformed answer",
        everywhere=False,
    ),
    Fault(
        "texts-for-numbers",
        of_other_kinds(lambda it: str(it) if isinstance(it, int | float) else it),
        "malformed answer",
        everywhere=False,
    ),
    Fault(
        "numbers-for-texts",
        of_other_kinds(lambda it: 1 if isinstance(it, str) else it),
        "malformed answer",
        everywhere=False,
    ),
    Fault(
        "nothings-in-lists",
        of_other_kinds(lambda it: [None] if isinstance(it, list) else it),
        "malformed answer",
        everywhere=False,
    ),
    Fault("words-for-numbers", of_no_number, "malformed answer", everywhere=False),
    Fault("expired-token", says(EXPIRED, "The security token included in the request is expired"), "expired"),
    Fault(
        "unknown-key",
        says(UNKNOWN_KEY, "The security token included in the request is invalid."),
        "does not know these credentials",
    ),
    Fault(
        "wrong-signature",
        says(BAD_SIGNATURE, "The request signature we calculated does not match the signature you provided."),
        "refused the signature|does not know these credentials",
    ),
    Fault(
        "clock-skew",
        says(SKEWED, "Signature not yet current: 20261122T100000Z is still later than 20261122T090500Z"),
        "clock",
    ),
    Fault("no-credentials", None, "no complete credentials", keys=aws.NoCredentialsError()),
    Fault(
        "partial-credentials",
        None,
        "no complete credentials",
        keys=aws.PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY"),
    ),
)
"""Everything that can go wrong between a check and AWS."""

DENIALS = frozenset({"access-denied", "access-denied-unnamed"})
