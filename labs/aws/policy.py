"""The least IAM policy for a set of reads."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from labs.iam.operations import WITHOUT_PERMISSION, actions_of, needed_for

__all__ = ["WITHOUT_PERMISSION", "action", "least_policy"]


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
