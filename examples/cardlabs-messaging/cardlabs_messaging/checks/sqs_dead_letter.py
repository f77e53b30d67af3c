"""A queue whose failed messages end in a dead-letter queue."""

import json

from labs.sdk import (
    Account,
    Failed,
    Names,
    Objective,
    Outcome,
    Passed,
    absent,
    arn,
    equal,
    leftovers,
)

from ._messaging import NEAR_QUEUES, QUEUE_READS, attributes, queue_names, queue_url


def queue_exists(account: Account, lab: Names) -> Outcome:
    """The source queue exists."""
    return _exists(account, lab["queue"])


def dead_letters_exist(account: Account, lab: Names) -> Outcome:
    """The queue for failed messages exists."""
    return _exists(account, lab["dead_letters"])


def _exists(account: Account, name: str) -> Outcome:
    if queue_url(account, name):
        return Passed(f"queue {name} exists", evidence="QueueUrl")
    return absent(account, "queue", name, queue_names)


def redrives(account: Account, lab: Names) -> Outcome:
    """The source queue sends failed messages to the other queue."""
    policy = _redrive_policy(account, lab)
    found = policy.get("deadLetterTargetArn")
    return equal(
        found,
        arn(account, "sqs", lab["dead_letters"]),
        "dead-letter queue",
        "Look at the redrive policy of the source queue: which queue does it name?",
        evidence="Attributes.RedrivePolicy",
    )


def after_three_receives(account: Account, lab: Names) -> Outcome:
    """A message fails after three receives."""
    return equal(
        int(_redrive_policy(account, lab)["maxReceiveCount"]),
        3,
        "maximum receives",
        "How often may a consumer try before a message counts as failed?",
        evidence="Attributes.RedrivePolicy",
    )


def kept_longer(account: Account, lab: Names) -> Outcome:
    """Failed messages are kept longer than the source queue keeps its own."""
    source = int(attributes(account, lab["queue"])["MessageRetentionPeriod"])
    failed = int(attributes(account, lab["dead_letters"])["MessageRetentionPeriod"])
    found = f"{lab['queue']} keeps messages for {_days(source)}, {lab['dead_letters']} for {_days(failed)}"
    if failed > source:
        return Passed(found, evidence="Attributes.MessageRetentionPeriod")
    return Failed(
        found,
        expected=f"{lab['dead_letters']} keeps messages longer",
        hint="The age of a message counts from when it was first sent. How long is left to look at it?",
        evidence="Attributes.MessageRetentionPeriod",
    )


def _redrive_policy(account: Account, lab: Names) -> dict[str, str]:
    policy: dict[str, str] = json.loads(attributes(account, lab["queue"]).get("RedrivePolicy", "{}"))
    return policy


def _days(seconds: int) -> str:
    return f"{seconds / 86_400:g} days"


READS = (*QUEUE_READS, *NEAR_QUEUES)
LEFTOVERS = (leftovers("queue", ("queue", "dead_letters"), queue_url),)
OBJECTIVES = (
    Objective("queue", queue_exists),
    Objective("dead-letters", dead_letters_exist),
    Objective("redrive", redrives, needs=("queue", "dead-letters")),
    Objective("receives", after_three_receives, needs=("redrive",)),
    Objective("retention", kept_longer, needs=("queue", "dead-letters")),
)
