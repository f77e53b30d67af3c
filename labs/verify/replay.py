"""Stores the answers of a run without secrets, and replays them to another run without network or credentials."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec

from labs.aws.clients import ContextCredentials, SharedClients
from labs.aws.faults import reason
from labs.aws.limits import RUN_SECONDS, RunLimits
from labs.aws.redaction import Redaction
from labs.aws.request_scope import Question, RequestScope
from labs.aws.session import CREDENTIAL_CALLS, SANDBOX_HEADER, AwsSession, ConnectionOptions
from labs.sdk import CannotTell

RECORDED_HEADERS = frozenset({SANDBOX_HEADER, "date"})
UNASKED = "the record holds no answer"
"""Start of the message for a request that was not recorded."""
_AT, _BYTES = "$at", "$bytes"


class RecordedAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """One recorded call: the request, and the answer of AWS or the error.

    `request` is the serialized request without the host; `lost` marks an error of the connection.
    """

    service: str
    operation: str
    region: str
    request: str
    status: int = 0
    answer: dict[str, Any] = {}
    fault: str = ""
    lost: bool = False


@dataclass(frozen=True, slots=True)
class _Http:
    """The part of an HTTP response that is used after parsing."""

    status_code: int


class RecordedScope(RequestScope):
    """A request scope that answers from a record."""

    def __init__(self, answers: Iterable[RecordedAnswer], keys: object) -> None:
        super().__init__(keys, RunLimits(RUN_SECONDS))
        self.known: dict[tuple[str, str, str], dict[str, RecordedAnswer]] = {}
        for each in answers:
            asked = each.service, each.operation, each.request
            self.known.setdefault(asked, {}).setdefault(each.region, each)

    def answer_to(self, question: Question) -> Future[tuple[Any, dict[str, Any]]]:
        """The recorded answer. Raises CannotTell if the record has no answer to this request.

        If only one Region is recorded, it counts for all: the Region of a global service depends on its endpoint.
        """
        service, region, operation, asked, _ = question
        by_region = self.known.get((service, operation, without_host(asked)), {})
        found = by_region.get(region) or (next(iter(by_region.values())) if len(by_region) == 1 else None)
        if found is None:
            raise CannotTell(f"{UNASKED} to {service}:{operation} as it is asked now")
        promised: Future[tuple[Any, dict[str, Any]]] = Future()
        if found.fault:
            promised.set_exception(_lost(found.fault) if found.lost else CannotTell(found.fault))
        else:
            promised.set_result((_Http(found.status), _from_plain(found.answer)))
        return promised


def answers(scope: RequestScope, redacted: Redaction) -> list[RecordedAnswer]:
    """All answers to the checks of a run, in the order of the first requests, without secrets.

    Requests for credentials are left out: they carry tokens themselves, and no verdict rests on them.
    """
    return [
        _answer(question, promised, redacted)
        for question, promised in list(scope.answers.items())
        if promised.done() and f"{question[0]}:{question[2]}" not in CREDENTIAL_CALLS
    ]


class _UnconfiguredClients(SharedClients):
    """Clients that ignore the AWS configuration of this machine."""

    def __init__(self) -> None:
        from botocore.session import Session

        super().__init__()
        unset: Any = (None, None, None, None)
        self._session = Session(
            session_vars={
                "profile": unset,
                "config_file": (None, None, os.devnull, None),
                "ignore_configured_endpoint_urls": (None, None, True, None),
            }
        )
        self._session.register_component("credential_provider", ContextCredentials())


def recorded_session(
    known: Iterable[RecordedAnswer], region: str, endpoint: str | None, *, sandbox: bool, fault: str = ""
) -> AwsSession:
    """A session that answers from a record. `fault` is the reason if no answer was received at all."""
    from botocore.credentials import Credentials

    keys = CannotTell(fault) if fault else Credentials("recorded", "recorded").get_frozen_credentials()
    where = (
        ConnectionOptions(environment={"AWS_ENDPOINT_URL": endpoint or ""})
        if sandbox
        else ConnectionOptions(endpoint_url=endpoint)
    )
    return AwsSession(where, region, endpoint, RecordedScope(known, keys), _UnconfiguredClients())


def without_host(asked: str) -> str:
    """A serialized request without its host, so that a record can be replayed at any endpoint."""
    url, query, body = json.loads(asked)
    return json.dumps([urlsplit(url).path, query, body], sort_keys=True)


def _answer(
    question: Question, promised: Future[tuple[Any, dict[str, Any]]], redacted: Redaction
) -> RecordedAnswer:
    from botocore.exceptions import BotoCoreError

    service, region, operation, asked, _ = question
    request = without_host(asked)
    error = promised.exception()
    if error is not None:
        lost = isinstance(error, BotoCoreError)
        return RecordedAnswer(service, operation, region, request, fault=reason(error).text, lost=lost)
    http, parsed = promised.result()
    return RecordedAnswer(
        service, operation, region, request, http.status_code, _to_plain(redacted(_bare(parsed)))
    )


def _bare(parsed: dict[str, Any]) -> dict[str, Any]:
    """The answer with only the response metadata that a verdict needs."""
    envelope = parsed.get("ResponseMetadata", {})
    headers = {
        name: value for name, value in envelope.get("HTTPHeaders", {}).items() if name in RECORDED_HEADERS
    }
    kept = {"HTTPStatusCode": envelope.get("HTTPStatusCode", 200), "HTTPHeaders": headers}
    return {**parsed, "ResponseMetadata": kept}


def _to_plain(value: Any) -> Any:
    """The value as JSON types; times and bytes become tagged objects."""
    match value:
        case dict():
            return {key: _to_plain(each) for key, each in value.items()}
        case list() | tuple():
            return [_to_plain(each) for each in value]
        case datetime():
            return {_AT: value.isoformat()}
        case bytes():
            return {_BYTES: base64.b64encode(value).decode()}
        case str() | int() | float() | None:
            return value
        case _:
            raise TypeError(f"{type(value).__name__} cannot be recorded")


def _from_plain(value: Any) -> Any:
    match value:
        case {"$at": str(at)} if len(value) == 1:
            return datetime.fromisoformat(at)
        case {"$bytes": str(encoded)} if len(value) == 1:
            return base64.b64decode(encoded)
        case dict():
            return {key: _from_plain(each) for key, each in value.items()}
        case list():
            return [_from_plain(each) for each in value]
        case _:
            return value


def _lost(text: str) -> Exception:
    """A recorded connection error: a BotoCoreError, because searches for similar names ignore those."""
    from botocore.exceptions import BotoCoreError

    class Lost(CannotTell, BotoCoreError):
        """The recorded fault of the connection."""

        def __init__(self) -> None:
            Exception.__init__(self, text)

    return Lost()
