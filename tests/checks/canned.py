"""An account that gives canned answers, in their order, which botocore holds against AWS's own model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from botocore.stub import Stubber  # noqa: TID253 - every user of this module needs botocore

from labs.sdk import Account
from tests.builders import ACCOUNT, REGION, shared_session

Answer = tuple[str, dict[str, Any]]
"""An operation by boto3's name, and what it answers; `error` is an error's code, and `message` what it says."""


def answering(**services: list[Answer]) -> Account:
    """An account whose services answer so, and nothing else."""
    clients = {service: _client(service, answers) for service, answers in services.items()}
    return Account(lambda: ACCOUNT, REGION, lambda service, region: clients[service])


@contextmanager
def parameters(client: Any) -> Iterator[list[dict[str, Any]]]:
    """The arguments that the client is called with while the block runs."""
    given: list[dict[str, Any]] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        given.append(params)

    client.meta.events.register("provide-client-params", note)
    try:
        yield given
    finally:
        client.meta.events.unregister("provide-client-params", note)


_active: dict[str, Stubber] = {}
"""The stub that answers now, by service."""


@cache
def _shared(service: str) -> Any:
    """A client of this module alone: to make one takes longer than the tests do."""
    return shared_session().client(service)


def _client(service: str, answers: list[Answer]) -> Any:
    """The service's client with these answers, and no longer those of an account before."""
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
    """IAM's answers to simulations of these groups of actions, of which all but one are allowed."""
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
