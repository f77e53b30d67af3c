"""Typed readers of Application Auto Scaling: how far a service may scale, by which policies and schedules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from labs.sdk import Account

if TYPE_CHECKING:
    from mypy_boto3_application_autoscaling.literals import ScalableDimensionType, ServiceNamespaceType
    from mypy_boto3_application_autoscaling.type_defs import (
        ScalableTargetTypeDef,
        ScalingPolicyTypeDef,
        ScheduledActionTypeDef,
        StepScalingPolicyConfigurationOutputTypeDef,
    )

TARGET_READS = ("application-autoscaling:DescribeScalableTargets",)
POLICY_READS = ("application-autoscaling:DescribeScalingPolicies",)
SCHEDULE_READS = ("application-autoscaling:DescribeScheduledActions",)

_ECS: ServiceNamespaceType = "ecs"
_COUNT: ScalableDimensionType = "ecs:service:DesiredCount"


def resource_id(cluster: str, service: str) -> str:
    """The resource id of a service in Application Auto Scaling."""
    return f"service/{cluster}/{service}"


def target_or_none(account: Account, resource: str) -> ScalableTargetTypeDef | None:
    """The scalable target that a service's desired count is."""
    pages = account.application_autoscaling.get_paginator("describe_scalable_targets").paginate(
        ServiceNamespace=_ECS, ResourceIds=[resource], ScalableDimension=_COUNT
    )
    return next((target for page in pages for target in page["ScalableTargets"]), None)


def policies(account: Account, resource: str, kind: str) -> list[ScalingPolicyTypeDef]:
    """The policies of one kind (StepScaling, TargetTrackingScaling) for a service's desired count."""
    pages = account.application_autoscaling.get_paginator("describe_scaling_policies").paginate(
        ServiceNamespace=_ECS, ResourceId=resource, ScalableDimension=_COUNT
    )
    found = [policy for page in pages for policy in page["ScalingPolicies"]]
    return [policy for policy in found if policy["PolicyType"] == kind]


def scheduled_actions(account: Account, resource: str) -> list[ScheduledActionTypeDef]:
    """The scheduled actions for a service's desired count."""
    pages = account.application_autoscaling.get_paginator("describe_scheduled_actions").paginate(
        ServiceNamespace=_ECS, ResourceId=resource, ScalableDimension=_COUNT
    )
    return [action for page in pages for action in page["ScheduledActions"]]


def scale_out_steps(configuration: StepScalingPolicyConfigurationOutputTypeDef) -> list[int]:
    """The adjustments when a metric is above its threshold, from the smallest breach to the largest; none if none adds.

    A step whose interval ends at or below the threshold never applies to an alarm that fires above it.
    """
    above = [
        step
        for step in configuration.get("StepAdjustments", [])
        if step.get("MetricIntervalUpperBound", float("inf")) > 0
    ]
    above.sort(key=lambda step: step.get("MetricIntervalLowerBound", float("-inf")))
    adjustments = [step["ScalingAdjustment"] for step in above]
    return adjustments if any(each > 0 for each in adjustments) else []


def tasks_added(configuration: StepScalingPolicyConfigurationOutputTypeDef, tasks: int) -> list[int]:
    """The tasks that each of these steps adds where so many tasks run.

    A percentage of them is a whole number, rounded down but at least 1 ("Step scaling policies" of the user guide of
    Application Auto Scaling).
    """
    kind = configuration.get("AdjustmentType")
    steps = scale_out_steps(configuration)
    if kind == "ExactCapacity":
        return [each - tasks for each in steps]
    if kind == "PercentChangeInCapacity":
        least = max(1, configuration.get("MinAdjustmentMagnitude", 0))
        return [_sign(each) * max(least, tasks * abs(each) // 100) for each in steps]
    return steps


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)


_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
WORKING_DAYS = frozenset(range(2, 7))
"""Monday to Friday, as AWS cron expressions number them: Sunday is 1."""


class Cron(msgspec.Struct, frozen=True):
    """When a recurring schedule is due; one that goes by the day of the month may be due on any day of the week."""

    minutes: frozenset[int]
    hours: frozenset[int]
    months: frozenset[int]
    days: frozenset[int]
    years: frozenset[int]

    def is_due_in(self, year: int) -> bool:
        """Whether it is due in this year or the next, with no year left out before its last."""
        last, first = max(self.years, default=0), min(self.years, default=0)
        return first <= year + 1 and year <= last < first + len(self.years)

    @property
    def at_eight_on_some_working_days(self) -> bool:
        """Whether it is due at 08:00 on working days of all months, and at no other time."""
        at_eight = self.minutes == {0} and self.hours == {8}
        return at_eight and self.months == set(range(1, 13)) and self.days <= WORKING_DAYS

    def meets(self, other: Cron) -> bool:
        """Whether both are due at the same time on some day."""
        return all(
            (
                self.minutes & other.minutes,
                self.hours & other.hours,
                self.days & other.days,
                self.months & other.months,
            )
        )


def read_cron(schedule: str) -> Cron | None:
    """The fields of `cron(minutes hours day-of-month month day-of-week year)`; None for any other schedule."""
    text = schedule.strip().upper()
    fields = text.removeprefix("CRON(").removesuffix(")").split()
    if len(fields) != 6 or (fields[2] not in ("*", "?") and fields[4] != "?"):
        return None
    minutes, hours, _, months, days, years = fields
    try:
        return Cron(
            _values(minutes, range(60)),
            _values(hours, range(24)),
            _values(months, range(1, 13), {name: number for number, name in enumerate(_MONTHS, 1)}),
            _values(
                days.replace("?", "*"), range(1, 8), {name: number for number, name in enumerate(_DAYS, 1)}
            ),
            _values(years, range(1970, 2200)),
        )
    except ValueError:  # a field of another kind: the last Friday, the weekday nearest to the 15th
        return None


def _values(field: str, allowed: range, names: Mapping[str, int] | None = None) -> frozenset[int]:
    """The numbers that a field means: a list of numbers, names, ranges, each with a step or without."""
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        if span == "*":
            start, end = allowed[0], allowed[-1]
        else:
            start = _number(first, names)
            end = _number(last, names) if last else allowed[-1] if step else start
        if start not in allowed or end not in allowed:
            raise ValueError(field)
        found.update(range(start, end + 1, int(step or 1)))
    return frozenset(found)


def _number(word: str, names: Mapping[str, int] | None) -> int:
    return names[word] if names and word in names else int(word)
