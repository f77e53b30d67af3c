"""The reason why AWS could not be read: one sentence for people, and the IAM action if one was denied."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from labs.aws.policy import action
from labs.aws.rate_limit import THROTTLED
from labs.aws.request_scope import Read
from labs.aws.session import CREDENTIAL_CALLS, WHO_AM_I
from labs.aws.shape import member_names
from labs.errors import CutAnswer, LimitReached, PolicyError, ReadRefused
from labs.sdk import CannotTell

FORBIDDEN_WITHOUT_CODE = "403"
"""botocore's code for a 403 without a body: AWS sends one only to HEAD requests; otherwise it is not from AWS."""
DENIED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "UnauthorizedOperation",
        "AuthorizationError",
        "NotAuthorized",
        FORBIDDEN_WITHOUT_CODE,
    }
)
EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"})
EXPIRED_OR_SKEWED = frozenset({"RequestExpired"})
"""EC2's code for both an expired token and a wrong clock."""
UNKNOWN_KEY = frozenset(
    {
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "InvalidAccessKeyId",
        "AuthFailure",
        "InvalidToken",
    }
)
BAD_SIGNATURE = frozenset({"SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature"})
SKEWED = frozenset({"RequestTimeTooSkewed", "RequestInTheFuture"})
UNSUPPORTED = frozenset(
    {"NotImplemented", "NotImplementedException", "UnknownOperationException", "InvalidAction"}
)
CREDENTIALS_EXPIRED = "credentials have expired"
"""Part of the reason whenever that is, or may be, the cause."""

NOT_JUDGED = (
    DENIED | EXPIRED | EXPIRED_OR_SKEWED | UNKNOWN_KEY | BAD_SIGNATURE | SKEWED | THROTTLED | UNSUPPORTED
)
"""Codes with which AWS refused the request before evaluating it."""


MAX_TEXT = 500
"""Characters of a reason: the text of an error is untrusted."""


class Reason(msgspec.Struct, frozen=True):
    """Why an objective could not be judged; `action` is the IAM action that was denied, if that was it."""

    text: str
    action: str | None = None


def read_errors() -> tuple[type[Exception], ...]:
    """Exception types of a read that AWS refused, did not answer, or answered with malformed data."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    aws = (BotoCoreError, ClientError, ResponseParserError, OSError, KeyError, ValueError)
    return (*aws, ReadRefused, CannotTell, CutAnswer, LimitReached)


def _is_raised_by_a_client(error: BaseException) -> bool:
    """Whether botocore or our own client code raised a KeyError: they look up keys only in answers."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    module = trace.tb_frame.f_globals.get("__name__", "") if trace else ""
    return str(module).startswith(("botocore.", "labs.aws.", "labs.workshop."))


def reason(error: BaseException, reads: Iterable[str] = (), answers: Iterable[Read] = ()) -> Reason:
    """The reason for an exception that a check or a client raised.

    `reads` are the operations that the check may call, `answers` what it received. A KeyError of a check means a
    malformed answer only if the key is in the model of one of the answers.
    """
    why = _reason(error, reads, answers)
    if len(why.text) <= MAX_TEXT:
        return why
    return Reason(f"{why.text[: MAX_TEXT - 1]}…", why.action)


def _reason(error: BaseException, reads: Iterable[str], answers: Iterable[Read]) -> Reason:
    from botocore.exceptions import ClientError

    if isinstance(error, ClientError):
        return _refusal(error, reads)
    if isinstance(error, ReadRefused | CannotTell | CutAnswer | LimitReached):
        return Reason(str(error))
    if isinstance(error, PolicyError):
        return Reason(f"cannot evaluate the policy: {error}")
    if isinstance(error, KeyError) and (
        _is_raised_by_a_client(error)
        or any(each.shape and error.args[0] in member_names(each.shape) for each in answers)
    ):
        return Reason(f"malformed answer: it has no {error}")
    return _transport(error) or Reason(
        f"The check failed with an internal error: {type(error).__name__}: {error}. Please report it."
    )


def is_temporary(error: BaseException) -> bool:
    """Whether the same credentials may get an answer later: AWS or the network failed, not the credentials."""
    from botocore import exceptions as aws

    if isinstance(error, aws.ClientError):
        code = str(error.response.get("Error", {}).get("Code", ""))
        return code in THROTTLED or not (code in NOT_JUDGED or was_authorized(error))
    return not isinstance(
        error,
        aws.NoCredentialsError
        | aws.PartialCredentialsError
        | aws.CredentialRetrievalError
        | aws.TokenRetrievalError
        | aws.SSOError
        | aws.UnauthorizedSSOTokenError,
    )


def was_authorized(error: Any) -> bool:
    """Whether a ClientError is AWS's answer to an authorized call, such as "not found"."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    unreadable = code.isdigit() and code != "404"
    return code not in NOT_JUDGED and not unreadable and 400 <= status < 500


def _refusal(error: Any, reads: Iterable[str]) -> Reason:
    """The reason for an error response. The error code decides, not the HTTP status."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    code = str(error.response.get("Error", {}).get("Code", "")) or str(status)
    message = str(error.response.get("Error", {}).get("Message", ""))
    operation = error.operation_name
    if code in DENIED and (code != FORBIDDEN_WITHOUT_CODE or operation.startswith("Head")):
        denied = _denied_action(message, operation, reads)
        return Reason(f"Not allowed to call {denied}", denied)
    sentences = {
        EXPIRED: f"The {CREDENTIALS_EXPIRED}. Sign in again.",
        EXPIRED_OR_SKEWED: f"The {CREDENTIALS_EXPIRED}, or the clock of this computer is wrong. "
        "Sign in again, or set the clock.",
        UNKNOWN_KEY: "AWS does not recognize these credentials. Check the access key.",
        BAD_SIGNATURE: "AWS rejected the signature. Check the secret access key and the clock of this computer.",
        SKEWED: "The clock of this computer is wrong. Set it and try again.",
        THROTTLED: f"AWS throttled {operation}, also after retries. Try again in a minute.",
        UNSUPPORTED: f"This emulator does not support {operation}.",
    }
    for codes, sentence in sentences.items():
        if code in codes:
            skewed = codes is BAD_SIGNATURE and re.search("not yet current|expired", message)
            return Reason(sentences[SKEWED] if skewed else sentence)
    if status >= 500:
        answered = code if code.startswith(str(status)) else f"{status} {code}".rstrip()
        return Reason(f"{operation} failed with {answered}. This is an AWS error: try again.")
    if code.isdigit():
        return Reason(
            f"{operation} returned {code} without an AWS error code. Check the endpoint and your proxy."
        )
    return Reason(f"{operation} answered {code}: {message}".rstrip(": "))


def _denied_action(message: str, operation: str, reads: Iterable[str]) -> str:
    named = re.search(r"perform:? ([a-z0-9-]+:[A-Za-z0-9]+)", message)
    if named:
        return named[1]
    known = (*reads, *CREDENTIAL_CALLS, *WHO_AM_I)
    return next((action(read) for read in known if read.endswith(f":{operation}")), operation)


def _transport(error: BaseException) -> Reason | None:
    """The reason for a missing answer: no credentials, no network, no such endpoint; None for other errors."""
    from botocore import exceptions as aws
    from botocore.parsers import ResponseParserError

    sentences: dict[type[BaseException] | tuple[type[BaseException], ...], str] = {
        (aws.NoCredentialsError, aws.PartialCredentialsError): (
            "No AWS credentials found. Run `aws configure`, use --profile, "
            "or practice without an account: labs sandbox start"
        ),
        (
            aws.CredentialRetrievalError,
            aws.TokenRetrievalError,
            aws.SSOError,
            aws.UnauthorizedSSOTokenError,
        ): f"The credentials could not be fetched: {error}",
        (aws.ProxyConnectionError, aws.ConnectTimeoutError, aws.EndpointConnectionError): (
            f"Cannot connect: {_without_advice(error)}. Check the endpoint, the Region and the network."
        ),
        (aws.ReadTimeoutError, TimeoutError): "AWS did not answer in time. Try again.",
        (aws.ConnectionClosedError, aws.HTTPClientError, aws.IncompleteReadError): (
            f"The connection broke: {_without_advice(error)}"
        ),
        (aws.SSLError,): f"The certificate of the endpoint is not trusted: {error}",
        (
            ResponseParserError,
        ): "The response is incomplete or not from AWS. Check the endpoint and your proxy.",
        (aws.BotoCoreError, OSError): f"Could not ask AWS: {error}",
    }
    for kinds, sentence in sentences.items():
        if isinstance(error, kinds):
            return Reason(sentence)
    return None


def _without_advice(error: BaseException) -> str:
    return str(error).rstrip(".")
