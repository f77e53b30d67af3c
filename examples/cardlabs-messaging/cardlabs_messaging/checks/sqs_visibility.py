"""A queue for slow consumers: a longer visibility timeout and long polling."""

from labs.sdk import Account, Failed, Names, Objective, Outcome, Passed, absent, equal, leftovers

from ._messaging import NEAR_QUEUES, QUEUE_READS, attributes, queue_names, queue_url

LONGEST = 120
"""Seconds that a consumer needs for one message at most, as the brief says."""
AT_MOST = 900
"""Seconds after which a message of a consumer that died must be there again."""


def queue_exists(account: Account, lab: Names) -> Outcome:
    """The queue exists."""
    if queue_url(account, lab["queue"]):
        return Passed(f"queue {lab['queue']} exists", evidence="QueueUrl")
    return absent(account, "queue", lab["queue"], queue_names)


def hidden_while_worked_on(account: Account, lab: Names) -> Outcome:
    """A message stays hidden for as long as a consumer needs, and not much longer."""
    timeout = int(attributes(account, lab["queue"])["VisibilityTimeout"])
    found = f"visibility timeout {timeout} seconds"
    if LONGEST < timeout <= AT_MOST:
        return Passed(found, evidence="Attributes.VisibilityTimeout")
    return Failed(
        found,
        expected=f"more than {LONGEST} seconds, and at most {AT_MOST}",
        hint="What happens to a message whose consumer is still at work when the timeout ends?"
        if timeout <= LONGEST
        else "How long does a message wait after its consumer has died?",
        evidence="Attributes.VisibilityTimeout",
    )


def polls_long(account: Account, lab: Names) -> Outcome:
    """Receivers wait 20 seconds for a message."""
    return equal(
        int(attributes(account, lab["queue"])["ReceiveMessageWaitTimeSeconds"]),
        20,
        "receive message wait time in seconds",
        "Which attribute of the queue makes its receivers wait for a message?",
        evidence="Attributes.ReceiveMessageWaitTimeSeconds",
    )


def delivers_at_once(account: Account, lab: Names) -> Outcome:
    """New messages are not delayed."""
    return equal(
        int(attributes(account, lab["queue"])["DelaySeconds"]),
        0,
        "delivery delay in seconds",
        "A delay hides new messages from every consumer. Is that what the team wants?",
        evidence="Attributes.DelaySeconds",
    )


READS = (*QUEUE_READS, *NEAR_QUEUES)
LEFTOVERS = (leftovers("queue", ("queue",), queue_url),)
OBJECTIVES = (
    Objective("queue", queue_exists),
    Objective("visibility", hidden_while_worked_on, needs=("queue",)),
    Objective("long-polling", polls_long, needs=("queue",)),
    Objective("no-delay", delivers_at_once, needs=("queue",)),
)
