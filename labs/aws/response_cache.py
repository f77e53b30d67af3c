"""A cache in front of botocore, which is six times as fast as the guard's own cache at the end of botocore's pipeline.

Of the 17 requests of `ecs-placement`, 9 repeat an earlier one. The guard answers those too, but only after botocore has
validated, resolved and serialized them. Refusing, waiting and counting remain with the guard: the cache holds only
answers to requests that the guard approved.
"""

from __future__ import annotations

import threading
from typing import Any

import msgspec
from botocore.client import BaseClient  # noqa: TID253 - whoever imports this is about to use botocore
from botocore.exceptions import BotoCoreError  # noqa: TID253 - as above

from labs.aws.botocore_internals import can_cache_calls
from labs.aws.request_scope import Read, copied, current_context
from labs.aws.streams import opened
from labs.errors import CutAnswer

_making_exceptions = threading.RLock()


class CachingClient(BaseClient):
    """A base class that is added to every shared client."""

    @property
    def exceptions(self) -> Any:
        """The classes of the service's errors, made once for all threads.

        botocore may make them twice; `except account.ecr.exceptions.ImageNotFoundException` then misses errors of the
        other classes.
        """
        with _making_exceptions:
            return super().exceptions

    def _make_api_call(self, operation_name: str, api_params: dict[str, Any]) -> Any:
        """The answer, from the cache if this check may call the operation and the run already has the answer."""
        ask = self._ask
        who = current_context()
        asked = _cache_key(api_params)
        if who is None or asked is None:
            return ask(operation_name, api_params)
        question = self, operation_name, asked
        known = who.scope.remembered.get(question)
        if known is None or f"{known.service}:{operation_name}" not in who.allowed:
            answer = ask(operation_name, api_params)
            who.scope.remembered[question] = self._read(operation_name, copied(answer))
            return answer
        who.count_call(f"{known.service}:{operation_name}")
        again = self._read(operation_name, copied(known.answer))
        who.reads.append(again)
        return again.answer

    def _ask(self, operation_name: str, api_params: dict[str, Any]) -> Any:
        """The answer of AWS. Raises CutAnswer if a text in XML is not the number, boolean or time of the model."""
        try:
            return super()._make_api_call(operation_name, api_params)  # type: ignore[misc] # botocore's stubs know its public methods only
        except ValueError as error:
            if isinstance(error, BotoCoreError):
                raise
            raise CutAnswer(f"malformed answer to {operation_name}: {error}") from error

    def get_paginator(self, operation_name: str) -> Any:
        """The paginator of an operation, cached: botocore would create a new class for each call."""
        made: dict[str, Any] = self.__dict__.setdefault("cardlabs_paginators", {})
        if operation_name not in made:
            made[operation_name] = super().get_paginator(operation_name)
        return made[operation_name]

    def _read(self, operation: str, answer: dict[str, Any]) -> Read:
        model = self.meta.service_model
        shape = model.operation_model(operation).output_shape
        return Read(model.service_name, operation, self.meta.region_name, opened(answer, shape), shape)


def remember(base_classes: list[type], **_: Any) -> None:
    """Handles `creating-client-class`: adds the cache to the clients of a session."""
    if can_cache_calls():
        base_classes.insert(0, CachingClient)


def _cache_key(params: dict[str, Any]) -> bytes | None:
    """The parameters as a cache key; None if JSON cannot represent them, such as a stream."""
    try:
        return msgspec.json.encode(params)
    except TypeError:
        return None
