"""A subscription that receives some messages only, as they were published."""

from labs.sdk import Account, CannotTell, Failed, Names, Objective, Outcome, Passed, equal, leftovers

from ._messaging import SUBSCRIPTION_READS, TOPIC_READS, accepted, queue_url, subscription, topic_arn


def queue_subscribed(account: Account, lab: Names) -> Outcome:
    """The queue is subscribed to the topic."""
    if topic_arn(account, lab["topic"]) and subscription(account, lab["topic"], lab["queue"]):
        return Passed(f"{lab['queue']} is subscribed to {lab['topic']}", evidence="Subscriptions[].Endpoint")
    return Failed(
        found=f"{lab['queue']} is not subscribed to {lab['topic']}",
        expected=f"a subscription of {lab['queue']} to {lab['topic']}",
        hint="Look at the subscriptions of the topic: their protocols and endpoints.",
    )


def only_refunds(account: Account, lab: Names) -> Outcome:
    """Only messages whose attribute `type` is `refund` are delivered."""
    policy = accepted(_subscription(account, lab).get("FilterPolicy"))
    found = f"filter policy {policy}" if policy else "no filter policy"
    if policy == {"type": ["refund"]}:
        return Passed(found, evidence="Attributes.FilterPolicy")
    return Failed(
        found,
        expected="messages with the attribute type = refund, and no others",
        hint="A filter policy lists for each attribute the values that it accepts.",
        evidence="Attributes.FilterPolicy",
    )


def by_attributes(account: Account, lab: Names) -> Outcome:
    """The filter looks at message attributes."""
    return equal(
        _subscription(account, lab).get("FilterPolicyScope", "MessageAttributes"),
        "MessageAttributes",
        "filter policy scope",
        "The publisher sets attributes; the body is text. What does the filter look at?",
        evidence="Attributes.FilterPolicyScope",
    )


def raw(account: Account, lab: Names) -> Outcome:
    """Messages arrive as they were published."""
    return equal(
        _subscription(account, lab)["RawMessageDelivery"].lower(),
        "true",
        "raw message delivery",
        "What does SNS put around a message before it sends it to a queue?",
        evidence="Attributes.RawMessageDelivery",
    )


def _subscription(account: Account, lab: Names) -> dict[str, str]:
    found = subscription(account, lab["topic"], lab["queue"])
    if found is None:
        raise CannotTell(f"the subscription of {lab['queue']} was deleted during the check")
    return dict(found)


READS = (*TOPIC_READS, *SUBSCRIPTION_READS)
LEFTOVERS = (
    leftovers("topic", ("topic",), topic_arn),
    leftovers("queue", ("queue",), queue_url, reads=("sqs:GetQueueUrl",)),
)
OBJECTIVES = (
    Objective("subscribed", queue_subscribed),
    Objective("filter", only_refunds, needs=("subscribed",)),
    Objective("scope", by_attributes, needs=("filter",)),
    Objective("raw", raw, needs=("subscribed",)),
)
