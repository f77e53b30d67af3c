"""The last look at a request, below all of botocore's handlers: what the guard has not let through is not sent.

Handlers can be left out of a session, taken off, or change a request after the guard's own has seen it; a signed
address can be sent by anything. So the methods that send and presign are themselves replaced while the guard stands.
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
"""In the host of a request to S3, which is sent to another one where the bucket stands in another region."""


_ours: ContextVar[bool] = ContextVar("ours", default=False)


@contextmanager
def own_requests() -> Iterator[None]:
    """While the block runs, this thread's requests are the program's own, as those of a clean-up, and no check's.

    They are sent by clients that were made outside of the guard, while checks of other threads may stand behind it.
    """
    token = _ours.set(True)
    try:
        yield
    finally:
        _ours.reset(token)


def approve(who: CheckContext, params: dict[str, Any]) -> None:
    """Notes a request as the guard let it through, before it is signed."""
    body = params["body"]
    if isinstance(body, dict):
        body = urlencode([(_bytes(name), _bytes(value)) for name, value in body.items()], doseq=True)
    who.approved.add(_form(params["method"], params["url"], params["headers"], body))


@contextmanager
def last_look(on_bypass: Callable[[], None]) -> Iterator[None]:
    """While the block runs, botocore sends only what was approved, and presigns nothing.

    `on_bypass` is called when something had not been approved: somebody has taken the guard's handlers off.
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
    """All that says what a request asks for, and of whom."""
    parts = urlsplit(url)
    host = "s3" if _S3.search(parts.netloc) else parts.netloc
    return method, host, parts.path or "/", parts.query, _target(headers), _bytes(body or b"")


def _target(headers: Any) -> str:
    found = headers.get("X-Amz-Target") or ""
    return found.decode() if isinstance(found, bytes) else str(found)


def _name(request: Any) -> str:
    """The operation of a request, as far as it can be known."""
    action = parse_qs(_bytes(request.body or b"").decode("utf-8", "replace")).get("Action", [""])[0]
    named = _target(request.headers).rpartition(".")[2] or action
    parts = urlsplit(request.url)
    return f"{named or f'{request.method} {parts.path}'} at {parts.netloc}"


def _bytes(value: Any) -> Any:
    return value.encode() if isinstance(value, str) else value
