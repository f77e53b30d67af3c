"""AWS::SNS and AWS::SQS: topics and queues, whose settings are strings in one member."""

from __future__ import annotations

import json
from collections.abc import Callable

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
    """The settings of a queue or topic as strings in one member."""
    settings = {key: value for key, value in properties.items() if key in names}
    plain = without(properties, *settings)
    return {**plain, "Attributes": settings} if settings else plain


def _queue_arn(api: Api, made: Made, new: Doc, old: Doc) -> None:
    given = {"QueueUrl": made.id, "AttributeNames": ["QueueArn"]}
    made.document["Arn"] = api("sqs", "GetQueueAttributes", given)["Attributes"]["QueueArn"]


def _subscriptions(api: Api, made: Made, new: Doc, old: Doc) -> None:
    for each in items(new, "Subscription"):
        if each not in items(old, "Subscription"):
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


_SUBSCRIPTION = frozenset(
    {
        *("DeliveryPolicy", "FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "RedrivePolicy"),
        *("ReplayPolicy", "SubscriptionRoleArn"),
    }
)

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
