"""The least IAM policy for a set of reads: what each operation is called in IAM, and where it needs other rights."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

PREFIXES = {"elbv2": "elasticloadbalancing", "efs": "elasticfilesystem"}
"""boto3's service names whose IAM prefix is another; all others are the same."""

OTHER_ACTIONS = {
    "s3:HeadBucket": "s3:ListBucket",
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "s3:ListObjectsV2": "s3:ListBucket",
}
"""Operations that IAM knows by another name."""

WITHOUT_PERMISSION = frozenset({"sts:GetCallerIdentity"})
"""Operations that anybody with credentials may call: no policy needs to name them."""


def action(read: str) -> str:
    """The IAM action of a read (`elbv2:DescribeRules` is `elasticloadbalancing:DescribeRules`)."""
    if read in OTHER_ACTIONS:
        return OTHER_ACTIONS[read]
    service, _, operation = read.partition(":")
    return f"{PREFIXES.get(service, service)}:{operation}"


def least_policy(reads: Iterable[str]) -> dict[str, Any]:
    """A policy document that allows exactly these reads."""
    actions = sorted({action(read) for read in reads if read not in WITHOUT_PERMISSION})
    return {
        "Version": "2012-10-17",
        "Statement": [{"Sid": "CardlabsReads", "Effect": "Allow", "Action": actions, "Resource": "*"}],
    }
