"""The guard on botocore's events: only listed reads leave the process, each question only once.

Every session that is made while the guard stands is behind it, and with it its clients and `resource()`s, those
that a pack makes for itself included: botocore registers its BUILTIN_HANDLERS on each new session, and ours are
among them. So packs are imported behind the guard as well. What no handler has let through, or what was changed since,
is refused by the last look (`last_look`), below all handlers. Not behind the guard is what does not use botocore: it
guards against mistakes of authors, not against malice.
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
    rb"(?:\xef\xbb\xbf)?(?>\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>]*>)*+<(?:[\w.-]++:)?([\w.-]++)",
    re.DOTALL | re.IGNORECASE,
)
"""The first element of an XML, after its declaration and comments."""

WAIT_FOR_ANSWER = 120.0
"""Seconds after which a question that another thread asked counts as unanswered."""


_encoder = msgspec.json.Encoder(enc_hook=str, order="sorted")

unattributed_calls: list[str] = []
"""Calls that were refused because nobody could tell which check asked for them."""


@contextmanager
def read_only_guard() -> Iterator[None]:
    """While the block runs, every session that is made is behind the guard: in this thread and in all others.

    It stands once, however many ask for it: a session behind two walls would wait for its own answer.
    """
    _count_in(1)
    try:
        yield
    finally:
        _count_in(-1)


_inside = 0
_last_look = ExitStack()
_building = threading.Lock()


def _count_in(more: int) -> None:
    global _inside

    with _building:
        before, _inside = _inside, _inside + more
        if before == 0:
            _last_look.enter_context(last_look(_register))
            _register()
            forget_default_session()
        elif _inside == 0:
            _last_look.close()
            _unregister()
            forget_default_session()


def _register() -> None:
    """Puts the handlers on every session that will be made; once more where somebody has taken them off."""
    registered = builtin_handlers()
    if registered is not None:
        registered[:0] = [each for each in _handlers() if each not in registered]


def _unregister() -> None:
    registered = builtin_handlers()
    if registered is not None:
        registered[:] = [each for each in registered if each not in _handlers()]


def guard(session: Any) -> None:
    """Guards one session where botocore has no list of handlers for every new one."""
    if builtin_handlers() is None:
        for event, handler in reversed(_handlers()):
            session.get_component("event_emitter").register_first(event, handler)


def _handlers() -> list[tuple[str, Callable[..., Any]]]:
    return [
        ("before-call", _let_reads_through),
        ("before-send", _count),
        ("before-parse", _refuse_cut_answer),
        # By wildcards, to come before botocore's own handlers: a kept answer meets those again when it is given out.
        ("after-call.*.*", _keep_answer),
        ("after-call-error", _keep_error),
    ]


def _let_reads_through(
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
    """The question of a request, with its signer: a client with other credentials may get another answer."""
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
    """Refuses what only looks like an answer: botocore reads it as an empty one, and that as "nothing there"."""
    body = response_dict["body"]
    if not isinstance(body, bytes):
        return
    spoken = protocol(operation_model.service_model)
    in_json = spoken in {"json", "rest-json"}
    _count_values(body, in_json)
    if response_dict["status_code"] >= 300:
        if in_json and not _has_error_code(body):
            response_dict["body"] = b""  # botocore would break on it: now the status alone says what it is
    elif not body:
        if _has_body(operation_model):
            raise _cut(operation_model)
    elif in_json:
        _refuse_misshapen(body, operation_model)
    elif not _is_plain(operation_model.output_shape) and not _is_answer_to(
        body, operation_model.name, spoken
    ):  # what is cut off, botocore notices by itself
        raise _cut(operation_model)


def _has_body(operation_model: Any) -> bool:
    """Whether an answer to this operation has a body: one to HEAD has none, nor one whose members are all headers."""
    shape = operation_model.output_shape
    if shape is None or operation_model.http.get("method") == "HEAD":
        return False
    return not shape.members or any("location" not in each.serialization for each in shape.members.values())


def _is_plain(shape: Any) -> bool:
    """Whether the body of an answer is one member of it as it stands, such as the policy of a bucket."""
    payload = shape.serialization.get("payload") if shape is not None else None
    return payload is not None and shape.members[payload].type_name in {"string", "blob"}


def _count_values(body: bytes, in_json: bool) -> None:
    """Counts the values of an answer before they are made: they take many times the memory of their text."""
    who = current_context()
    if who is not None:
        values = sum(map(body.count, (b",", b"[", b"{"))) if in_json else body.count(b"<")
        try:
            who.scope.limits.receive(BYTES_PER_VALUE * values)
        except LimitReached as error:
            who.exceed(error)


def _is_answer_to(body: bytes, operation: str, spoken: str) -> bool:
    """Whether the root of an XML is called as the answer to this operation; S3 has names of its own for each."""
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
    """Whether the body of an error is an object, and the code in it, if any, a text."""
    error = _read(body)
    return isinstance(error, dict) and all(
        isinstance(error.get(name, ""), str) for name in ("__type", "code", "Code")
    )


def _read(body: bytes) -> Any:
    """The body as botocore's parser will read it, which lets more pass than JSON (`NaN`); None if it cannot."""
    try:
        return msgspec.json.decode(body)
    except (ValueError, RecursionError):
        with suppress(ValueError, RecursionError):
            return json.loads(body.decode())
    return None
