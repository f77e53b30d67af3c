"""The statistics that an alarm may have beside the five plain ones."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from scaling_kit import DIMENSIONS, Client

ALARM = {
    "AlarmName": "busy",
    "Namespace": "AWS/ECS",
    "MetricName": "CPUUtilization",
    "Dimensions": DIMENSIONS,
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 70,
    "ComparisonOperator": "GreaterThanThreshold",
}


@pytest.mark.usefixtures("ecs")
@pytest.mark.parametrize(
    "statistic",
    ["p90", "p99.9", "p100", "tm90", "tc90", "ts90", "wm90", "IQM", "PR(:300)", "TM(10%:90%)", "WM(:95%)"],
)
def test_an_alarm_takes_an_extended_statistic(client: Client, statistic: str) -> None:
    client("cloudwatch").put_metric_alarm(**ALARM, ExtendedStatistic=statistic)
    [found] = client("cloudwatch").describe_alarms(AlarmNames=["busy"])["MetricAlarms"]
    assert found["ExtendedStatistic"] == statistic
    assert not {"Statistic", "Metrics"} & set(found), "as recorded of alarms on one metric"


@pytest.mark.usefixtures("ecs")
@pytest.mark.parametrize("statistic", ["Average", "x90", "tm", "90"])
def test_an_alarm_refuses_what_is_no_statistic(
    client: Client, refused: Callable[..., str], statistic: str
) -> None:
    message = refused(client("cloudwatch").put_metric_alarm, **ALARM, ExtendedStatistic=statistic)
    assert message.endswith(f"The value {statistic} for parameter ExtendedStatistic is not supported.")


def test_stock_moto_takes_percentiles_only(stock: None, client: Client, refused: Callable[..., str]) -> None:
    message = refused(client("cloudwatch").put_metric_alarm, **ALARM, ExtendedStatistic="tm90")
    assert message.endswith("is not supported."), "moto takes trimmed means: drop this extension"
