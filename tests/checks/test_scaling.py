"""Cron expressions as AWS writes them, and steps as an alarm above its threshold meets them."""

from __future__ import annotations

from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.packs.aws_ecs.checks import _alarms, _scaling


@pytest.mark.parametrize(
    "schedule",
    [
        "cron(0 8 ? * MON-FRI *)",
        "cron(0 8 * * MON-FRI *)",
        "cron(00 08 ? * 2-6 *)",
        "cron(0 8 ? * mon,tue,wed,thu,fri *)",
        "CRON(0 8 ? 1-12 MON,3-5,FRI *)",
        "cron(0 8 ? JAN-DEC 2-6/1 *)",
        "cron(0 8 ? JAN,FEB,MAR,APR,MAY,JUN,JUL,AUG,SEP,OCT,NOV,DEC MON-FRI *)",
        "  cron( 0  8 ? * MON-FRI * ) ",
    ],
)
def test_these_are_eight_on_working_days(schedule: str) -> None:
    cron = _scaling.read_cron(schedule)
    assert cron is not None
    assert cron.at_eight_on_some_working_days
    assert cron.days == _scaling.WORKING_DAYS


@pytest.mark.parametrize(
    "schedule",
    [
        "cron(0 8 * * ? *)",
        "cron(0 8 ? * 1-5 *)",
        "cron(0 8 ? * MON-SAT *)",
        "cron(8 0 ? * MON-FRI *)",
        "cron(0 8,20 ? * MON-FRI *)",
        "cron(0/30 8 ? * MON-FRI *)",
        "cron(* 8 ? * MON-FRI *)",
        "cron(0 8 ? 1-6 MON-FRI *)",
        "cron(0 8 1 * ? *)",
        "cron(0 8 1 * MON-FRI *)",
        "cron(0 8 ? * MON-FRI ?)",
        "cron(0 8 ? * 2#1 *)",
        "cron(0 8 ? * FRIL *)",
        "cron(0 8 * * MON-FRI)",
        "cron(0 8 ? * MON-FRI *]",
        "cron(0 25 ? * MON-FRI *)",
        "cron(0 8 ? * FRI-MON *)",
        "rate(1 day)",
        "at(2026-11-23T08:00:00)",
        "",
    ],
)
def test_these_are_not(schedule: str) -> None:
    cron = _scaling.read_cron(schedule)
    assert cron is None or not cron.at_eight_on_some_working_days or cron.days != _scaling.WORKING_DAYS


def test_the_days_of_the_week_are_numbered_from_sunday() -> None:
    cron = _scaling.read_cron("cron(0 8 ? * SUN-SAT *)")
    assert cron is not None
    assert cron.days == set(range(1, 8))


@pytest.mark.parametrize(
    ("years", "due"),
    [
        ("*", True),
        ("2026", True),
        ("2027", True),
        ("2027-2099", True),
        ("2028", False),
        ("2028-2099", False),
        ("2026-2099", True),
        ("2020-2026", True),
        ("2026/1", True),
        ("2026,2027", True),
        ("2025", False),
        ("2020-2025", False),
        ("2030-2020", False),
        ("2026/2", False),
        ("2026,2028", False),
    ],
)
def test_a_schedule_is_due_now_until_the_last_of_its_years(years: str, *, due: bool) -> None:
    cron = _scaling.read_cron(f"cron(0 8 ? * MON-FRI {years})")
    assert cron is not None
    assert cron.is_due_in(2026) is due


def test_a_step_leaves_out_what_is_between() -> None:
    """From 8 on every 24 hours is at 8; from Monday on every second day is three days of the week."""
    cron = _scaling.read_cron("cron(0 8/24 ? * MON/2 *)")
    assert cron is not None
    assert cron.at_eight_on_some_working_days
    assert cron.days == {2, 4, 6}


@pytest.mark.parametrize("hours", ["24", "8-24", "24-8", "-8", "NOON", "8/0", "?"])
def test_hours_that_no_day_has_are_no_schedule(hours: str) -> None:
    assert _scaling.read_cron(f"cron(0 {hours} ? * MON-FRI *)") is None


@given(st.text(alphabet="cron()0123456789 ?*/,-MONFRI", max_size=40))
def test_no_text_breaks_the_reader(text: str) -> None:
    """AWS refuses nonsense; what comes back all the same is no schedule, and no fault of the check's."""
    _scaling.read_cron(f"cron({text})")


def steps(*given: tuple[float | None, float | None, int]) -> list[int]:
    keys = ("MetricIntervalLowerBound", "MetricIntervalUpperBound", "ScalingAdjustment")
    rows = [
        {key: value for key, value in zip(keys, each, strict=True) if value is not None} for each in given
    ]
    return _scaling.scale_out_steps(cast("Any", {"StepAdjustments": rows}))


@pytest.mark.parametrize(
    ("given", "adds"),
    [
        ([], []),
        ([(0, 15, 1), (15, None, 3)], [1, 3]),
        ([(15, None, 3), (0, 15, 1)], [1, 3]),
        ([(0, 15, 3), (15, None, 1)], [3, 1]),
        ([(0, 0.5, 1), (0.5, None, 3)], [1, 3]),
        ([(-10, 0, 1), (0, None, 3)], [3]),
        ([(None, 0, -1), (0, None, 2)], [2]),
        ([(None, 10, 1), (10, None, 2)], [1, 2]),
        ([(0, 15, 0), (15, None, -2)], []),
        ([(0, 10, 1), (10, 20, -1), (20, None, 3)], [1, -1, 3]),
    ],
)
def test_steps_count_above_the_threshold_in_the_order_of_their_intervals(
    given: list[tuple[float | None, float | None, int]], adds: list[int]
) -> None:
    assert steps(*given) == adds


@pytest.mark.parametrize(
    ("kind", "more", "tasks", "adds"),
    [
        ("ChangeInCapacity", {}, 5, [-2, 0, 1, 30]),
        (None, {}, 5, [-2, 0, 1, 30]),
        ("ExactCapacity", {}, 5, [-7, -5, -4, 25]),
        ("PercentChangeInCapacity", {}, 10, [-1, 0, 1, 3]),
        ("PercentChangeInCapacity", {}, 100, [-2, 0, 1, 30]),
        ("PercentChangeInCapacity", {"MinAdjustmentMagnitude": 2}, 10, [-2, 0, 2, 3]),
    ],
)
def test_steps_add_tasks_by_the_kind_of_their_adjustment(
    kind: str | None, more: dict[str, int], tasks: int, adds: list[int]
) -> None:
    """A percentage is rounded down, but to one task at least."""
    rows = [
        {"MetricIntervalLowerBound": bound, "ScalingAdjustment": each}
        for bound, each in enumerate((-2, 0, 1, 30))
    ]
    given = {"StepAdjustments": rows, **({"AdjustmentType": kind} if kind else {}), **more}
    assert _scaling.tasks_added(cast("Any", given), tasks) == adds


def query(**more: Any) -> dict[str, Any]:
    metric = {
        "Namespace": "AWS/ECS",
        "MetricName": "CPUUtilization",
        "Dimensions": [{"Name": "A", "Value": "b"}],
    }
    return {"Id": "m", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "p90"}, **more}


def test_an_alarm_on_one_query_watches_its_metric() -> None:
    found = _alarms.metric_of(cast("Any", {"Metrics": [query()]}))
    assert found == _alarms.Metric("AWS/ECS", "CPUUtilization", frozenset({("A", "b")}), "p90")


@pytest.mark.parametrize(
    ("statistic", "message"),
    [
        ({"Statistic": "Average"}, "Average of AWS/ECS CPUUtilization for no dimension"),
        ({"ExtendedStatistic": "p90"}, "p90 of AWS/ECS CPUUtilization for no dimension"),
        ({"Statistic": "Sum", "Unit": "Count"}, "Sum in Count of AWS/ECS CPUUtilization for no dimension"),
    ],
    ids=str,
)
def test_a_metric_is_told_by_its_statistic_and_dimensions(statistic: dict[str, str], message: str) -> None:
    alarm = {"MetricName": "CPUUtilization", "Namespace": "AWS/ECS", **statistic}
    assert str(_alarms.metric_of(cast("Any", alarm))) == message


def test_an_alarm_that_computes_watches_no_single_metric() -> None:
    several = [query(ReturnData=False), {"Id": "e", "Expression": "100 - m", "ReturnData": True}]
    assert _alarms.metric_of(cast("Any", {"Metrics": several})) is None
    assert (
        _alarms.metric_of(cast("Any", {"Metrics": [{"Id": "e", "Expression": "SELECT AVG(x) FROM y"}]}))
        is None
    )


@pytest.mark.parametrize(
    ("statistic", "level"),
    [
        ("Average", True),
        ("Maximum", True),
        ("p90", True),
        ("tm90", True),
        ("TM(10%:90%)", True),
        ("wm90", True),
        ("IQM", True),
        ("Sum", False),
        ("SampleCount", False),
        ("tc90", False),
        ("TS(10%:90%)", False),
        ("PR(:50)", False),
    ],
)
def test_a_sum_of_percentages_is_no_percentage(statistic: str, level: bool) -> None:
    alarm = {"MetricName": "CPUUtilization", "Namespace": "AWS/ECS", "Statistic": statistic}
    found = _alarms.metric_of(cast("Any", alarm))
    assert found is not None
    assert found.is_level is level
