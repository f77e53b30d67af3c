"""SQS queues: the limits of their attributes, and the validation of redrive policies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from labs.sandbox.extend import Undo, patch, set_attribute
from labs.sandbox.source import documented

_LIMITS = {
    "DelaySeconds": (0, 900),
    "KmsDataKeyReusePeriodSeconds": (60, 86_400),
    "MaximumMessageSize": (1_024, 1_048_576),
    "MessageRetentionPeriod": (60, 1_209_600),
    "ReceiveMessageWaitTimeSeconds": (0, 20),
    "VisibilityTimeout": (0, 43_200),
}
"""The minimum and maximum of each attribute, in seconds or bytes."""
POLL_SECONDS = 0.25
"""The interval at which a queue is polled for a request that waits for a message."""

wait_seconds = 0.0
"""How long the latest request waits for a message, because it found none and changed nothing."""

_RECEIVES = range(1, 1_001)


@patch(
    "sqs:attributes",
    "moto takes values that no queue can have, such as a retention of 15 days, and drops the policy at each change",
    documented("AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html"),
)
def _check_attributes() -> Undo:
    from moto.sqs.models import Queue

    stock = Queue._set_attributes

    def set_attributes(queue: Any, attributes: Mapping[str, Any], now: float | None = None) -> None:
        _check(attributes)
        kept = {} if now else {"Policy": queue.policy}  # with a time it is a new queue, which has none
        stock(queue, {**kept, **attributes}, now)

    return set_attribute(Queue, "_set_attributes", set_attributes)


def _check(attributes: Mapping[str, Any]) -> None:
    """Raises SQS's error for a value out of range."""
    from moto.sqs.exceptions import InvalidAttributeValue

    for name, (least, greatest) in _LIMITS.items():
        if name not in attributes:
            continue
        try:
            fits = least <= int(attributes[name]) <= greatest
        except ValueError:
            fits = False
        if not fits:
            raise InvalidAttributeValue(name)


@patch(
    "sqs:long polling",
    "moto waits inside of the request, and the world with it",
    documented("AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html"),
)
def _answer_at_once() -> Undo:
    from moto.sqs.models import SQSBackend

    stock = SQSBackend.receive_message

    def receive(backend: Any, queue: str, count: int, seconds: int, *more: Any, **named: Any) -> Any:
        global wait_seconds
        before = len(backend.get_queue(queue).messages)
        found = stock(backend, queue, count, 0, *more, **named)
        if (
            not found and len(backend.get_queue(queue).messages) == before
        ):  # none went to the dead-letter queue
            wait_seconds = float(seconds)
        return found

    return set_attribute(SQSBackend, "receive_message", receive)


@patch(
    "sqs:ListQueues",
    "moto takes the prefix of a name for a regular expression",
    documented("AWSSimpleQueueService/latest/APIReference/API_ListQueues.html"),
)
def _find_by_prefix() -> Undo:
    from moto.sqs.models import SQSBackend

    def list_queues(backend: Any, prefix: str | None) -> list[Any]:
        return [queue for name, queue in backend.queues.items() if name.startswith(prefix or "")]

    return set_attribute(SQSBackend, "list_queues", list_queues)


@patch(
    "sqs:redrive policies",
    "moto takes any maxReceiveCount, and says of a missing dead-letter queue what AWS says of a missing queue",
    documented("AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html"),
)
def _check_redrive() -> Undo:
    from moto.sqs.exceptions import InvalidParameterValue, SQSException
    from moto.sqs.models import Queue

    stock = Queue._setup_dlq

    def set_up(queue: Any, policy: Any) -> None:
        wrong = f"Value {policy} for parameter RedrivePolicy is invalid. Reason: "
        count = _count(policy)
        if count is not None and count not in _RECEIVES:
            reason = (
                f"Invalid value for maxReceiveCount: {count}, valid values are from 1 to 1000 both inclusive."
            )
            raise InvalidParameterValue(wrong + reason)
        before = getattr(queue, "redrive_policy", None)  # a new queue has none yet
        try:
            stock(queue, policy)
        except SQSException as error:
            queue.redrive_policy = before
            if error.code != "AWS.SimpleQueueService.NonExistentQueue":
                raise
            raise InvalidParameterValue(f"{wrong}Dead letter target does not exist.") from error

    return set_attribute(Queue, "_setup_dlq", set_up)


def _count(policy: Any) -> int | None:
    """The maxReceiveCount of a redrive policy; None if moto refuses the policy for another reason."""
    try:
        read = json.loads(policy) if isinstance(policy, str) else policy
        return int(read["maxReceiveCount"])
    except (ValueError, TypeError, KeyError):
        return None
