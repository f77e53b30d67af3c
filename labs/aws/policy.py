"""The least-privilege IAM policy for a set of reads."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from labs.errors import UsageError
from labs.iam.operations import WITHOUT_PERMISSION, actions_of, needed_for

__all__ = ["WITHOUT_PERMISSION", "action", "least_policy", "session_policy"]

MAX_SESSION_POLICY = 2048
"""Characters of a session policy (docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html)."""


def action(read: str) -> str:
    """The IAM action of a read (`elbv2:DescribeRules` is `elasticloadbalancing:DescribeRules`)."""
    return actions_of(read)[0]


def least_policy(reads: Iterable[str]) -> dict[str, Any]:
    """A policy document that allows exactly these reads."""
    actions = sorted({each for read in reads if read not in WITHOUT_PERMISSION for each in needed_for(read)})
    return {
        "Version": "2012-10-17",
        "Statement": [{"Sid": "CardlabsReads", "Effect": "Allow", "Action": actions, "Resource": "*"}],
    }


def session_policy(reads: Iterable[str]) -> str:
    """The least-privilege policy as a session policy for AssumeRole, with which AWS refuses everything but these reads.

    Raises UsageError if it is longer than AWS accepts.
    """
    [statement] = least_policy(reads)["Statement"]
    actions = statement["Action"] or sorted(WITHOUT_PERMISSION)
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}
    text = json.dumps(policy, separators=(",", ":"))
    if len(text) > MAX_SESSION_POLICY:
        raise UsageError(
            f"the reads of these labs make a session policy of {len(text)} characters, and AWS takes "
            f"{MAX_SESSION_POLICY}: check fewer labs at once"
        )
    return text
