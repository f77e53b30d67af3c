"""Queues, topics and subscriptions, by the names that a lab gives them."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from labs.sdk import Account, CannotTell, arn, asked, iam, pages

QUEUE_READS = ("sqs:GetQueueUrl", "sqs:GetQueueAttributes")
NEAR_QUEUES = ("sqs:ListQueues",)
TOPIC_READS = ("sns:GetTopicAttributes",)
NEAR_TOPICS = ("sns:ListTopics",)
SUBSCRIPTION_READS = ("sns:ListSubscriptionsByTopic", "sns:GetSubscriptionAttributes")
NO_QUEUE = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")
NO_TOPIC = ("NotFound", "NotFoundException")


def queue_url(account: Account, name: str) -> str | None:
    """The URL of the queue of this name; None where there is none."""
    found = asked(lambda: account.sqs.get_queue_url(QueueName=name), gone=NO_QUEUE)
    return found["QueueUrl"] if found else None


def queue_names(account: Account) -> list[str]:
    """The names of all queues of the Region."""
    urls = pages(account.sqs, "list_queues", "QueueUrls", optional=True)
    return [url.rpartition("/")[2] for url in urls]


def attributes(account: Account, name: str) -> Mapping[str, str]:
    """All attributes of a queue that an earlier objective has found. SQS sends numbers as text."""
    url = queue_url(account, name)
    if url is None:
        raise CannotTell(f"queue {name} was deleted during the check")
    return account.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]


def topic_arn(account: Account, name: str) -> str | None:
    """The ARN of the topic of this name; None where there is none."""
    topic = arn(account, "sns", name)
    return topic if asked(lambda: account.sns.get_topic_attributes(TopicArn=topic), gone=NO_TOPIC) else None


def topic_names(account: Account) -> list[str]:
    """The names of all topics of the Region."""
    return [topic["TopicArn"].rpartition(":")[2] for topic in pages(account.sns, "list_topics", "Topics")]


def subscription(account: Account, topic: str, queue: str) -> Mapping[str, str] | None:
    """The attributes of a queue's subscription to a topic; None where there is none."""
    wanted = arn(account, "sqs", queue)
    listed = pages(
        account.sns, "list_subscriptions_by_topic", "Subscriptions", TopicArn=arn(account, "sns", topic)
    )
    for each in listed:
        if (each["Protocol"], each["Endpoint"]) == ("sqs", wanted):
            found = account.sns.get_subscription_attributes(SubscriptionArn=each["SubscriptionArn"])
            return found["Attributes"]
    return None


def may_send(account: Account, queue: str, topic: str) -> bool:
    """Whether the policy of a queue lets SNS deliver the messages of a topic."""
    text = attributes(account, queue).get("Policy")
    if text is None:
        return False
    context: dict[str, Any] = {"aws:SourceArn": arn(account, "sns", topic), "aws:SourceAccount": account.id}
    request = iam.AccessRequest("sqs:SendMessage", arn(account, "sqs", queue), "sns.amazonaws.com", context)
    try:
        return iam.decide(request, (), resource_policy=iam.Policy.parse(text)) is iam.Decision.ALLOWED
    except iam.Undecidable as error:
        raise CannotTell(f"cannot evaluate the policy of queue {queue}: {error}") from error


def senders(account: Account, queues: Iterable[str]) -> list[str]:
    """The queues to which another topic of a stranger may send, too."""
    return [queue for queue in queues if may_send(account, queue, "another-topic")]


def accepted(text: str | None) -> Mapping[str, Any] | None:
    """A filter policy as a document; None where there is none."""
    return json.loads(text) if text else None
