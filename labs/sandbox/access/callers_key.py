"""Replaces access keys of real AWS accounts in requests, so that the journal, which may be shared, contains none."""

from __future__ import annotations

import re

from msgspec.structs import replace

from labs.sandbox.access.enforced_requests import account_of
from labs.sandbox.access.sts import caller
from labs.sandbox.client.connection import KEY_OF_ACCOUNT
from labs.sandbox.world.journal import RecordedRequest

_KEY = re.compile(rf"\b(?!{KEY_OF_ACCOUNT})A[KS]IA[A-Z0-9]{{12,}}\b")
_TOKEN = re.compile(r"(X-Amz-(?:Security-Token|Signature)=)[^&]*", re.IGNORECASE)
_WHERE = ("HTTP_AUTHORIZATION", "QUERY_STRING", "REQUEST_URI")


def without_real_key(request: RecordedRequest) -> RecordedRequest:
    """The request, with a sandbox administrator's key unless the sandbox issued its key.

    The sandbox treats both the same: any key that it did not issue is an administrator's.
    """
    environ = dict(request.environ)
    for name in _WHERE:
        if name in environ:
            environ[name] = _TOKEN.sub(r"\1-", _KEY.sub(_known, environ[name]))
    return replace(request, environ=environ) if environ != request.environ else request


def _known(found: re.Match[str]) -> str:
    key = found[0]
    return "sandbox" if caller(account_of(key), key).administrator else key
