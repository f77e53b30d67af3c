"""An account that gives canned answers, in their order, which botocore holds against AWS's own model."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from labs.sdk import Account
from tests.builders import ACCOUNT, REGION

Answer = tuple[str, dict[str, Any]]
"""An operation by boto3's name, and what it answers; `error` is an error's code, and `message` what it says."""


def answering(**services: list[Answer]) -> Account:
    """An account whose services answer so, and nothing else."""
    clients = {service: _client(service, answers) for service, answers in services.items()}
    return Account(lambda: ACCOUNT, REGION, lambda service, region: clients[service])


def _client(service: str, answers: list[Answer]) -> Any:
    import boto3
    from botocore.stub import Stubber

    client: Any = boto3.client(
        service,  # type: ignore[call-overload] # any service, by its name
        region_name=REGION,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )
    stubber = Stubber(client)
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
