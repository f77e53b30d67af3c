"""One topic whose messages reach two queues."""

from labs.sdk import Account, Failed, Names, Objective, Outcome, Passed, absent, leftovers

from ._messaging import (
    NEAR_QUEUES,
    NEAR_TOPICS,
    QUEUE_READS,
    SUBSCRIPTION_READS,
    TOPIC_READS,
    may_send,
    queue_names,
    queue_url,
    senders,
    subscription,
    topic_arn,
    topic_names,
)


def topic_exists(account: Account, lab: Names) -> Outcome:
    """The topic exists."""
    if topic_arn(account, lab["topic"]):
        return Passed(f"topic {lab['topic']} exists", evidence="Attributes.TopicArn")
    return absent(account, "topic", lab["topic"], topic_names)


def queues_exist(account: Account, lab: Names) -> Outcome:
    """Both queues exist."""
    for name in _queues(lab):
        if queue_url(account, name) is None:
            return absent(account, "queue", name, queue_names)
    return Passed(f"queues {' and '.join(_queues(lab))} exist", evidence="QueueUrl")


def both_subscribed(account: Account, lab: Names) -> Outcome:
    """Both queues are subscribed to the topic."""
    missing = [name for name in _queues(lab) if subscription(account, lab["topic"], name) is None]
    if not missing:
        return Passed(f"both queues are subscribed to {lab['topic']}", evidence="Subscriptions[].Endpoint")
    return Failed(
        found=f"{' and '.join(missing)} not subscribed to {lab['topic']}",
        expected="a subscription of protocol sqs for each queue",
        hint="Look at the subscriptions of the topic: their protocols and endpoints.",
        evidence="Subscriptions[].Endpoint",
    )


def topic_may_send(account: Account, lab: Names) -> Outcome:
    """Both queues let the topic send."""
    shut = [name for name in _queues(lab) if not may_send(account, name, lab["topic"])]
    if not shut:
        return Passed(f"{lab['topic']} may send to both queues", evidence="Attributes.Policy")
    return Failed(
        found=f"the policy of {' and '.join(shut)} does not let {lab['topic']} send",
        expected="queue policies that allow sqs:SendMessage to sns.amazonaws.com for this topic",
        hint="A subscription delivers nothing to a queue that does not allow it. Who may send to the queue?",
        evidence="Attributes.Policy",
    )


def no_other_topic(account: Account, lab: Names) -> Outcome:
    """No other topic may send to the queues."""
    wide = senders(account, _queues(lab))
    if not wide:
        return Passed(f"only {lab['topic']} may send to the queues", evidence="Attributes.Policy")
    return Failed(
        found=f"any topic may send to {' and '.join(wide)}",
        expected=f"queue policies limited to {lab['topic']}",
        hint="Which condition of the queue policy says which topic a message comes from?",
        evidence="Attributes.Policy",
    )


def _queues(lab: Names) -> tuple[str, str]:
    return lab["first"], lab["second"]


READS = (*QUEUE_READS, *NEAR_QUEUES, *TOPIC_READS, *NEAR_TOPICS, *SUBSCRIPTION_READS)
LEFTOVERS = (
    leftovers("topic", ("topic",), topic_arn),
    leftovers("queue", ("first", "second"), queue_url),
)
OBJECTIVES = (
    Objective("topic", topic_exists),
    Objective("queues", queues_exist),
    Objective("subscribed", both_subscribed, needs=("topic", "queues")),
    Objective("allowed", topic_may_send, needs=("topic", "queues")),
    Objective("only-topic", no_other_topic, needs=("queues",)),
)
