"""AWS::SNS and AWS::SQS: topics and queues, whose settings are texts in one member."""

from __future__ import annotations

import json
from typing import Any

from labs.sandbox.cloudformation.requests import Api, Doc
from labs.sandbox.cloudformation.types.base import Made, ResourceType, items, tag_map, without

_QUEUE = frozenset(
    {
        *(
            "ContentBasedDeduplication",
            "DeduplicationScope",
            "DelaySeconds",
            "FifoQueue",
            "FifoThroughputLimit",
        ),
        *("KmsDataKeyReusePeriodSeconds", "KmsMasterKeyId", "MaximumMessageSize", "MessageRetentionPeriod"),
        *("ReceiveMessageWaitTimeSeconds", "RedriveAllowPolicy", "RedrivePolicy", "SqsManagedSseEnabled"),
        "VisibilityTimeout",
    }
)
_TOPIC = frozenset(
    {
        *("ArchivePolicy", "ContentBasedDeduplication", "DisplayName", "FifoThroughputScope", "FifoTopic"),
        *("KmsMasterKeyId", "SignatureVersion", "TracingConfig"),
    }
)


def _with_attributes(properties: Doc, names: frozenset[str]) -> Doc:
    """A queue's or topic's settings are texts in one member."""
    texts = {key: _text(value) for key, value in properties.items() if key in names}
    plain = without(properties, *texts)
    return {**plain, "Attributes": texts} if texts else plain


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return json.dumps(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _queue_arn(api: Api, made: Made, new: Doc, old: Doc) -> None:
    given = {"QueueUrl": made.id, "AttributeNames": ["QueueArn"]}
    made.document["Arn"] = api("sqs", "GetQueueAttributes", given)["Attributes"]["QueueArn"]


def _subscriptions(api: Api, made: Made, new: Doc, old: Doc) -> None:
    for each in items(new, "Subscription"):
        if each not in items(old, "Subscription"):
            api("sns", "Subscribe", {"TopicArn": made.id, **each})


TYPES = (
    ResourceType(
        "AWS::SNS::Topic",
        "sns",
        "CreateTopic",
        id="TopicArn",
        name_property="TopicName",
        attributes={"TopicArn": "TopicArn", "TopicName": "TopicName"},
        renamed={"TopicName": "Name"},
        handled=frozenset({"Subscription"}),
        request=lambda properties: _with_attributes(properties, _TOPIC),
        after=_subscriptions,
        replacing=frozenset({"TopicName"}),
        delete="DeleteTopic",
        id_member="TopicArn",
    ),
    ResourceType(
        "AWS::SQS::Queue",
        "sqs",
        "CreateQueue",
        id="QueueUrl",
        name_property="QueueName",
        max_name=80,
        attributes={"Arn": "Arn", "QueueName": "QueueName", "QueueUrl": "QueueUrl"},
        request=lambda properties: tag_map(_with_attributes(properties, _QUEUE)),
        after=_queue_arn,
        replacing=frozenset({"QueueName"}),
        delete="DeleteQueue",
        id_member="QueueUrl",
    ),
)
