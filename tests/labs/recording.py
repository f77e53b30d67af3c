"""HTTP responses of a sandbox, recorded once and replayed in this process, without a server.

While `record` runs, each request of a `RecordedClients` client goes to a sandbox and its response is stored; at any
other time the responses of the recording in `PLAYER` are replayed, in milliseconds. A request that was not recorded
gets a refused connection, so that what depends on it is inconclusive.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse  # noqa: TID253 - a recording answers in the place of botocore
from botocore.exceptions import EndpointConnectionError  # noqa: TID253 - as above
from botocore.httpsession import URLLib3Session  # noqa: TID253 - as above

from labs.aws.clients import SharedClients
from labs.aws.read_only_guard import read_only_guard
from labs.aws.session import ConnectionOptions
from tests.aws import HTTP, Call, answered_already, intercepted_http
from tests.faults import answer
from tests.labs.changes import Change

OFFLINE_URL = "http://aws.invalid"
"""The endpoint of every recorded request, which does not exist."""

OFFLINE = ConnectionOptions(
    environment={
        "AWS_ENDPOINT_URL": OFFLINE_URL,
        "AWS_ACCESS_KEY_ID": "sandbox",
        "AWS_SECRET_ACCESS_KEY": "sandbox",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }
)
TRANSPORT_HEADERS = frozenset({"content-length", "content-encoding", "transfer-encoding", "connection"})
"""Headers about the transport of a body."""


@dataclass(frozen=True, slots=True)
class RecordedResponse:
    """One response; its body as Latin-1 text, one character for each byte."""

    status: int
    headers: dict[str, str]
    body: str


@dataclass(slots=True)
class Recording:
    """The responses of one state of one lab, by request."""

    answers: dict[str, RecordedResponse] = field(default_factory=dict)

    def save(self, file: Path) -> None:
        file.write_text(
            json.dumps({question: asdict(response) for question, response in self.answers.items()}), "utf-8"
        )

    @classmethod
    def load(cls, file: Path) -> Recording:
        kept = json.loads(file.read_text("utf-8"))
        return cls({question: RecordedResponse(**response) for question, response in kept.items()})


class Player:
    """Replays a recording to the recorded clients, or records one from a sandbox."""

    def __init__(self) -> None:
        self.recording = Recording()
        self.sandbox: str | None = None
        """The sandbox that is recorded, while one is."""
        self.change: Change | None = None
        """The change made to each answer after botocore has parsed it."""
        self._http = URLLib3Session()

    def on_request(self, request: AWSPreparedRequest, event_name: str, **_: Any) -> AWSResponse:
        """The response to a request; a handler of botocore's `before-send`."""
        service, operation = event_name.split(".")[1:]
        asked = _question(service, operation, request)
        if self.sandbox and asked not in self.recording.answers:
            self.recording.answers[asked] = self._fetch(request)
        response = self.recording.answers.get(asked)
        if response is None:
            raise EndpointConnectionError(endpoint_url=f"{request.url} ({asked} was not recorded)")
        call = Call(service, operation, request, answered_already)
        return answer(call, response.status, response.body.encode("latin-1"), response.headers)

    def on_answer(self, parsed: dict[str, Any], model: Any, **_: Any) -> None:
        """Changes a successful response; a handler of botocore's `after-call`, before the guard caches it."""
        if self.change and parsed["ResponseMetadata"]["HTTPStatusCode"] < 300:
            changed = self.change(
                f"{model.service_model.service_name}:{model.name}", parsed, model.output_shape
            )
            parsed.update(changed)
            for name in parsed.keys() - changed.keys():
                del parsed[name]

    def _fetch(self, request: AWSPreparedRequest) -> RecordedResponse:
        assert self.sandbox
        request.url = request.url.replace(OFFLINE_URL, self.sandbox)
        received = self._http.send(request)
        heads = {
            name: value for name, value in received.headers.items() if name.lower() not in TRANSPORT_HEADERS
        }
        return RecordedResponse(received.status_code, heads, received.content.decode("latin-1"))


PLAYER = Player()
"""The player of this process."""


class RecordedClients(SharedClients):
    """Clients whose requests go to the injected faults first, then to the recording."""

    def _make(self, service: str, region: str, endpoint: str | None) -> Any:
        with intercepted_http(), read_only_guard():
            client = super()._make(service, region, endpoint)
        client.meta.events.register_last("before-send", PLAYER.on_request)
        client.meta.events.register_first("after-call.*.*", PLAYER.on_answer)
        return client


@contextmanager
def record(sandbox: str) -> Iterator[Recording]:
    """A new recording of all requests in the block; the sandbox at this address answers each request once."""
    PLAYER.sandbox = sandbox
    try:
        with replaying(Recording()):
            yield PLAYER.recording
    finally:
        PLAYER.sandbox = None


@contextmanager
def replaying(recording: Recording) -> Iterator[None]:
    """While the block runs, this recording answers, also for faults that change a response."""
    before, PLAYER.recording = PLAYER.recording, recording
    moto, HTTP.answers = HTTP.answers, lambda event_name, request: PLAYER.on_request(request, event_name)
    try:
        yield
    finally:
        PLAYER.recording, HTTP.answers = before, moto


@contextmanager
def changed(change: Change) -> Iterator[None]:
    """While the block runs, each successful response is changed."""
    PLAYER.change = change
    try:
        yield
    finally:
        PLAYER.change = None


def _question(service: str, operation: str, request: AWSPreparedRequest) -> str:
    """A key that is equal for equal requests to the same Region, regardless of signer, time and endpoint."""
    url = urlsplit(request.url)
    signed = re.search(r"Credential=[^/]+/\d+/([^/]+)/", _text(request.headers.get("Authorization")))
    body = _text(request.body)
    return f"{service} {signed[1] if signed else ''} {operation} {url.path}?{url.query} {body}"


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value or "")
