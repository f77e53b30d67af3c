"""The faults that can occur between a check and AWS: errors, broken connections, malformed responses, credentials."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from xml.sax.saxutils import escape

from botocore import exceptions as aws  # noqa: TID253 - every user of this module needs botocore
from botocore.awsrequest import AWSResponse  # noqa: TID253 - every user of this module needs botocore

from labs.verdict import Finding, State, Verdict
from tests.aws import EC2, JSON, QUERY, REST_JSON, S3, Call, Fault, Strike

ME = "arn:aws:sts::123456789012:assumed-role/learner/lab"


def error(call: Call, status: int, code: str, message: str) -> AWSResponse:
    """An error response in the protocol of the service."""
    match call.protocol:
        case "json":
            return answer(call, status, json.dumps({"__type": code, "message": message}))
        case "rest-json":
            return answer(call, status, json.dumps({"message": message}), {"x-amzn-ErrorType": code})
        case "query":
            detail = (
                f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
            )
            return answer(call, status, f"<ErrorResponse>{detail}<RequestId>1</RequestId></ErrorResponse>")
        case "ec2":
            detail = (
                f"<Errors><Error><Code>{code}</Code><Message>{escape(message)}</Message></Error></Errors>"
            )
            return answer(call, status, f"<Response>{detail}<RequestID>1</RequestID></Response>")
        case _:
            detail = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
            return answer(call, status, detail)


def answer(call: Call, status: int, body: str | bytes, heads: dict[str, str] | None = None) -> AWSResponse:
    """A response with this body."""
    raw = body.encode() if isinstance(body, str) else body
    return AWSResponse(call.request.url, status, {"x-amzn-RequestId": "1", **(heads or {})}, _Raw(raw))  # type: ignore[arg-type] # a body that can be streamed is all that is asked of it


class _Raw(io.BytesIO):
    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


Codes = dict[str, tuple[int, str]]
"""An HTTP status and an error code for each protocol."""

DENIED: Codes = {
    JSON: (400, "AccessDeniedException"),
    REST_JSON: (403, "AccessDeniedException"),
    QUERY: (403, "AccessDenied"),
    EC2: (403, "UnauthorizedOperation"),
    S3: (403, "AccessDenied"),
}
THROTTLED: Codes = {
    JSON: (400, "ThrottlingException"),
    REST_JSON: (400, "ThrottlingException"),
    QUERY: (400, "Throttling"),
    EC2: (503, "RequestLimitExceeded"),
    S3: (503, "SlowDown"),
}
EXPIRED: Codes = {
    JSON: (400, "ExpiredTokenException"),
    REST_JSON: (403, "ExpiredTokenException"),
    QUERY: (403, "ExpiredToken"),
    EC2: (400, "RequestExpired"),
    S3: (400, "ExpiredToken"),
}
UNKNOWN_KEY: Codes = {
    JSON: (400, "UnrecognizedClientException"),
    REST_JSON: (403, "UnrecognizedClientException"),
    QUERY: (403, "InvalidClientTokenId"),
    EC2: (401, "AuthFailure"),
    S3: (403, "InvalidAccessKeyId"),
}
BAD_SIGNATURE: Codes = {
    JSON: (400, "InvalidSignatureException"),
    REST_JSON: (403, "InvalidSignatureException"),
    QUERY: (403, "SignatureDoesNotMatch"),
    EC2: (401, "AuthFailure"),
    S3: (403, "SignatureDoesNotMatch"),
}
SKEWED: Codes = {
    **BAD_SIGNATURE,
    EC2: (400, "RequestExpired"),
    S3: (403, "RequestTimeTooSkewed"),
}


def error_code(codes: Codes, message: str) -> Strike:
    """An error with each service's own code and status; `{action}` in the message is filled in."""

    def strike(call: Call) -> AWSResponse:
        status, code = codes[call.protocol]
        return error(call, status, code, message.format(action=call.action))

    return strike


def status(number: int, body: str = "") -> Strike:
    """A response with a status only, as from load balancers and proxies."""
    return lambda call: answer(call, number, body)


def internal_error(call: Call) -> AWSResponse:
    """AWS's own 500."""
    code = {JSON: "ServerException", EC2: "InternalError", S3: "InternalError"}.get(call.protocol)
    return error(call, 500, code or "InternalFailure", "We encountered an internal error.")


def connection_error(make: Callable[[str], Exception]) -> Strike:
    """No response: the connection fails with the error that `make` returns for the URL."""

    def strike(call: Call) -> AWSResponse:
        raise make(call.request.url or "")

    return strike


def html(call: Call) -> AWSResponse:
    """The login page of a captive portal, with status 200."""
    return answer(call, 200, "<html><head><title>Welcome</title></head><body><p>Log in</p></body></html>")


def empty(call: Call) -> AWSResponse:
    """Status 200 with an empty body."""
    return answer(call, 200, "")


def cut(call: Call) -> AWSResponse:
    """The first half of the response."""
    whole = call.answer()
    return answer(call, whole.status_code, whole.content[: len(whole.content) // 2], dict(whole.headers))


def missing_key(call: Call) -> AWSResponse:
    """A response in the right protocol, without its content."""
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
    """The response with unknown values for states and types."""
    whole = call.answer()
    body = whole.content
    for known, new in (
        (b'"ACTIVE"', b'"HIBERNATING"'),
        (b'"RUNNING"', b'"HOVERING"'),
        (b'"binpack"', b'"stack"'),
    ):
        body = body.replace(known, new)
    return answer(call, whole.status_code, body, dict(whole.headers))


def with_other_types(other: Callable[[Any], Any]) -> Strike:
    """The response with values of other types instead of each text, number, boolean and list; XML has only texts."""

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


def with_letters_for_numbers(call: Call) -> AWSResponse:
    """The response with letters instead of each number in XML that is longer than one digit."""
    whole = call.answer()
    body = whole.content
    if call.protocol in {QUERY, EC2, S3}:
        body = re.sub(rb">[0-9]{2,}<", b">many<", body)
    return answer(call, whole.status_code, body, dict(whole.headers))


_MISSED = r"malformed answer|incomplete or not from AWS|This is an AWS error"
_NOT_ALLOWED = r"Not allowed to call [a-z0-9-]+:[A-Za-z0-9]+"
_REFUSED = (
    "User: "
    + ME
    + " is not authorized to perform: {action} on resource: * because no identity-based policy allows it"
)

FAULTS = (
    Fault("access-denied", error_code(DENIED, _REFUSED), _NOT_ALLOWED),
    Fault("access-denied-unnamed", error_code(DENIED, "Access Denied"), _NOT_ALLOWED),
    Fault("throttled", error_code(THROTTLED, "Rate exceeded"), "AWS throttled"),
    Fault("throttled-once", error_code(THROTTLED, "Rate exceeded"), "", times=1),
    Fault("500", internal_error, "This is an AWS error"),
    Fault("500-once", internal_error, "", times=1),
    Fault(
        "500-html",
        status(500, "<html><body>Internal Server Error</body></html>"),
        "This is an AWS error",
    ),
    Fault("502-empty", status(502), "This is an AWS error"),
    Fault(
        "403-page",
        status(403, "<html><body>Not from this network</body></html>"),
        "returned 403 without an AWS error code|malformed answer",
    ),
    Fault(
        "429-page",
        status(429, "<html><body>Too many requests</body></html>"),
        "AWS throttled|malformed answer",
    ),
    Fault("503", status(503, "Service Unavailable"), _MISSED),
    Fault("503-once", status(503, "<html><body>Service Unavailable</body></html>"), "", times=1),
    Fault(
        "connection-refused",
        connection_error(lambda url: aws.EndpointConnectionError(endpoint_url=url, error="refused")),
        "Cannot connect",
    ),
    Fault(
        "connection-refused-once",
        connection_error(lambda url: aws.EndpointConnectionError(endpoint_url=url, error="refused")),
        "",
        times=1,
    ),
    Fault(
        "connect-timeout",
        connection_error(lambda url: aws.ConnectTimeoutError(endpoint_url=url, error="timed out")),
        "Cannot connect",
    ),
    Fault(
        "reset-in-the-body",
        connection_error(lambda url: aws.ConnectionClosedError(endpoint_url=url, error="reset")),
        "The connection broke",
    ),
    Fault(
        "reset-in-the-body-once",
        connection_error(lambda url: aws.ConnectionClosedError(endpoint_url=url, error="reset")),
        "",
        times=1,
    ),
    Fault(
        "read-timeout",
        connection_error(lambda url: aws.ReadTimeoutError(endpoint_url=url)),
        "did not answer in time",
    ),
    Fault(
        "read-timeout-once", connection_error(lambda url: aws.ReadTimeoutError(endpoint_url=url)), "", times=1
    ),
    Fault(
        "untrusted-certificate",
        connection_error(
            lambda url: aws.SSLError(endpoint_url=url, error=OSError("self-signed certificate"))
        ),
        "certificate of the endpoint is not trusted",
    ),
    Fault("cut-in-the-middle", cut, _MISSED + "|without an AWS error code"),
    Fault("html", html, _MISSED),
    Fault("empty-body", empty, _MISSED),
    Fault("missing-key", missing_key, _MISSED + "|was deleted during the check"),
    Fault("unknown-value", unknown_value, "does not know", everywhere=False),
    Fault(
        "texts-for-lists",
        with_other_types(lambda it: "" if isinstance(it, list) else it),
        "malformed answer",
        everywhere=False,
    ),
    Fault(
        "texts-for-numbers",
        with_other_types(lambda it: str(it) if isinstance(it, int | float) else it),
        "malformed answer",
        everywhere=False,
    ),
    Fault(
        "numbers-for-texts",
        with_other_types(lambda it: 1 if isinstance(it, str) else it),
        "malformed answer",
        everywhere=False,
    ),
    Fault(
        "nothings-in-lists",
        with_other_types(lambda it: [None] if isinstance(it, list) else it),
        "malformed answer",
        everywhere=False,
    ),
    Fault("words-for-numbers", with_letters_for_numbers, "malformed answer", everywhere=False),
    Fault(
        "expired-token",
        error_code(EXPIRED, "The security token included in the request is expired"),
        "expired",
    ),
    Fault(
        "unknown-key",
        error_code(UNKNOWN_KEY, "The security token included in the request is invalid."),
        "does not recognize these credentials",
    ),
    Fault(
        "wrong-signature",
        error_code(
            BAD_SIGNATURE, "The request signature we calculated does not match the signature you provided."
        ),
        "rejected the signature|does not recognize these credentials",
    ),
    Fault(
        "clock-skew",
        error_code(
            SKEWED, "Signature not yet current: 20261122T100000Z is still later than 20261122T090500Z"
        ),
        "clock",
    ),
    Fault("no-credentials", None, "No AWS credentials found", keys=aws.NoCredentialsError()),
    Fault(
        "partial-credentials",
        None,
        "No AWS credentials found",
        keys=aws.PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY"),
    ),
)
"""Everything that can go wrong between a check and AWS."""

DENIALS = frozenset({"access-denied", "access-denied-unnamed"})


def assert_no_false_verdict(right: Verdict, under: Verdict, fault: Fault) -> None:
    """Asserts that no fault turns passed into failed or back; inconclusive ones have the reason, denials the action."""
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
