"""Typed readers of CloudWatch alarms: the metric of an alarm, and the actions that it runs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labs.sdk import Account

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.type_defs import (
        DimensionTypeDef,
        MetricAlarmTypeDef,
        MetricDataQueryOutputTypeDef,
    )

ALARM_READS = ("cloudwatch:DescribeAlarms",)
_COUNTS = re.compile(r"samplecount|sum|(tc|ts|pr)(\d|\().*", re.IGNORECASE)
"""Statistics of a percentage that are none: counts, sums, trimmed ones too, and percentile ranks."""

_FILLED = re.compile(r"\s*FILL\(\s*(\w+)\s*,[^()]*\)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric with its dimensions and its statistic; the unit that data must have and another account, if any."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]]
    statistic: str
    unit: str = ""
    account: str = ""

    def __str__(self) -> str:
        where = ", ".join(f"{name}={value}" for name, value in sorted(self.dimensions))
        of = f"{self.statistic} in {self.unit}" if self.unit else self.statistic
        account = f" in account {self.account}" if self.account else ""
        return f"{of} of {self.namespace} {self.name} for {where or 'no dimension'}{account}"

    @property
    def is_level(self) -> bool:
        """Whether the statistic of a percentage is again a percentage, and finds any data."""
        return not _COUNTS.fullmatch(self.statistic) and self.unit in ("", "Percent")


def alarms_that_run(account: Account, policy_arn: str) -> list[MetricAlarmTypeDef]:
    """The metric alarms that name a scaling policy among their alarm actions."""
    pages = account.cloudwatch.get_paginator("describe_alarms").paginate(ActionPrefix=policy_arn)
    found = [alarm for page in pages for alarm in page["MetricAlarms"]]
    return [alarm for alarm in found if any(_names(action, policy_arn) for action in alarm["AlarmActions"])]


def alarm_or_none(account: Account, name: str) -> MetricAlarmTypeDef | None:
    """The metric alarm of exactly this name."""
    answer = account.cloudwatch.describe_alarms(AlarmNames=[name])
    return next((alarm for alarm in answer["MetricAlarms"] if alarm["AlarmName"] == name), None)


def _names(action: str, policy_arn: str) -> bool:
    """Alarms that AWS creates add their creator to the ARN of the policy."""
    return action == policy_arn or action.startswith(f"{policy_arn}:createdBy/")


def metric_of(alarm: MetricAlarmTypeDef) -> Metric | None:
    """The one metric that an alarm watches; None where it computes something else of one or of several.

    An expression that fills the gaps of a metric keeps its level.
    """
    if "MetricName" in alarm:
        statistic = alarm.get("Statistic") or alarm.get("ExtendedStatistic", "")
        dimensions = _pairs(alarm.get("Dimensions", []))
        return Metric(alarm["Namespace"], alarm["MetricName"], dimensions, statistic, alarm.get("Unit", ""))
    query = _watched(alarm.get("Metrics", []))
    if query is None or "MetricStat" not in query:
        return None
    stat = query["MetricStat"]
    found = stat["Metric"]
    name, namespace = found.get("MetricName", ""), found.get("Namespace", "")
    dimensions = _pairs(found.get("Dimensions", []))
    account = query.get("AccountId", "")
    return Metric(namespace, name, dimensions, stat["Stat"], stat.get("Unit", ""), account)


def _watched(queries: Sequence[MetricDataQueryOutputTypeDef]) -> MetricDataQueryOutputTypeDef | None:
    """The metric whose values an alarm compares: the query that it returns, or the one that this only fills up."""
    by_id = {each["Id"]: each for each in queries}
    returned = [each for each in queries if each.get("ReturnData", True)]
    if len(returned) != 1:
        return None
    filled = _FILLED.fullmatch(returned[0].get("Expression", ""))
    return by_id.get(filled[1]) if filled else returned[0]


def _pairs(dimensions: Iterable[DimensionTypeDef]) -> frozenset[tuple[str, str]]:
    return frozenset((each["Name"], each["Value"]) for each in dimensions)
