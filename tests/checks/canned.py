"""An account with canned responses in order, which botocore validates by AWS's model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from botocore.stub import Stubber  # noqa: TID253 - every user of this module needs botocore

from labs.sdk import Account
from tests.builders import ACCOUNT, REGION, shared_session

Answer = tuple[str, dict[str, Any]]
"""boto3's name of an operation, and its response; `error` is an error code, `message` its message."""


def answering(**services: list[Answer]) -> Account:
    """An account whose services return exactly these responses."""
    clients = {service: _client(service, answers) for service, answers in services.items()}
    return Account(lambda: ACCOUNT, REGION, lambda service, region: clients[service])


@contextmanager
def parameters(client: Any) -> Iterator[list[dict[str, Any]]]:
    """The parameters of the client's calls while the block runs."""
    given: list[dict[str, Any]] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        given.append(params)

    client.meta.events.register("provide-client-params", note)
    try:
        yield given
    finally:
        client.meta.events.unregister("provide-client-params", note)


_active: dict[str, Stubber] = {}
"""The active stub of each service."""


@cache
def _shared(service: str) -> Any:
    """A client shared within this module, because creating one takes longer than the tests."""
    return shared_session().client(service)


def _client(service: str, answers: list[Answer]) -> Any:
    """The service's client with these responses, and without those of an earlier account."""
    client = _shared(service)
    if service in _active:
        _active[service].deactivate()
    stubber = _active[service] = Stubber(client)
    for operation, answer in answers:
        if "error" in answer:
            stubber.add_client_error(operation, answer["error"], answer.get("message", ""))
        else:
            stubber.add_response(operation, answer)
    stubber.activate()
    return client


def simulated(groups: Iterable[Iterable[str]], denied: str = "") -> list[Answer]:
    """IAM's responses to simulations of these groups of actions, of which one may be denied."""
    return [
        (
            "simulate_principal_policy",
            {
                "EvaluationResults": [
                    {
                        "EvalActionName": action,
                        "EvalDecision": "implicitDeny" if action == denied else "allowed",
                    }
                    for action in actions
                ]
            },
        )
        for actions in groups
    ]
