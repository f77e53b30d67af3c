"""SNS topics: permission to send to a queue, and validation of filter policies."""

from __future__ import annotations

import json
from typing import Any

from labs.errors import PolicyError, Undecidable
from labs.iam import AccessRequest, Decision, Policy, decide
from labs.sandbox.extend import Undo, patch, set_attribute
from labs.sandbox.source import documented


@patch(
    "sns:queue policies",
    "moto delivers to a queue whose policy does not let the topic send",
    documented("sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html"),
)
def _deliver_where_allowed() -> Undo:
    from moto.sns.models import Subscription

    stock = Subscription.publish

    def publish(subscription: Any, *given: Any, **named: Any) -> None:
        if subscription.protocol != "sqs" or _may_send(subscription.topic.arn, subscription.endpoint):
            stock(subscription, *given, **named)

    return set_attribute(Subscription, "publish", publish)


def _may_send(topic: str, queue: str) -> bool:
    """Whether the queue exists, and its policy allows the topic to send to it."""
    from moto.sqs.models import sqs_backends

    *_, region, account, name = queue.split(":")
    found = sqs_backends[account][region].queues.get(name)
    if found is None or not found.policy:
        return False
    context = {"aws:SourceArn": topic, "aws:SourceAccount": topic.split(":")[4]}
    asked = AccessRequest("sqs:SendMessage", queue, "sns.amazonaws.com", context)
    text = found.policy if isinstance(found.policy, str) else json.dumps(found.policy)
    try:
        return decide(asked, (), resource_policy=Policy.parse(text)) is Decision.ALLOWED
    except (PolicyError, Undecidable):
        return False


@patch(
    "sns:filter policies",
    "moto breaks down on a filter policy that is no JSON",
    documented("sns/latest/api/API_SetSubscriptionAttributes.html"),
)
def _refuse_what_is_no_json() -> Undo:
    from moto.sns.exceptions import SNSInvalidParameter
    from moto.sns.models import SNSBackend

    stock = SNSBackend.set_subscription_attributes

    def set_attributes(backend: Any, arn: str, name: str, value: Any) -> None:
        if name == "FilterPolicy" and value:
            try:
                json.loads(value)
            except ValueError:
                raise SNSInvalidParameter("Invalid parameter: FilterPolicy: failed to parse JSON.") from None
        stock(backend, arn, name, value)

    return set_attribute(SNSBackend, "set_subscription_attributes", set_attributes)
