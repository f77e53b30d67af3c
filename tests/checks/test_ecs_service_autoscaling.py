"""Targets, policies, alarms and schedules that are nearly right, and right ones that look odd."""

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from labs.packs.aws_ecs.checks import ecs_service_autoscaling as lab
from labs.sdk import Failed, Outcome, Passed
from tests.builders import ACCOUNT
from tests.checks.canned import Answer, answering

NAMES = {"cluster": "labs-demand", "service": "web"}
DIMENSION_IDS = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/labs-demand/web",
    "ScalableDimension": "ecs:service:DesiredCount",
    "CreationTime": 0,
}
MORNING = "cron(0 8 ? * MON-FRI *)"


def schedules(*actions: dict[str, Any]) -> Answer:
    made = [
        {"ScheduledActionName": f"a{number}", "ScheduledActionARN": "arn", **DIMENSION_IDS, **action}
        for number, action in enumerate(actions)
    ]
    return "describe_scheduled_actions", {"ScheduledActions": made}


def raising(schedule: str = MORNING, **more: Any) -> dict[str, Any]:
    return {"Schedule": schedule, "ScalableTargetAction": {"MinCapacity": 4}, **more}


def lowering(schedule: str, **more: Any) -> dict[str, Any]:
    return {"Schedule": schedule, "ScalableTargetAction": {"MinCapacity": 1}, **more}


def test_a_cluster_that_is_not_there_has_no_service() -> None:
    answers: list[Answer] = [
        ("describe_clusters", {"clusters": [{"status": "INACTIVE"}]}),
        ("list_clusters", {"clusterArns": [f"arn:aws:ecs:eu-west-1:{ACCOUNT}:cluster/labs-demands"]}),
    ]
    found = lab.service_is_active(answering(ecs=answers), NAMES)
    assert isinstance(found, Failed)
    assert found.near == ("labs-demands",)


@pytest.mark.parametrize(
    ("least", "most", "schedule", "scales"),
    [
        (1, 6, MORNING, True),
        (1, 6, "rate(1 day)", True),
        (4, 6, MORNING, True),
        (4, 6, "cron(0 8 * * ? *)", False),
        (3, 6, MORNING, False),
        (0, 6, MORNING, False),
        (1, 5, MORNING, False),
        (4, 7, MORNING, False),
    ],
)
def test_the_range_is_one_to_six_until_a_right_schedule_has_raised_it(
    least: int, most: int, schedule: str, *, scales: bool
) -> None:
    target = {**DIMENSION_IDS, "MinCapacity": least, "MaxCapacity": most, "RoleARN": "arn"}
    answers = [("describe_scalable_targets", {"ScalableTargets": [target]}), schedules(raising(schedule))]
    account = answering(**{"application-autoscaling": answers})
    assert isinstance(lab.service_scales_from_one_to_six(account, NAMES), Passed) is scales


def policies(kind: str, *configurations: dict[str, Any]) -> Answer:
    key = f"{kind}PolicyConfiguration"
    made = [
        {
            "PolicyARN": f"arn:{number}",
            "PolicyName": f"p{number}",
            "PolicyType": kind,
            **DIMENSION_IDS,
            key: each,
        }
        for number, each in enumerate(configurations)
    ]
    return "describe_scaling_policies", {"ScalingPolicies": made}


CPU = {"PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}}
OWN = {
    "CustomizedMetricSpecification": {
        "MetricName": "CPUUtilization",
        "Namespace": "AWS/ECS",
        "Statistic": "Average",
    }
}


@pytest.mark.parametrize(
    ("configurations", "tracks"),
    [
        ([{"TargetValue": 50.0, **CPU}], True),
        ([{"TargetValue": 70, **OWN}, {"TargetValue": 50, **CPU}], True),
        ([{"TargetValue": 50.5, **CPU}], False),
        ([{"TargetValue": 50, **OWN}], False),
        ([], False),
    ],
    ids=["50.0", "beside another", "50.5", "a metric of its own", "none"],
)
def test_a_predefined_metric_is_kept_at_fifty(configurations: list[Any], *, tracks: bool) -> None:
    account = answering(**{"application-autoscaling": [policies("TargetTrackingScaling", *configurations)]})
    assert isinstance(lab.a_policy_tracks_cpu_at_fifty(account, NAMES), Passed) is tracks


GROWING = {
    "AdjustmentType": "ChangeInCapacity",
    "StepAdjustments": [
        {"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 10, "ScalingAdjustment": 1},
        {"MetricIntervalLowerBound": 10, "ScalingAdjustment": 2},
    ],
}
DIMENSIONS = [{"Name": "ServiceName", "Value": "web"}, {"Name": "ClusterName", "Value": "labs-demand"}]
METRIC = {"Namespace": "AWS/ECS", "MetricName": "CPUUtilization", "Dimensions": DIMENSIONS}
ALARM = {
    "AlarmName": "busy",
    "ActionsEnabled": True,
    "AlarmActions": ["arn:0"],
    "ComparisonOperator": "GreaterThanThreshold",
    "Statistic": "Average",
    "Threshold": 75,
    **METRIC,
}
FARGATE = {"launchType": "FARGATE"}
SPLIT = {"capacityProviderStrategy": [{"capacityProvider": "FARGATE"}, {"capacityProvider": "FARGATE_SPOT"}]}
EC2 = {"launchType": "EC2"}
GROUP = {"capacityProviderStrategy": [{"capacityProvider": "hosts"}]}


def alarmed(*alarms: dict[str, Any], runs_on: dict[str, Any] = FARGATE) -> Outcome:
    service = {"serviceName": "web", "status": "ACTIVE", **runs_on}
    account = answering(
        ecs=[("describe_services", {"services": [service]})],
        **{"application-autoscaling": [policies("StepScaling", GROWING)]},
        cloudwatch=[("describe_alarms", {"MetricAlarms": list(alarms)})],
    )
    return lab.an_alarm_on_its_cpu_runs_the_policy(account, NAMES)


def queried(**more: Any) -> dict[str, Any]:
    query = {"Id": "cpu", "MetricStat": {"Metric": METRIC, "Period": 60, "Stat": "Average", **more}}
    bare = {key: value for key, value in ALARM.items() if key not in {*METRIC, "Statistic"}}
    return {**bare, "Metrics": [query]}


def elsewhere(account: str) -> dict[str, Any]:
    """An alarm on the same metric, as an account that this one monitors reports it."""
    alarm = queried()
    return {**alarm, "Metrics": [{**alarm["Metrics"][0], "AccountId": account}]}


def computed(expression: str, **more: Any) -> dict[str, Any]:
    """An alarm on an expression, whose queries are the metric and the expression."""
    alarm = queried(**more)
    metric = {**alarm["Metrics"][0], "ReturnData": False}
    return {**alarm, "Metrics": [metric, {"Id": "e", "Expression": expression, "ReturnData": True}]}


EXPRESSION = {**queried(), "Metrics": [{"Id": "e", "Expression": "SELECT AVG(CPUUtilization) FROM x"}]}


@pytest.mark.parametrize(
    "alarm",
    [
        {},
        {"Unit": "Percent"},
        {"ComparisonOperator": "GreaterThanOrEqualToThreshold"},
        {"AlarmActions": ["arn:sns", "arn:0:createdBy/somebody"]},
    ],
    ids=str,
)
def test_an_alarm_above_the_service_s_cpu_runs_the_policy(alarm: dict[str, Any]) -> None:
    assert isinstance(alarmed({**ALARM, "AlarmActions": ["arn:sns"]}, {**ALARM, **alarm}), Passed)
    assert isinstance(alarmed(queried(**{key: alarm[key] for key in alarm if key == "Unit"})), Passed)


def test_an_alarm_may_fill_the_gaps_of_the_metric() -> None:
    assert isinstance(alarmed(computed("FILL(cpu, REPEAT)")), Passed)


def test_an_alarm_may_name_the_account_itself() -> None:
    assert isinstance(alarmed(elsewhere(ACCOUNT)), Passed)


GROWING_STEPS = [(0, 10, 1), (10, None, 3)]
DIP = [(0, 10, 1), (10, 20, -1), (20, None, 3)]
LATE = [(0, 10, 0), (10, 20, 1), (20, None, 3)]


@pytest.mark.parametrize(("steps", "grows"), [(GROWING_STEPS, True), (LATE, True), (DIP, False)], ids=str)
def test_more_tasks_are_added_for_a_larger_breach(steps: list[Any], *, grows: bool) -> None:
    adjustments = [
        {
            "MetricIntervalLowerBound": lower,
            **({"MetricIntervalUpperBound": upper} if upper else {}),
            "ScalingAdjustment": added,
        }
        for lower, upper, added in steps
    ]
    configuration = {"AdjustmentType": "ChangeInCapacity", "StepAdjustments": adjustments}
    account = answering(**{"application-autoscaling": [policies("StepScaling", configuration)]})
    assert isinstance(lab.a_policy_scales_out_in_steps(account, NAMES), Passed) is grows


@pytest.mark.parametrize(
    ("kind", "adjustments", "least", "grows"),
    [
        ("ExactCapacity", (3, 6), 0, True),
        ("ExactCapacity", (1, 2), 0, False),
        ("PercentChangeInCapacity", (50, 100), 0, True),
        ("PercentChangeInCapacity", (10, 20), 0, False),
        ("PercentChangeInCapacity", (10, 40), 0, True),
        ("PercentChangeInCapacity", (50, 100), 4, True),
        ("PercentChangeInCapacity", (50, 100), 5, False),
        ("PercentChangeInCapacity", (-50, 100), 0, False),
    ],
)
def test_steps_are_compared_by_the_tasks_that_they_add(
    kind: str, adjustments: tuple[int, int], least: int, *, grows: bool
) -> None:
    """From 1 to 5 tasks, 10 and 20 percent are 1 task, and exactly 1 task adds nothing."""
    first, second = adjustments
    configuration = {
        "AdjustmentType": kind,
        "StepAdjustments": [
            {"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 10, "ScalingAdjustment": first},
            {"MetricIntervalLowerBound": 10, "ScalingAdjustment": second},
        ],
        **({"MinAdjustmentMagnitude": least} if least else {}),
    }
    account = answering(**{"application-autoscaling": [policies("StepScaling", configuration)]})
    assert isinstance(lab.a_policy_scales_out_in_steps(account, NAMES), Passed) is grows


@pytest.mark.parametrize(
    ("alarm", "message"),
    [
        ({**ALARM, "ActionsEnabled": False}, "busy has disabled actions"),
        ({**ALARM, "Statistic": "Sum"}, "is not a percentage"),
        (
            {**ALARM, "Threshold": 4000},
            "busy has threshold 4000, which no Fargate task can exceed",
        ),
        ({**ALARM, "Unit": "Count"}, "busy watches the Average in Count of AWS/ECS CPUUtilization"),
        (queried(Unit="Bytes"), "busy watches the Average in Bytes of AWS/ECS CPUUtilization"),
        (queried(Stat="SampleCount"), "is not a percentage"),
        (EXPRESSION, "busy watches an expression"),
        (elsewhere("210987654321"), "ServiceName=web in account 210987654321"),
        (computed("100 - cpu"), "busy watches an expression"),
        (computed("FILL(cpu, 0)", Stat="Sum"), "is not a percentage"),
        (
            {**ALARM, "MetricName": "MemoryUtilization"},
            "busy watches the Average of AWS/ECS MemoryUtilization",
        ),
        ({**ALARM, "Namespace": "AWS/EC2"}, "busy watches the Average of AWS/EC2 CPUUtilization"),
        ({**ALARM, "Dimensions": DIMENSIONS[:1]}, "for ServiceName=web"),
        ({**ALARM, "ComparisonOperator": "LessThanThreshold"}, "busy has the comparison LessThanThreshold"),
        ({**ALARM, "AlarmActions": ["arn:00"]}, "no alarm has the step scaling policy"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_alarm_that_never_runs_it_is_told_by_what_is_wrong(alarm: dict[str, Any], message: str) -> None:
    found = alarmed(alarm)
    assert isinstance(found, Failed)
    assert message in found.found


ABOVE, AT_LEAST = "GreaterThanThreshold", "GreaterThanOrEqualToThreshold"


@pytest.mark.parametrize(
    ("threshold", "operator", "runs_on", "reached"),
    [
        (99.5, ABOVE, FARGATE, True),
        (100, AT_LEAST, FARGATE, True),
        (100, ABOVE, FARGATE, False),
        (100.5, AT_LEAST, FARGATE, False),
        (150, ABOVE, SPLIT, False),
        (150, ABOVE, EC2, True),
        (150, ABOVE, GROUP, True),
    ],
    ids=str,
)
def test_a_threshold_can_be_reached(
    threshold: float, operator: str, runs_on: dict[str, Any], *, reached: bool
) -> None:
    alarm = {**ALARM, "Threshold": threshold, "ComparisonOperator": operator}
    assert isinstance(alarmed(alarm, runs_on=runs_on), Passed) is reached


FINISHED, FUTURE = datetime(2020, 1, 1, tzinfo=UTC), datetime(2999, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("actions", "rises"),
    [
        ([raising()], True),
        ([raising(EndTime=FUTURE)], True),
        ([raising("cron(0 8 ? * MON,WED,FRI *)"), raising("cron(0 8 ? * TUE,THU *)")], True),
        ([raising("rate(1 day)"), raising()], True),
        ([raising(), raising("cron(0 8 ? * SAT *)")], True),
        ([raising(), lowering("cron(0 20 ? * MON-FRI *)")], True),
        ([raising(), lowering("cron(0 8 ? * MON-FRI *)", Timezone="Europe/Dublin")], True),
        ([raising(), lowering("cron(0/30 8 ? * FRI *)")], False),
        ([raising(), lowering("cron(0 8 * * ? *)")], False),
        ([raising(), lowering("cron(0 8 1 * ? *)")], False),
        ([raising(StartTime=FINISHED)], True),
        ([raising(StartTime=FUTURE)], False),
        ([raising("cron(0 8 ? * MON-FRI 2150)")], False),
        ([raising(EndTime=FINISHED)], False),
        ([raising("cron(0 8 ? * MON *)")], False),
        ([raising("cron(0 8 ? * MON-THU *)"), raising("cron(0 9 ? * FRI *)")], False),
        (
            [raising("cron(0 8 ? * MON-THU *)"), raising("cron(0 8 ? * FRI *)", ScalableTargetAction={})],
            False,
        ),
        ([raising(ScalableTargetAction={"MinCapacity": 3})], False),
        ([raising(ScalableTargetAction={"MaxCapacity": 4})], False),
        ([{"Schedule": MORNING}], False),
        ([], False),
    ],
    ids=str,
)
def test_actions_together_raise_the_minimum_on_every_working_day(actions: list[Any], *, rises: bool) -> None:
    account = answering(**{"application-autoscaling": [schedules(*actions)]})
    assert isinstance(lab.the_minimum_rises_on_working_mornings(account, NAMES), Passed) is rises


def test_a_replayed_record_is_judged_at_its_own_time() -> None:
    account = answering(**{"application-autoscaling": [schedules(raising(EndTime=FINISHED))]})
    then = replace(account, at=datetime(2019, 6, 3, tzinfo=UTC))
    assert isinstance(lab.the_minimum_rises_on_working_mornings(then, NAMES), Passed)


@pytest.mark.parametrize(
    ("actions", "hint"),
    [
        ([raising(), lowering("cron(0 8 * * ? *)")], "Another scheduled action"),
        ([raising(EndTime=FINISHED)], "Check the start time, the end time"),
        ([raising(StartTime=FUTURE)], "Check the start time, the end time"),
        ([lowering("cron(0 8 * * ? *)")], "Check the minimum"),
    ],
    ids=["contradicted", "ended", "not yet", "another minimum"],
)
def test_the_hint_names_the_reason(actions: list[Any], hint: str) -> None:
    account = answering(**{"application-autoscaling": [schedules(*actions)]})
    found = lab.the_minimum_rises_on_working_mornings(account, NAMES)
    assert isinstance(found, Failed)
    assert found.hint.startswith(hint)
