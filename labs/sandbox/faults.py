"""Errors for what moto cannot do, in the service's own protocol instead of a web page.

botocore raises each of these as a ClientError, whose code a check can distinguish from "not found".
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from labs.sandbox.world.journal import RecordedRequest

UNSUPPORTED = "NotImplemented"
"""The error code of an operation that the emulator lacks (status 501)."""

INTERNAL = "InternalFailure"
"""The error code of a failure in the emulator (status 500); the log has the traceback."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A complete response."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = field(default=b"", repr=False)


def action(request: RecordedRequest) -> str | None:
    """The operation that a request names; empty for REST protocols, which name none."""
    target = request.environ.get("HTTP_X_AMZ_TARGET")
    if target:
        return target.rpartition(".")[2]
    if _speaks_cbor(request):
        return request.environ["PATH_INFO"].rpartition("/")[2]
    named = _form(request).get("Action")
    return named[0] if named else None


def service(request: RecordedRequest) -> str:
    """The service that a request was signed for, by its signing name; empty if it is not signed."""
    return _signed_for(request)[1]


def region(request: RecordedRequest) -> str:
    """The Region that a request was signed for; empty if it is not signed."""
    return _signed_for(request)[0]


def _signed_for(request: RecordedRequest) -> tuple[str, str]:
    scope = (
        request.environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2].partition(",")[0].split("/")
    )
    return (scope[2], scope[3]) if len(scope) > 3 else ("", "")


def no_region(request: RecordedRequest) -> HttpAnswer:
    """The error for an unknown Region, whose name has no address on AWS."""
    return fault(request, 400, "InvalidRegion", f"The sandbox has no Region {region(request)}")


def unsupported(request: RecordedRequest) -> HttpAnswer:
    """The error for an operation that the emulator lacks."""
    what = action(request) or f"{request.environ['REQUEST_METHOD']} {request.environ['PATH_INFO']}"
    return fault(request, 501, UNSUPPORTED, f"This emulator does not have {service(request) or 'aws'}:{what}")


def fault(request: RecordedRequest, status: int, code: str, message: str) -> HttpAnswer:
    """An error in the protocol of the request."""
    if _speaks_cbor(request):
        body = b"\xa2" + b"".join(map(_cbor_text, ("__type", code, "message", message)))
        return HttpAnswer(
            status, (("Content-Type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor")), body
        )
    if "Action" in _form(request) or service(request) in _REST_XML:
        return HttpAnswer(
            status, (("Content-Type", "text/xml"),), _xml(service(request), code, message).encode()
        )
    headers = (("Content-Type", "application/json"), ("x-amzn-errortype", code))
    return HttpAnswer(status, headers, json.dumps({"__type": code, "message": message}).encode())


_REST_XML = {"s3", "route53", "cloudfront", "s3control"}


def _speaks_cbor(request: RecordedRequest) -> bool:
    return request.environ.get("HTTP_SMITHY_PROTOCOL") == "rpc-v2-cbor"


def _form(request: RecordedRequest) -> dict[str, list[str]]:
    encoded = request.environ["QUERY_STRING"]
    if request.environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        encoded = f"{encoded}&{request.body.decode('utf-8', 'replace')}"
    return parse_qs(encoded)


def _xml(service: str, code: str, message: str) -> str:
    error = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    match service:
        case "ec2":
            return f"<Response><Errors><Error>{error}</Error></Errors><RequestID>0</RequestID></Response>"
        case "s3":
            return f"<Error>{error}<RequestId>0</RequestId></Error>"
        case _:
            return f"<ErrorResponse><Error>{error}</Error><RequestId>0</RequestId></ErrorResponse>"


def _cbor_text(text: str) -> bytes:
    data = text.encode()
    return b"\x79" + len(data).to_bytes(2, "big") + data
