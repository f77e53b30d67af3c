"""Answers of AWS as they came over the wire, kept once and given again in this process, without a server.

A session on the tape sends to nobody. While `recording` runs, each request goes to a sandbox and its answer is
kept; at any other time the answers of the tape that lies in `DECK` are given, in milliseconds. A question that
nobody recorded meets a refused connection: what a check needs of it cannot be judged, and no test is fooled.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse  # noqa: TID253 - a tape stands in botocore's place
from botocore.exceptions import EndpointConnectionError  # noqa: TID253 - as above
from botocore.httpsession import URLLib3Session  # noqa: TID253 - as above

from labs.aws.clients import SharedClients
from labs.aws.read_only_guard import read_only_guard
from labs.aws.session import ConnectionOptions
from tests.aws import Call, answer, on_the_wire
from tests.labs.changes import Change

NOBODY = "http://aws.invalid"
"""Where every request on the tape is sent; nobody is there."""

HERE = ConnectionOptions(
    environment={
        "AWS_ENDPOINT_URL": NOBODY,
        "AWS_ACCESS_KEY_ID": "sandbox",
        "AWS_SECRET_ACCESS_KEY": "sandbox",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }
)
_OF_THE_WAY = frozenset({"content-length", "content-encoding", "transfer-encoding", "connection"})
"""Headers that tell how a body travelled, and not what it says."""


@dataclass(frozen=True, slots=True)
class Taped:
    """One answer; its body as Latin-1, which holds each byte as one character."""

    status: int
    headers: dict[str, str]
    body: str


@dataclass(slots=True)
class Tape:
    """The answers of one state of one lab, by what was asked."""

    answers: dict[str, Taped] = field(default_factory=dict)

    def save(self, file: Path) -> None:
        file.write_text(
            json.dumps({question: asdict(taped) for question, taped in self.answers.items()}), "utf-8"
        )

    @classmethod
    def load(cls, file: Path) -> Tape:
        kept = json.loads(file.read_text("utf-8"))
        return cls({question: Taped(**taped) for question, taped in kept.items()})


class Deck:
    """Plays a tape to the sessions that are on it, or records one from a sandbox."""

    def __init__(self) -> None:
        self.tape = Tape()
        self.sandbox: str | None = None
        """The sandbox that is recorded, while one is."""
        self.change: Change | None = None
        """What is done to each answer after botocore has parsed it."""
        self._http = URLLib3Session()

    def on_request(self, request: AWSPreparedRequest, event_name: str, **_: Any) -> AWSResponse:
        """The answer to a request: botocore's `before-send`."""
        service, operation = event_name.split(".")[1:]
        asked = _question(service, operation, request)
        if self.sandbox and asked not in self.tape.answers:
            self.tape.answers[asked] = self._fetch(request)
        taped = self.tape.answers.get(asked)
        if taped is None:
            raise EndpointConnectionError(endpoint_url=f"{request.url} ({asked} is not on the tape)")
        call = Call(service, operation, request, _nothing)
        return answer(call, taped.status, taped.body.encode("latin-1"), taped.headers)

    def on_answer(self, parsed: dict[str, Any], model: Any, **_: Any) -> None:
        """Changes a good answer: botocore's `after-call`, before the wall keeps it."""
        if self.change and parsed["ResponseMetadata"]["HTTPStatusCode"] < 300:
            changed = self.change(
                f"{model.service_model.service_name}:{model.name}", parsed, model.output_shape
            )
            parsed.update(changed)
            for name in parsed.keys() - changed.keys():
                del parsed[name]

    def _fetch(self, request: AWSPreparedRequest) -> Taped:
        assert self.sandbox
        request.url = request.url.replace(NOBODY, self.sandbox)
        said = self._http.send(request)
        heads = {name: value for name, value in said.headers.items() if name.lower() not in _OF_THE_WAY}
        return Taped(said.status_code, heads, said.content.decode("latin-1"))


DECK = Deck()
"""The one deck of this process."""


class TapedClients(SharedClients):
    """Clients whose requests meet the faults of the wire first, and then the tape."""

    def _make(self, service: str, region: str, endpoint: str | None) -> Any:
        with on_the_wire(), read_only_guard():
            client = super()._make(service, region, endpoint)
        client.meta.events.register_last("before-send", DECK.on_request)
        client.meta.events.register_first("after-call.*.*", DECK.on_answer)
        return client


@contextmanager
def recording(sandbox: str) -> Iterator[Tape]:
    """A new tape, on which all is kept that is asked in the block; the sandbox at this address answers it once."""
    DECK.sandbox = sandbox
    try:
        with playing(Tape()):
            yield DECK.tape
    finally:
        DECK.sandbox = None


@contextmanager
def playing(tape: Tape) -> Iterator[None]:
    """While the block runs, this tape answers; faults that change an answer take it from the tape too."""
    before, DECK.tape = DECK.tape, tape
    try:
        with mock.patch("tests.aws._world", lambda event_name, request: DECK.on_request(request, event_name)):
            yield
    finally:
        DECK.tape = before


@contextmanager
def changed(change: Change) -> Iterator[None]:
    """While the block runs, each good answer is changed so."""
    DECK.change = change
    try:
        yield
    finally:
        DECK.change = None


def _question(service: str, operation: str, request: AWSPreparedRequest) -> str:
    """Equal for equal questions to the same region, whoever signs them, whenever and wherever they are sent."""
    url = urlsplit(request.url)
    signed = re.search(r"Credential=[^/]+/\d+/([^/]+)/", _text(request.headers.get("Authorization")))
    body = _text(request.body)
    return f"{service} {signed[1] if signed else ''} {operation} {url.path}?{url.query} {body}"


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value or "")


def _nothing() -> AWSResponse:
    raise AssertionError("a taped call has been answered already")
