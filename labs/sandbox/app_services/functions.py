"""Lambda functions, which are stored but not run: moto would start a container for each call, or invent an answer."""

from __future__ import annotations

import os
from typing import Any

from labs.sandbox.extend import Undo, patch, set_attribute, together
from labs.sandbox.faults import UNSUPPORTED
from labs.sandbox.source import documented

_ENVIRONMENT_BYTES = 4_096
_CONCURRENCY = "1000"
"""AWS's default quota of concurrent executions in an account and Region; 100 of them cannot be reserved."""
_QUOTA = "MOTO_LAMBDA_CONCURRENCY_QUOTA"
"""The setting in which moto looks for that quota; moto has no default."""


@patch(
    "lambda:invocations",
    "moto runs functions in containers, or answers for them what they would not",
    documented("lambda/latest/api/API_Invoke.html"),
)
def _refuse_to_run() -> Undo:
    from moto.awslambda.exceptions import LambdaClientError
    from moto.awslambda.models import LambdaBackend
    from moto.awslambda_simple.models import LambdaSimpleBackend

    def invoke(*_: Any, **__: Any) -> None:
        error = LambdaClientError(UNSUPPORTED, "This emulator keeps Lambda functions, and does not run them")
        error.code = 501
        raise error

    return together(*(set_attribute(each, "invoke", invoke) for each in (LambdaBackend, LambdaSimpleBackend)))


@patch(
    "lambda:event sources",
    "moto takes messages off a queue for a function that does not run",
    documented("lambda/latest/api/API_CreateEventSourceMapping.html"),
)
def _leave_sources_alone() -> Undo:
    from moto.awslambda.models import LambdaBackend
    from moto.sqs.models import sqs_backends

    stock = LambdaBackend.create_event_source_mapping

    def create(backend: Any, spec: dict[str, Any]) -> Any:
        mapping = stock(backend, spec)
        for queue in sqs_backends[backend.account_id][backend.region_name].queues.values():
            queue.lambda_event_source_mappings.pop(mapping.function_arn, None)
        return mapping

    return set_attribute(LambdaBackend, "create_event_source_mapping", create)


@patch(
    "lambda:limits",
    "moto takes more environment than a function can have",
    documented("lambda/latest/dg/gettingstarted-limits.html"),
)
def _hold_limits() -> Undo:
    from moto.awslambda.models import LambdaBackend

    stock_create, stock_update = LambdaBackend.create_function, LambdaBackend.update_function_configuration

    def create(backend: Any, spec: dict[str, Any]) -> Any:
        _check_environment(spec)
        return stock_create(backend, spec)

    def update(backend: Any, function_name: str, qualifier: str, body: dict[str, Any]) -> Any:
        _check_environment(body)
        return stock_update(backend, function_name, qualifier, body)

    return together(
        set_attribute(LambdaBackend, "create_function", create),
        set_attribute(LambdaBackend, "update_function_configuration", update),
    )


@patch(
    "lambda:concurrency",
    "moto reserves more concurrency than an account has",
    documented("lambda/latest/dg/configuration-concurrency.html"),
)
def _hold_quota() -> Undo:
    before = os.environ.get(_QUOTA)
    os.environ[_QUOTA] = _CONCURRENCY

    def undo() -> None:
        if before is None:
            os.environ.pop(_QUOTA, None)
        else:
            os.environ[_QUOTA] = before

    return undo


def _check_environment(spec: dict[str, Any]) -> None:
    """Raises Lambda's error for more than 4 KB of environment variables."""
    from moto.awslambda.exceptions import InvalidParameterValueException

    variables = (spec.get("Environment") or {}).get("Variables") or {}
    size = sum(len(name.encode()) + len(value.encode()) for name, value in variables.items())
    if size > _ENVIRONMENT_BYTES:
        raise InvalidParameterValueException(
            "Lambda was unable to configure your environment variables because the environment variables you have "
            "provided exceeded the 4KB limit."
        )
