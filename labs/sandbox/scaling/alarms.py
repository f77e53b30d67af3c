"""CloudWatch alarms, evaluated on the data of PutMetricData, and their actions.

Each period has the value of the alarm's statistic. Missing data is treated as configured ("How alarm state is evaluated
when data is missing" of the CloudWatch user guide): by default, the existing data decides, so that one breaching
period of three, without data in the other two, is an alarm. Alarms on expressions and percentiles keep their state.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from labs.sandbox import hooks
from labs.sandbox.extend import Stock, Undo, operation, patch, set_attribute
from labs.sandbox.source import documented
from labs.sandbox.world import clock

_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
_EXTENDED = re.compile(
    r"(p|tm|tc|ts|wm)\d{1,2}(\.\d+)?|p100|iqm|pr\(.*:.*\)|(tm|tc|ts|wm)\(.*:.*\)", re.IGNORECASE
)
"""Matches the statistics other than the five simple ones ("CloudWatch statistics definitions" of the user guide)."""
_EXTRA_PERIODS = 2
"""The number of additional periods in which an alarm looks for data."""


def newest_value(alarm: Any, backend: Any) -> float | None:
    """The value of the alarm's statistic in the last period with data."""
    return next((value for value in _periods(alarm, backend) if value is not None), None)


def _periods(alarm: Any, backend: Any) -> Iterator[float | None]:
    """The value of the alarm's statistic in each period, newest first; None without data."""
    from moto.cloudwatch.models import Statistics

    data = [each for each in backend.metric_data if _is_of(each, alarm)]
    end, period = clock.now(), timedelta(seconds=int(alarm.period))
    for _ in range(int(alarm.evaluation_periods) + _EXTRA_PERIODS):
        start = end - period
        within = Statistics([alarm.statistic], start)
        within.metric_data = [each for each in data if start < _aware(each.timestamp) <= end]
        found = within.get_statistics_for_type(alarm.statistic) if within.metric_data else None
        yield None if found is None else float(found)
        end = start


def _is_of(datum: Any, alarm: Any) -> bool:
    if (datum.namespace, datum.name) != (alarm.namespace, alarm.metric_name):
        return False
    if alarm.unit and datum.unit not in (None, alarm.unit):
        return False
    return _named(datum.dimensions) == _named(alarm.dimensions)


def _named(dimensions: Any) -> set[tuple[str, str]]:
    return {(each.name, each.value) for each in dimensions}


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=clock.now().tzinfo)


def state_of(alarm: Any, backend: Any) -> str | None:
    """The state according to the data; None if it does not change."""
    if alarm.metric_data_queries or not alarm.statistic or alarm.comparison_operator not in _COMPARISONS:
        return None
    number, needed = int(alarm.evaluation_periods), int(alarm.datapoints_to_alarm or alarm.evaluation_periods)
    there = [value for value in _periods(alarm, backend) if value is not None][:number]
    compare = _COMPARISONS[alarm.comparison_operator]
    breaching = sum(compare(value, float(alarm.threshold)) for value in there)
    missing = max(needed - len(there), 0)
    match alarm.treat_missing_data:
        case "breaching":
            return "ALARM" if breaching + missing >= needed else "OK"
        case "notBreaching":
            return "ALARM" if breaching >= needed else "OK"
        case "ignore":
            return None if missing else "ALARM" if breaching >= needed else "OK"
    if not there:
        return "INSUFFICIENT_DATA"
    return "ALARM" if breaching >= min(needed, len(there)) else "OK"


def _evaluate(account: str, region: str, backend: Any, alarms: list[Any]) -> None:
    for alarm in alarms:
        state = state_of(alarm, backend)
        if state is None:
            continue
        if state != alarm.state_value:
            value = newest_value(alarm, backend)
            alarm.update_state(f"Threshold Crossed: {state} at {value}", "{}", state)
        _run_actions(account, region, alarm)


def _run_actions(account: str, region: str, alarm: Any) -> None:
    """Runs the actions of an alarm; scaling actions are repeated while it is in ALARM."""
    if alarm.state_value == "ALARM" and alarm.actions_enabled:
        for notice in hooks.on_alarm:
            notice(account, region, alarm)


@operation("cloudwatch", "PutMetricData", "moto's alarms never look at the data")
def put_metric_data(response: Any, stock: Stock) -> Any:
    """Stores the data, and evaluates the alarms on these metrics."""
    answer, backend = stock(), response.cloudwatch_backend
    names = {each["MetricName"] for each in response._get_param("MetricData") or []}
    namespace = response._get_param("Namespace")
    alarms = [
        each for each in backend.alarms.values() if each.namespace == namespace and each.metric_name in names
    ]
    _evaluate(response.current_account, response.region, backend, alarms)
    return answer


@operation("cloudwatch", "PutMetricAlarm", "moto's alarms never look at the data")
def put_metric_alarm(response: Any, stock: Stock) -> Any:
    """Creates or updates the alarm, and evaluates it on the existing data."""
    answer, backend = stock(), response.cloudwatch_backend
    alarm = backend.alarms[response._get_param("AlarmName")]
    if any(_is_of(each, alarm) for each in backend.metric_data):
        _evaluate(response.current_account, response.region, backend, [alarm])
    return answer


@operation("cloudwatch", "SetAlarmState", "moto's alarms do nothing when their state changes")
def set_alarm_state(response: Any, stock: Stock) -> Any:
    """Sets the state, and runs the actions for it."""
    answer = stock()
    alarm = response.cloudwatch_backend.alarms[response._get_param("AlarmName")]
    _run_actions(response.current_account, response.region, alarm)
    return answer


@patch(
    "cloudwatch:extended statistics",
    "moto takes percentiles only",
    documented("AmazonCloudWatch/latest/monitoring/Statistics-definitions.html"),
)
def _take_extended_statistics() -> Undo:
    from moto.cloudwatch.models import CloudWatchBackend

    stock = CloudWatchBackend.put_metric_alarm

    def put(backend: Any, *given: Any, **options: Any) -> Any:
        statistic = options.get("extended_statistic")
        if _EXTENDED.fullmatch(statistic or ""):
            options["extended_statistic"] = None
        alarm = stock(backend, *given, **options)
        alarm.extended_statistic = statistic
        return alarm

    return set_attribute(CloudWatchBackend, "put_metric_alarm", put)


@patch(
    "cloudwatch:new alarms",
    "moto's alarms begin in OK, AWS's in INSUFFICIENT_DATA; those on one metric name an empty list of queries",
    documented("AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html"),
)
def _start_without_data() -> Undo:
    from moto.cloudwatch.models import Alarm

    stock = Alarm.__init__

    def initialize(alarm: Any, *given: Any, **options: Any) -> None:
        stock(alarm, *given, **options)
        alarm.state_value = "INSUFFICIENT_DATA"
        alarm.metric_data_queries = alarm.metric_data_queries or None

    return set_attribute(Alarm, "__init__", initialize)
