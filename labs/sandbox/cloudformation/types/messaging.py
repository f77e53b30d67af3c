"""AWS::SNS and AWS::SQS: topics and queues, whose settings are strings in one member."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection

from labs.sandbox.cloudformation.requests import Api, Doc
from labs.sandbox.cloudformation.texts import text_of
from labs.sandbox.cloudformation.types.base import (
    Made,
    ResourceType,
    items,
    removed_and_added,
    tag_map,
    without,
)
from labs.sandbox.cloudformation.types.tagging import tag

_QUEUE = {
    "ContentBasedDeduplication": False,
    "DeduplicationScope": "queue",
    "DelaySeconds": 0,
    "FifoThroughputLimit": "perQueue",
    "KmsDataKeyReusePeriodSeconds": 300,
    "KmsMasterKeyId": "",
    "MaximumMessageSize": 1_048_576,
    "MessageRetentionPeriod": 345_600,
    "ReceiveMessageWaitTimeSeconds": 0,
    "RedriveAllowPolicy": "",
    "RedrivePolicy": "",
    "SqsManagedSseEnabled": True,
    "VisibilityTimeout": 30,
}
"""The settings of a queue, with what each is where a template leaves it out (SetQueueAttributes)."""
_TOPIC = {
    "ArchivePolicy": "",
    "ContentBasedDeduplication": False,
    "DisplayName": "",
    "FifoThroughputScope": "Topic",
    "KmsMasterKeyId": "",
    "SignatureVersion": "1",
    "TracingConfig": "PassThrough",
}


def _with_attributes(properties: Doc, names: Collection[str]) -> Doc:
    """The settings of a queue or topic as strings in one member."""
    settings = {key: value for key, value in properties.items() if key in names}
    plain = without(properties, *settings)
    return {**plain, "Attributes": settings} if settings else plain


def _changed_settings(defaults: Doc, new: Doc, old: Doc) -> Doc:
    """The settings that an update changes, or leaves out; none where the resource is new."""
    changed = {name for name in defaults if old and new.get(name) != old.get(name)}
    return {name: new.get(name, defaults[name]) for name in sorted(changed)}


def _after_queue(api: Api, made: Made, new: Doc, old: Doc) -> None:
    settings = _changed_settings(_QUEUE, new, old)
    if settings:
        api("sqs", "SetQueueAttributes", {"QueueUrl": made.id, "Attributes": settings})
    if old:
        tag(api, "sqs", made.id, items(new, "Tags"), items(old, "Tags"))
    given = {"QueueUrl": made.id, "AttributeNames": ["QueueArn"]}
    made.document["Arn"] = api("sqs", "GetQueueAttributes", given)["Attributes"]["QueueArn"]


def _after_topic(api: Api, made: Made, new: Doc, old: Doc) -> None:
    for name, value in _changed_settings(_TOPIC, new, old).items():
        text = json.dumps(value) if isinstance(value, dict) else text_of(value)
        api("sns", "SetTopicAttributes", {"TopicArn": made.id, "AttributeName": name, "AttributeValue": text})
    if old:
        tag(api, "sns", made.id, items(new, "Tags"), items(old, "Tags"))
    gone, added = removed_and_added("Subscription", new, old)
    there = api("sns", "ListSubscriptionsByTopic", {"TopicArn": made.id})["Subscriptions"] if gone else []
    for each in there:
        if any((each["Protocol"], each["Endpoint"]) == (one["Protocol"], one["Endpoint"]) for one in gone):
            api("sns", "Unsubscribe", {"SubscriptionArn": each["SubscriptionArn"]})
    for each in added:
        api("sns", "Subscribe", {"TopicArn": made.id, **each})


def _policy_of(service: str, operation: str, name: str, where: str) -> Callable[[Api, Made, Doc, Doc], None]:
    """Sets a policy that is an attribute of several topics or queues."""

    def put(api: Api, made: Made, new: Doc, old: Doc) -> None:
        policy = new["PolicyDocument"]
        text = policy if isinstance(policy, str) else json.dumps(policy)
        for each in items(new, where):
            api(service, operation, {name: each, **_attribute(service, text)})

    return put


def _attribute(service: str, policy: str) -> Doc:
    if service == "sns":
        return {"AttributeName": "Policy", "AttributeValue": policy}
    return {"Attributes": {"Policy": policy}}


def _empty_queue_policy(api: Api, made: Made) -> None:
    for each in items(made.properties, "Queues"):
        api("sqs", "SetQueueAttributes", {"QueueUrl": each, **_attribute("sqs", "")})


_SUBSCRIPTION: Doc = {
    "DeliveryPolicy": {},
    "FilterPolicy": {},
    "FilterPolicyScope": "MessageAttributes",
    "RawMessageDelivery": False,
    "RedrivePolicy": {},
    "ReplayPolicy": {},
    "SubscriptionRoleArn": "",
}


def _after_subscription(api: Api, made: Made, new: Doc, old: Doc) -> None:
    for name, value in _changed_settings(_SUBSCRIPTION, new, old).items():
        text = json.dumps(value) if isinstance(value, dict) else text_of(value)
        given = {"SubscriptionArn": made.id, "AttributeName": name, "AttributeValue": text}
        api("sns", "SetSubscriptionAttributes", given)


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
        request=lambda properties: _with_attributes(properties, {*_TOPIC, "FifoTopic"}),
        after=_after_topic,
        changed_after=frozenset({*_TOPIC, "Tags"}),
        replacing=frozenset({"TopicName", "FifoTopic"}),
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
        request=lambda properties: tag_map(_with_attributes(properties, {*_QUEUE, "FifoQueue"})),
        after=_after_queue,
        changed_after=frozenset({*_QUEUE, "Tags"}),
        replacing=frozenset({"QueueName", "FifoQueue"}),
        delete="DeleteQueue",
        id_member="QueueUrl",
    ),
    ResourceType(
        "AWS::SNS::Subscription",
        "sns",
        "Subscribe",
        id="SubscriptionArn",
        attributes={"Arn": "SubscriptionArn"},
        request=lambda properties: {
            **_with_attributes(without(properties, "Region"), _SUBSCRIPTION),
            "ReturnSubscriptionArn": True,
        },
        after=_after_subscription,
        changed_after=frozenset(_SUBSCRIPTION),
        delete="Unsubscribe",
        id_member="SubscriptionArn",
    ),
    ResourceType(
        "AWS::SNS::TopicPolicy",
        "sns",
        "",
        id="{Topics}",
        handled=frozenset({"PolicyDocument", "Topics"}),
        after=_policy_of("sns", "SetTopicAttributes", "TopicArn", "Topics"),
        replacing=frozenset({"Topics"}),
    ),
    ResourceType(
        "AWS::SQS::QueuePolicy",
        "sqs",
        "",
        id="{Queues}",
        handled=frozenset({"PolicyDocument", "Queues"}),
        after=_policy_of("sqs", "SetQueueAttributes", "QueueUrl", "Queues"),
        replacing=frozenset({"Queues"}),
        before_delete=_empty_queue_policy,
    ),
)
