"""Log groups of CloudWatch Logs, by their exact names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labs.sdk.values import Account

if TYPE_CHECKING:
    from mypy_boto3_logs.type_defs import LogGroupTypeDef

READS = ("logs:DescribeLogGroups",)


def group_or_none(account: Account, name: str) -> LogGroupTypeDef | None:
    """The log group with exactly this name; DescribeLogGroups searches by prefix."""
    pages = account.logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=name)
    return next(
        (group for page in pages for group in page["logGroups"] if group["logGroupName"] == name), None
    )
