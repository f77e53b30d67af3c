"""The read-only guard on botocore's events: only the lab's listed reads are sent, each distinct request once.

Every session made while the guard is active is guarded, with its clients and `resource()`s, including sessions that a
pack makes: botocore registers its BUILTIN_HANDLERS on each new session, and ours are among them. So packs are imported
inside the guard as well. A request that no handler approved, or that was changed afterwards, is refused by `last_look`
below all handlers. Requests without botocore are not guarded: this protects against mistakes of authors, not against
malice.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import msgspec

from labs.aws.botocore_internals import builtin_handlers, forget_default_session, protocol
from labs.aws.last_look import approve, last_look
from labs.aws.limits import BYTES_PER_VALUE
from labs.aws.request_scope import Question, Read, copied, current_context
from labs.aws.shape import shape_mismatches
from labs.aws.streams import opened
from labs.content.markdown import plain
from labs.errors import CutAnswer, LimitReached, ReadRefused

_ROOT = re.compile(
    rb"(?:\xef\xbb\xbf)?(?>(?:\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>]*>)*)<(?:[\w.-]++:)?([\w.-]++)",
    re.DOTALL | re.IGNORECASE,
)
"""Matches the name of an XML document's root element, after declaration and comments."""

WAIT_FOR_ANSWER = 120.0
"""Seconds to wait for the answer to the same request of another thread."""


_encoder = msgspec.json.Encoder(enc_hook=str, order="sorted")

unattributed_calls: list[str] = []
"""Calls that were refused because they belong to no check context."""


@contextmanager
def read_only_guard() -> Iterator[None]:
    """While the block runs, every new session is guarded, in all threads.

    Nested blocks share one guard: a session guarded twice would wait for its own answer.
    """
    _change_depth(1)
    try:
        yield
    finally:
        _change_depth(-1)


_depth = 0
_last_look = ExitStack()
_depth_lock = threading.Lock()


def _change_depth(more: int) -> None:
    global _depth

    with _depth_lock:
        before, _depth = _depth, _depth + more
        if before == 0:
            _last_look.enter_context(last_look(_register))
            _register()
            forget_default_session()
        elif _depth == 0:
            _last_look.close()
            _unregister()
            forget_default_session()


def _register() -> None:
    """Adds the handlers to every future session, again if they have been removed."""
    registered = builtin_handlers()
    if registered is not None:
        registered[:0] = [each for each in _handlers() if each not in registered]


def _unregister() -> None:
    registered = builtin_handlers()
    if registered is not None:
        registered[:] = [each for each in registered if each not in _handlers()]


def guard(session: Any) -> None:
    """Guards one session, for versions of botocore without a list of handlers for every session."""
    if builtin_handlers() is None:
        for event, handler in reversed(_handlers()):
            session.get_component("event_emitter").register_first(event, handler)


def _handlers() -> list[tuple[str, Callable[..., Any]]]:
    return [
        ("before-call", _approve_read),
        ("before-send", _count),
        ("before-parse", _refuse_cut_answer),
        # Wildcards run before botocore's own handlers, which run again each time a cached answer is returned.
        ("after-call.*.*", _keep_answer),
        ("after-call-error", _keep_error),
    ]


def _approve_read(
    model: Any, params: dict[str, Any], context: dict[str, Any], request_signer: Any, **_: Any
) -> Any:
    who = current_context()
    name = f"{model.service_model.service_name}:{model.name}"
    if who is None:
        unattributed_calls.append(name)
        raise ReadRefused(
            f"{name} was refused before it left: no check is known to ask for it. A thread that a check starts "
            "must carry its context on (contextvars.copy_context)"
        )
    if name not in who.allowed:
        who.refused.append(name)
        raise ReadRefused(f"{name} was refused before it left: it is not among the reads that this lab lists")
    who.count_call(name)
    approve(who, params)
    question = _question(name, params, context, request_signer)
    with who.scope.lock:
        answer = who.scope.answer_to(question)
        if answer is None:
            context["cardlabs_answer"] = who.scope.answers[question] = Future()
            return None
    http, parsed = answer.result(WAIT_FOR_ANSWER)
    return http, opened(copied(parsed), model.output_shape)


def _question(name: str, params: dict[str, Any], context: dict[str, Any], signer: object) -> Question:
    """The cache key of a request. The signer belongs to it: other credentials may get a different answer."""
    service, _, operation = name.partition(":")
    body = params["body"]
    if isinstance(body, bytes):
        body = body.decode("utf-8", "replace")
    asked = [params["url"], params["query_string"], body]
    return service, context["client_region"], operation, _encoder.encode(asked).decode(), signer


def _count(**_: Any) -> None:
    who = current_context()
    if who is not None:
        who.scope.count_request()


def _keep_answer(
    http_response: Any, parsed: dict[str, Any], model: Any, context: dict[str, Any], **_: Any
) -> None:
    promised: Future[Any] | None = context.pop("cardlabs_answer", None)
    opened(parsed, model.output_shape)
    if promised is not None:
        promised.set_result((http_response, copied(parsed)))
    who = current_context()
    if who is not None and http_response.status_code < 300:
        name = model.service_model.service_name
        who.reads.append(Read(name, model.name, context["client_region"], parsed, model.output_shape))


def _keep_error(exception: Exception, context: dict[str, Any], **_: Any) -> None:
    promised: Future[Any] | None = context.pop("cardlabs_answer", None)
    if promised is not None:
        promised.set_exception(exception)


def _refuse_cut_answer(operation_model: Any, response_dict: dict[str, Any], **_: Any) -> None:
    """Refuses an incomplete or foreign body, which botocore would parse as an empty answer: "nothing there"."""
    body = response_dict["body"]
    if not isinstance(body, bytes):
        return
    spoken = protocol(operation_model.service_model)
    in_json = spoken in {"json", "rest-json"}
    _count_values(body, in_json)
    if response_dict["status_code"] >= 300:
        if in_json and not _has_error_code(body):
            response_dict["body"] = b""  # botocore could not parse it; without a body, the status decides
    elif not body:
        if _has_body(operation_model):
            raise _cut(operation_model)
    elif in_json:
        _refuse_misshapen(body, operation_model)
    elif not _is_plain(operation_model.output_shape) and not _is_answer_to(
        body, operation_model.name, spoken
    ):  # botocore itself notices truncated XML
        raise _cut(operation_model)


def _has_body(operation_model: Any) -> bool:
    """Whether answers to this operation have a body: not for HEAD, nor if all members are headers."""
    shape = operation_model.output_shape
    if shape is None or operation_model.http.get("method") == "HEAD":
        return False
    return not shape.members or any("location" not in each.serialization for each in shape.members.values())


def _is_plain(shape: Any) -> bool:
    """Whether the raw body is one member of the answer, such as the policy of a bucket."""
    payload = shape.serialization.get("payload") if shape is not None else None
    return payload is not None and shape.members[payload].type_name in {"string", "blob"}


def _count_values(body: bytes, in_json: bool) -> None:
    """Counts the values of an answer before it is parsed: they take many times the memory of their text."""
    who = current_context()
    if who is not None:
        values = sum(map(body.count, (b",", b"[", b"{"))) if in_json else body.count(b"<")
        try:
            who.scope.limits.receive(BYTES_PER_VALUE * values)
        except LimitReached as error:
            who.exceed(error)


def _is_answer_to(body: bytes, operation: str, spoken: str) -> bool:
    """Whether the root element has the name for answers to this operation. S3 has no common naming rule."""
    root = _ROOT.match(body)
    name = root[1].decode().lower() if root else ""
    if spoken in {"query", "ec2"}:
        return name == f"{operation}Response".lower()
    return name not in {"", "html", "envelope"}


def _cut(operation_model: Any) -> CutAnswer:
    return CutAnswer(
        f"The response to {operation_model.name} is incomplete or not from AWS. Check the endpoint and your proxy."
    )


def _refuse_misshapen(body: bytes, operation_model: Any) -> None:
    answer = _read(body)
    if not isinstance(answer, dict):
        raise _cut(operation_model)
    shape = operation_model.output_shape
    if shape is None or "payload" in shape.serialization:
        return
    for path in shape_mismatches(answer, shape):
        message = (
            f"malformed answer: {plain(path)} of {operation_model.name} is not of the kind that AWS sends"
        )
        raise CutAnswer(message)


def _has_error_code(body: bytes) -> bool:
    """Whether the body of an error is a JSON object whose code, if any, is a string."""
    error = _read(body)
    return isinstance(error, dict) and all(
        isinstance(error.get(name, ""), str) for name in ("__type", "code", "Code")
    )


def _read(body: bytes) -> Any:
    """The body as botocore's parser reads it, which accepts more than JSON (`NaN`); None if it cannot."""
    try:
        return msgspec.json.decode(body)
    except (ValueError, RecursionError):
        with suppress(ValueError, RecursionError):
            return json.loads(body.decode())
    return None
