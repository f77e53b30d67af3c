"""An account whose services give recorded answers, serialized as AWS sends them and parsed behind the guard."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from botocore.awsrequest import AWSPreparedRequest, AWSResponse  # noqa: TID253 - stands in botocore's place

from labs.aws.clients import SharedClients
from labs.aws.read_only_guard import _refuse_cut_answer, read_only_guard
from labs.aws.request_scope import CheckContext, check_context
from labs.aws.session import AwsSession, ConnectionOptions, open_session
from labs.sdk import Account
from tests.aws import Call, answered_already
from tests.builders import ACCOUNT, REGION
from tests.faults import answer, error
from tests.labs.changes import client_name
from tests.recordings.recorded import Recorded

_DOCUMENTS = ("AssumeRolePolicyDocument", "Document", "PolicyDocument")
_CONNECTION = ConnectionOptions(
    environment={
        "AWS_ENDPOINT_URL": "http://aws.invalid",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": REGION,
    }
)


@dataclass(slots=True)
class _Services:
    """The present answer to each operation."""

    answers: Mapping[str, Recorded] = field(default_factory=dict)

    def on_request(self, request: AWSPreparedRequest, event_name: str, **_: Any) -> AWSResponse:
        """The answer to a request: botocore's `before-send`."""
        service, operation = event_name.split(".")[1:]
        call = Call(service, operation, request, answered_already)
        recorded = self.answers[f"{client_name(service)}:{operation}"]
        if recorded.ok:
            return answer(call, recorded.status, body_of(recorded))
        fault = recorded.data["Error"]
        return error(call, recorded.status, fault["Code"], fault.get("Message", ""))


_SERVICES = _Services()


class _Clients(SharedClients):
    """Clients behind the guard whose requests are answered from the recordings."""

    def _make(self, service: str, region: str, endpoint: str | None) -> Any:
        with read_only_guard():
            client = super()._make(service, region, endpoint)
        client.meta.events.register_last("before-send", _SERVICES.on_request)
        return client


_clients = _Clients()
"""For all tests: making clients is what costs time."""


@contextmanager
def answering(answers: Mapping[str, Recorded]) -> Iterator[tuple[Account, CheckContext]]:
    """An account that answers each operation so, and the context in which its answers are noted."""
    session: AwsSession = open_session(_CONNECTION, _clients)
    _SERVICES.answers = answers
    context = CheckContext(session.scope, frozenset(answers))
    with check_context(context):
        yield Account(lambda: ACCOUNT, REGION, session.client), context


def shape_of(read: str) -> Any:
    """Botocore's model of an operation's answers."""
    return _model(read).output_shape


def _model(read: str) -> Any:
    service, _, operation = read.partition(":")
    return _clients.client(service, REGION, "http://aws.invalid").meta.service_model.operation_model(
        operation
    )


def body_of(recorded: Recorded) -> bytes:
    """The body of the HTTP answer, as the service's protocol writes it."""
    from moto.core.serialize import SerializationContext, get_serializer_class
    from moto.core.utils import get_service_model

    protocol = _model(recorded.read).service_model.resolved_protocol
    model = get_service_model(recorded.service).operation_model(recorded.operation)
    serializer = get_serializer_class(recorded.service, protocol)
    sent = serializer(model, SerializationContext("1")).serialize(_encoded(recorded.data))
    body = sent["body"]
    return body if isinstance(body, bytes) else str(body).encode()


def _encoded(value: Any) -> Any:
    """IAM sends policies as URL-encoded JSON; botocore decodes them again."""
    match value:
        case dict():
            return {
                name: _document(each) if name in _DOCUMENTS else _encoded(each)
                for name, each in value.items()
            }
        case list():
            return [_encoded(each) for each in value]
        case _:
            return value


def parsed(recorded: Recorded) -> dict[str, Any]:
    """An answer as botocore parses it, behind the guard. Raises CutAnswer where the guard refuses it."""
    from botocore.parsers import create_parser

    model = _model(recorded.read)
    sent = {"status_code": recorded.status, "headers": {}, "body": body_of(recorded), "context": {}}
    _refuse_cut_answer(model, sent)
    protocol = model.service_model.resolved_protocol
    found: dict[str, Any] = create_parser(protocol).parse(sent, model.output_shape)
    return found


def _document(policy: Any) -> str:
    text = policy if isinstance(policy, str) else json.dumps(policy)
    return quote(text) if "{" in text else text
