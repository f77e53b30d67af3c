"""Dispatches ECS requests to handlers: plain functions from a request to a document, which is sent as JSON.

The documents have the shape of the answer already, so they are written directly: moto's serialiser, which
walks botocore's model member by member, takes several times as long for a service with events.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from labs.sandbox import hooks
from labs.sandbox.ecs.model.records import Doc
from labs.sandbox.ecs.model.regions import of
from labs.sandbox.ecs.model.state import Ecs
from labs.sandbox.extend import Stock, operation
from labs.sandbox.source import Source

Answer = Callable[[Ecs, Doc], Doc]


def answers(name: str, why: str, source: Source | None = None) -> Callable[[Answer], Answer]:
    """Registers a function as the handler of an ECS operation."""

    def register(answer: Answer) -> Answer:
        def respond(response: Any, _stock: Stock) -> tuple[str, dict[str, str]]:
            ecs = of(response.current_account, response.region)
            ecs.access_key = response.access_key
            for call in hooks.before_answer:
                call(ecs)
            return written(answer(ecs, response._get_params()))

        operation("ecs", name, why, source)(respond)
        return answer

    return register


def written(document: Doc) -> tuple[str, dict[str, str]]:
    """A document as a JSON response, with its content type."""
    return json.dumps(document, default=_plain), {"Content-Type": "application/x-amz-json-1.1"}


def _plain(value: object) -> float:
    """A time in seconds since 1970 with milliseconds, as ECS returns it."""
    assert isinstance(value, datetime)
    return round(value.timestamp(), 3)


def caller(ecs: Ecs) -> str:
    """The ARN of the caller of the current request."""
    from moto.sts.models import sts_backends
    from moto.utilities.utils import get_partition

    backend = sts_backends[ecs.account][get_partition(ecs.region)]
    return str(backend.get_caller_identity(ecs.access_key, ecs.region)[1])
