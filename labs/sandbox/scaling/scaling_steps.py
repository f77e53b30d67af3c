"""The arithmetic of step scaling and target tracking, as pure functions.

Source: "Step scaling policies" and "Target tracking scaling policies" of the Application Auto Scaling user guide.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any


@dataclass(frozen=True, slots=True)
class Breach:
    """An alarm in ALARM: how far its metric is above the threshold, and whether it alarms on low values."""

    by: float
    low: bool


def why_no_steps(steps: Sequence[dict[str, Any]]) -> str:
    """AWS's message for invalid steps of a policy; empty if they are valid.

    The rules are those of "Step scaling policies"; the two messages about open ends are AWS's own.
    """
    spans = sorted(map(_span, steps))
    if (-math.inf, math.inf) in spans:
        return "Both lower and upper bounds of a step adjustment cannot be left unspecified"
    if any(least >= most for least, most in spans):
        return "The lower bound of a step adjustment must be less than its upper bound"
    if any(first[1] != second[0] for first, second in pairwise(spans)):
        return "Step adjustment intervals cannot overlap or have a gap between them"
    for bound, open_, sign in ((spans[-1][1], "upper", "positive"), (-spans[0][0], "lower", "negative")):
        if 0 < bound < math.inf:
            return (
                f"There must be a StepAdjustment with an unspecified {open_} bound (i.e., {open_} bound is null) "
                f"when one StepAdjustment has a {sign} {open_} bound"
            )
    return ""


def stepped(configuration: dict[str, Any], capacity: int, breach: Breach) -> int | None:
    """The capacity after the step that applies to the breach; None if none applies."""
    for step in configuration.get("StepAdjustments") or ():
        if _contains(step, breach):
            return _adjusted(configuration, capacity, float(step["ScalingAdjustment"]))
    return None


def _contains(step: dict[str, Any], breach: Breach) -> bool:
    """Whether a step applies: above the threshold its lower bound is inclusive, below it its upper bound."""
    least, most = _span(step)
    return least < breach.by <= most if breach.low else least <= breach.by < most


def _span(step: dict[str, Any]) -> tuple[float, float]:
    lower, upper = step.get("MetricIntervalLowerBound"), step.get("MetricIntervalUpperBound")
    return -math.inf if lower is None else float(lower), math.inf if upper is None else float(upper)


def _adjusted(configuration: dict[str, Any], capacity: int, adjustment: float) -> int:
    match configuration.get("AdjustmentType"):
        case "ExactCapacity":
            return int(adjustment)
        case "PercentChangeInCapacity":
            change = _whole(capacity * adjustment / 100)
            least = int(configuration.get("MinAdjustmentMagnitude") or 0)
            return capacity + int(math.copysign(max(abs(change), least), adjustment))
    return capacity + int(adjustment)


def _whole(change: float) -> int:
    """A change rounded towards zero, but never to zero: 6.67 to 6, -6.67 to -6, 0.67 to 1, -0.67 to -1."""
    if 0 < abs(change) < 1:
        return int(math.copysign(1, change))
    return int(change)


def tracked(target: float, value: float, capacity: int) -> int:
    """The capacity that brings a proportional metric to the target, rounded up."""
    return math.ceil(round(capacity * value / target, 6))
