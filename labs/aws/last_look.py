"""The last check of a request, below all botocore handlers: only requests that the guard approved are sent.

Handlers can be missing from a session, be removed, or change a request after the guard has approved it, and anybody
can send a presigned URL. So the methods that send and presign are themselves replaced while the guard is active.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from labs.aws.botocore_internals import last_methods
from labs.aws.deadline import limit_answers
from labs.aws.request_scope import CheckContext, current_context
from labs.errors import ReadRefused

_S3 = re.compile(r"(?:^|[.-])s3[.-]")
"""Matches S3 hosts: botocore redirects a request to another host if the bucket is in another Region."""


_ours: ContextVar[bool] = ContextVar("ours", default=False)


@contextmanager
def own_requests() -> Iterator[None]:
    """Exempts this thread's requests while the block runs: those of a clean-up, which no check makes.

    Their clients were made outside the guard, while checks in other threads may run inside it.
    """
    token = _ours.set(True)
    try:
        yield
    finally:
        _ours.reset(token)


def approve(who: CheckContext, params: dict[str, Any]) -> None:
    """Remembers a request that the guard approved, before it is signed."""
    body = params["body"]
    if isinstance(body, dict):
        body = urlencode([(_bytes(name), _bytes(value)) for name, value in body.items()], doseq=True)
    who.approved.add(_form(params["method"], params["url"], params["headers"], body))


@contextmanager
def last_look(on_bypass: Callable[[], None]) -> Iterator[None]:
    """While the block runs, botocore sends only approved requests, and presigns nothing.

    `on_bypass` is called for an unapproved request: the guard's handlers have been removed.
    """

    def sending(send: Callable[..., Any]) -> Callable[..., Any]:
        def send_approved(session: Any, request: Any) -> Any:
            _refuse_unapproved(request, on_bypass)
            limit_answers(session)
            return send(session, request)

        return send_approved

    def presigning(_: Callable[..., Any]) -> Callable[..., Any]:
        def refuse(*_: object, **__: object) -> Any:
            raise _refusal("a presigned address", "anybody may send it")

        return refuse

    replaced: list[tuple[Any, str, Any]] = []
    for what, (owner, name) in last_methods().items():
        stock = getattr(owner, name)
        replaced.append((owner, name, stock))
        setattr(owner, name, sending(stock) if what == "send" else presigning(stock))
    try:
        yield
    finally:
        for owner, name, stock in replaced:
            setattr(owner, name, stock)


def _refuse_unapproved(request: Any, on_bypass: Callable[[], None]) -> None:
    if _ours.get():
        return
    who = current_context()
    if who is not None and (
        who.fetches_credentials
        or _form(request.method, request.url, request.headers, request.body) in who.approved
    ):
        return
    on_bypass()
    raise _refusal(_name(request), "it is not the request that was let through")


def _refusal(what: str, why: str) -> ReadRefused:
    who = current_context()
    if who is not None:
        who.refused.append(what)
    return ReadRefused(f"{what} was refused at the last moment: {why}")


def _form(method: str, url: str, headers: Any, body: Any) -> tuple[object, ...]:
    """Everything that identifies a request: method, host, path, query, target and body."""
    parts = urlsplit(url)
    host = "s3" if _S3.search(parts.netloc) else parts.netloc
    return method, host, parts.path or "/", parts.query, _target(headers), _bytes(body or b"")


def _target(headers: Any) -> str:
    found = headers.get("X-Amz-Target") or ""
    return found.decode() if isinstance(found, bytes) else str(found)


def _name(request: Any) -> str:
    """The operation and host of a request for a message, as far as they can be told."""
    action = parse_qs(_bytes(request.body or b"").decode("utf-8", "replace")).get("Action", [""])[0]
    named = _target(request.headers).rpartition(".")[2] or action
    parts = urlsplit(request.url)
    return f"{named or f'{request.method} {parts.path}'} at {parts.netloc}"


def _bytes(value: Any) -> Any:
    return value.encode() if isinstance(value, str) else value
