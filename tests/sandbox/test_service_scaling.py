"""Services of the embedded ECS that alarms, metrics and the clock scale."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ecs_kit import define, events, join, service
from hypothesis import given
from hypothesis import strategies as some

from labs.sandbox import clock
from labs.sandbox.scaling.scaling_steps import Breach, stepped, tracked
from labs.sandbox.scaling.schedules import BadSchedule, next_time

Client = Callable[..., Any]
WHERE = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/prod/web",
    "ScalableDimension": "ecs:service:DesiredCount",
}
PLACE = "service namespace: ecs, resource ID: service/prod/web, scalable dimension: ecs:service:DesiredCount"
DIMENSIONS = [{"Name": "ClusterName", "Value": "prod"}, {"Name": "ServiceName", "Value": "web"}]


class Watch:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def pass_(self, **much: float) -> None:
        self.now += timedelta(**much)


@pytest.fixture
def watch() -> Iterator[Watch]:
    made = Watch()
    with clock.set_to(lambda: made.now):
        yield made


@pytest.fixture
def prod(ecs: Any, watch: Watch) -> Any:
    """Service web with two tasks on instances with plenty of room."""
    ecs.create_cluster(clusterName="prod")
    join(3, memory=65536)
    define(ecs)
    ecs.create_service(cluster="prod", serviceName="web", taskDefinition="web", desiredCount=2)
    return ecs


@pytest.fixture
def scaling(prod: Any, client: Client) -> Any:
    """Application Auto Scaling with service web as a target of 1 to 10 tasks."""
    made = client("application-autoscaling")
    made.register_scalable_target(**WHERE, MinCapacity=1, MaxCapacity=10)
    return made


def step_policy(scaling: Any, *steps: tuple[float | None, float | None, int], **more: Any) -> str:
    """A step scaling policy; its ARN."""
    adjustments = [
        {
            key: value
            for key, value in zip(
                ("MetricIntervalLowerBound", "MetricIntervalUpperBound", "ScalingAdjustment"),
                step,
                strict=True,
            )
            if value is not None
        }
        for step in steps
    ]
    name = more.pop("name", "steps")
    configuration = {"AdjustmentType": "ChangeInCapacity", "StepAdjustments": adjustments, **more}
    answer = scaling.put_scaling_policy(
        PolicyName=name, **WHERE, PolicyType="StepScaling", StepScalingPolicyConfiguration=configuration
    )
    return str(answer["PolicyARN"])


def track(scaling: Any, target: float = 50, **more: Any) -> dict[str, Any]:
    predefined = {"PredefinedMetricType": more.pop("metric", "ECSServiceAverageCPUUtilization")}
    predefined |= more.pop("label", {})
    name = more.pop("name", "tracking")
    configuration = {"TargetValue": target, "PredefinedMetricSpecification": predefined, **more}
    answer: dict[str, Any] = scaling.put_scaling_policy(
        PolicyName=name,
        **WHERE,
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration=configuration,
    )
    return answer


def alarm(client: Client, action: str, **more: Any) -> None:
    client("cloudwatch").put_metric_alarm(
        **{
            "AlarmName": "busy",
            "Namespace": "AWS/ECS",
            "MetricName": "CPUUtilization",
            "Dimensions": DIMENSIONS,
            "Statistic": "Average",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 70,
            "ComparisonOperator": "GreaterThanThreshold",
            "AlarmActions": [action],
            **more,
        }
    )


def put(client: Client, watch: Watch, *values: float, name: str = "CPUUtilization") -> None:
    """One value a minute, the last one now."""
    data = [
        {
            "MetricName": name,
            "Dimensions": DIMENSIONS,
            "Value": value,
            "Unit": "Percent",
            "Timestamp": watch.now - timedelta(minutes=age),
        }
        for age, value in zip(range(len(values) - 1, -1, -1), values, strict=True)
    ]
    client("cloudwatch").put_metric_data(Namespace="AWS/ECS", MetricData=data)


def state(client: Client, name: str = "busy") -> str:
    return str(client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"])


def sound(client: Client, name: str = "busy", value: str = "ALARM") -> None:
    client("cloudwatch").set_alarm_state(AlarmName=name, StateValue=value, StateReason="by hand")


def test_an_alarm_that_is_set_by_hand_runs_its_step_policy(prod: Any, scaling: Any, client: Client) -> None:
    alarm(client, step_policy(scaling, (0, None, 2)))
    sound(client)
    found = service(prod)
    assert (found["desiredCount"], found["runningCount"]) == (4, 4)
    assert any("has started 2 tasks" in event for event in events(prod))
    [activity] = scaling.describe_scaling_activities(ServiceNamespace="ecs")["ScalingActivities"]
    assert activity["Description"] == "Setting desired count to 4."
    assert activity["Cause"] == "monitor alarm busy in state ALARM triggered policy steps"
    assert (
        activity["StatusMessage"]
        == "Successfully set desired count to 4. Change successfully fulfilled by ecs."
    )


@pytest.mark.parametrize("how", ["OK", "without actions", "another action"])
def test_what_is_no_alarm_of_a_policy_scales_nothing(
    prod: Any, scaling: Any, client: Client, how: str
) -> None:
    arn = step_policy(scaling, (0, None, 2))
    if how == "another action":
        arn = "arn:aws:sns:eu-west-1:123456789012:topic"
    alarm(client, arn, ActionsEnabled=how != "without actions")
    sound(client, value="OK" if how == "OK" else "ALARM")
    assert service(prod)["desiredCount"] == 2


def test_the_step_is_chosen_by_how_far_the_metric_is_beyond_the_threshold(
    prod: Any, scaling: Any, client: Client, watch: Watch
) -> None:
    alarm(client, step_policy(scaling, (0, 10, 1), (10, None, 5)))
    put(client, watch, 85)
    assert service(prod)["desiredCount"] == 7


def test_the_range_is_never_left(prod: Any, scaling: Any, client: Client, watch: Watch) -> None:
    alarm(client, step_policy(scaling, (0, None, 100)))
    sound(client)
    assert service(prod)["desiredCount"] == 10
    down = step_policy(scaling, (None, 0, -100), name="down", Cooldown=0)
    alarm(client, down, AlarmName="idle", ComparisonOperator="LessThanThreshold", Threshold=20)
    watch.pass_(seconds=301)
    sound(client, "idle")
    assert service(prod)["desiredCount"] == 1


def test_a_scale_out_waits_for_its_cooldown_unless_a_larger_step_is_due(
    prod: Any, scaling: Any, client: Client, watch: Watch
) -> None:
    alarm(client, step_policy(scaling, (0, 10, 1), (10, None, 3), Cooldown=60))
    put(client, watch, 75)
    assert service(prod)["desiredCount"] == 3
    watch.pass_(seconds=30)
    sound(client)
    assert service(prod)["desiredCount"] == 3, "the same step counts from before"
    put(client, watch, 200)
    assert service(prod)["desiredCount"] == 5, "a larger one counts from before, too"
    watch.pass_(seconds=61)
    put(client, watch, 200)
    assert service(prod)["desiredCount"] == 8


def test_a_scale_in_waits_for_its_cooldown(prod: Any, scaling: Any, client: Client, watch: Watch) -> None:
    prod.update_service(cluster="prod", service="web", desiredCount=8)
    low = {"ComparisonOperator": "LessThanThreshold", "Threshold": 20}
    alarm(client, step_policy(scaling, (None, 0, -2), Cooldown=120), **low)
    counts = []
    for _ in range(3):
        sound(client)
        counts.append(service(prod)["desiredCount"])
        watch.pass_(seconds=61)
    assert counts == [6, 6, 4]


def test_suspended_scaling_does_not_scale(prod: Any, scaling: Any, client: Client) -> None:
    scaling.register_scalable_target(**WHERE, SuspendedState={"DynamicScalingOutSuspended": True})
    alarm(client, step_policy(scaling, (0, None, 2)))
    sound(client)
    assert service(prod)["desiredCount"] == 2


def test_a_step_policy_shows_the_alarms_that_name_it(scaling: Any, client: Client) -> None:
    alarm(client, step_policy(scaling, (0, None, 2)))
    [policy] = scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
    assert [each["AlarmName"] for each in policy["Alarms"]] == ["busy"]


def test_target_tracking_makes_its_two_alarms(scaling: Any, client: Client) -> None:
    answer = track(scaling, 60)
    high, low = (each["AlarmName"] for each in answer["Alarms"])
    assert high.startswith("TargetTracking-service/prod/web-AlarmHigh-")
    assert low.startswith("TargetTracking-service/prod/web-AlarmLow-")
    found = client("cloudwatch").describe_alarms(AlarmNames=[high, low])["MetricAlarms"]
    told = {
        each["AlarmName"]: (each["Threshold"], each["EvaluationPeriods"], each["StateValue"])
        for each in found
    }
    assert told == {high: (60, 3, "INSUFFICIENT_DATA"), low: (54, 15, "INSUFFICIENT_DATA")}
    assert found[0]["AlarmActions"] == [answer["PolicyARN"]]


def test_without_scale_in_there_is_no_low_alarm(scaling: Any) -> None:
    [only] = track(scaling, DisableScaleIn=True)["Alarms"]
    assert "AlarmHigh" in only["AlarmName"]


def test_a_changed_policy_keeps_its_arn_and_has_new_alarms(scaling: Any, client: Client) -> None:
    first, second = track(scaling, 60), track(scaling, 70)
    assert first["PolicyARN"] == second["PolicyARN"]
    names = {each["AlarmName"] for each in client("cloudwatch").describe_alarms()["MetricAlarms"]}
    assert names == {each["AlarmName"] for each in second["Alarms"]}
    steps = [step_policy(scaling, (0, None, number)) for number in (1, 2)]
    assert steps[0] == steps[1]


@pytest.mark.parametrize(
    ("steps", "why"),
    [
        (((None, None, 1),), "Both lower and upper bounds"),  # hashicorp/terraform-provider-aws#4812
        (((10, 10, 1), (10, None, 2)), "The lower bound of a step adjustment must be less"),
        (((0, 10, 1), (20, None, 2)), "Step adjustment intervals cannot overlap or have a gap"),
        (((0, 20, 1), (10, None, 2)), "Step adjustment intervals cannot overlap or have a gap"),
        # hashicorp/terraform-provider-aws#9077
        (((0, 10, 1), (10, 20, 2)), "There must be a StepAdjustment with an unspecified upper bound"),
        (((-10, 0, -1),), "There must be a StepAdjustment with an unspecified lower bound"),
    ],
)
def test_steps_that_do_not_fit_together_are_refused(
    scaling: Any,
    refused: Callable[..., str],
    steps: tuple[tuple[float | None, float | None, int], ...],
    why: str,
) -> None:
    assert refused(step_policy, scaling, *steps).startswith(f"ValidationException: {why}")


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"AdjustmentType": "Add"}, "Value 'Add' at 'stepScalingPolicyConfiguration.adjustmentType'"),
        (
            {"MetricAggregationType": "Avg"},
            "Value 'Avg' at 'stepScalingPolicyConfiguration.metricAggregationType'",
        ),
    ],
)
def test_a_word_that_application_auto_scaling_does_not_know_is_refused(
    scaling: Any, refused: Callable[..., str], more: dict[str, str], why: str
) -> None:
    message = refused(step_policy, scaling, (0, None, 1), **more)
    assert message.startswith(f"ValidationException: 1 validation error detected: {why}")


def test_steps_fit_together_in_any_order_and_on_both_sides(scaling: Any) -> None:
    assert step_policy(scaling, (15.5, None, 3), (0, 15.5, 1), (None, 0, -1))
    assert step_policy(scaling, (5, None, 1))


def test_one_policy_only_tracks_a_metric(scaling: Any, refused: Callable[..., str]) -> None:
    """As AWS says it: cdklabs/cdk-ecs-service-extensions#35."""
    track(scaling, 70)
    assert refused(track, scaling, 50, name="second") == (
        "ValidationException: Only one TargetTrackingScaling policy for a given metric specification is allowed."
    )
    track(scaling, 50)
    track(scaling, 50, name="second", metric="ECSServiceAverageMemoryUtilization")
    policies = scaling.describe_scaling_policies(**WHERE)["ScalingPolicies"]
    targets = [each["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] for each in policies]
    assert targets == [50, 50]


@pytest.mark.parametrize(
    ("values", "count"),
    [((100, 100, 100), 4), ((75, 75, 75), 3), ((100, 40, 100), 2), ((50, 50, 50), 2), ((100,), 4)],
    ids=["twice the target", "half more", "not all minutes", "at the target", "one minute is all there is"],
)
def test_target_tracking_scales_in_proportion(
    prod: Any, scaling: Any, client: Client, watch: Watch, values: tuple[float, ...], count: int
) -> None:
    track(scaling)
    put(client, watch, *values)
    assert service(prod)["desiredCount"] == count


def test_target_tracking_scales_in_again(prod: Any, scaling: Any, client: Client, watch: Watch) -> None:
    track(scaling)
    put(client, watch, 200)
    assert service(prod)["desiredCount"] == 8
    watch.pass_(seconds=3600)
    put(client, watch, *[10] * 15)
    assert service(prod)["desiredCount"] == 2


def test_the_metric_of_another_service_scales_nothing(
    prod: Any, scaling: Any, client: Client, watch: Watch
) -> None:
    track(scaling, metric="ECSServiceAverageMemoryUtilization")
    put(client, watch, 100, 100, 100)
    assert service(prod)["desiredCount"] == 2
    put(client, watch, 100, 100, 100, name="MemoryUtilization")
    assert service(prod)["desiredCount"] == 4


@pytest.mark.parametrize(
    ("treat", "values", "expected"),
    [
        ("missing", [80], "ALARM"),
        ("missing", [60, 80], "OK"),
        ("missing", [], "INSUFFICIENT_DATA"),
        ("ignore", [80], "INSUFFICIENT_DATA"),
        ("breaching", [80], "ALARM"),
        ("notBreaching", [80], "OK"),
        ("notBreaching", [80, 80, 80], "ALARM"),
    ],
    ids=str,
)
def test_missing_data_counts_as_the_alarm_says(
    prod: Any, client: Client, watch: Watch, treat: str, values: list[float], expected: str
) -> None:
    alarm(client, "arn:aws:sns:eu-west-1:123456789012:t", EvaluationPeriods=3, TreatMissingData=treat)
    put(client, watch, *values) if values else put(client, watch, 99, name="Other")
    assert state(client) == expected


def test_two_of_three_are_enough_where_the_alarm_says_so(prod: Any, client: Client, watch: Watch) -> None:
    topic = "arn:aws:sns:eu-west-1:123456789012:t"
    alarm(client, topic, EvaluationPeriods=3, DatapointsToAlarm=2)
    put(client, watch, 80, 60, 80)
    assert state(client) == "ALARM"
    alarm(client, topic, AlarmName="later", EvaluationPeriods=3)
    assert state(client, "later") == "OK", "a new alarm looks at the data that is there"


def test_data_of_long_ago_decides_nothing(prod: Any, client: Client, watch: Watch) -> None:
    alarm(client, "arn:aws:sns:eu-west-1:123456789012:t")
    watch.pass_(hours=-1)
    put(client, watch, 99)
    watch.pass_(hours=1)
    put(client, watch, 10)
    assert state(client) == "OK"


@pytest.mark.parametrize("metric", ["RequestCountPerTarget"])
def test_requests_of_a_balancer_are_tracked(scaling: Any, client: Client, metric: str) -> None:
    label = {"ResourceLabel": "app/lb/50dc6c495c0c9188/targetgroup/web/943f017f100becff"}
    track(scaling, 1000, metric="ALBRequestCountPerTarget", label=label)
    found = client("cloudwatch").describe_alarms()["MetricAlarms"][0]
    assert (found["Namespace"], found["MetricName"], found["Statistic"]) == (
        "AWS/ApplicationELB",
        metric,
        "Sum",
    )
    assert {each["Name"]: each["Value"] for each in found["Dimensions"]} == {
        "LoadBalancer": "app/lb/50dc6c495c0c9188",
        "TargetGroup": "targetgroup/web/943f017f100becff",
    }


def plan(scaling: Any, schedule: str, least: int | None, most: int | None, **more: Any) -> None:
    given_ = {"MinCapacity": least, "MaxCapacity": most}
    scaling.put_scheduled_action(
        **WHERE,
        ScheduledActionName=more.pop("name", "night"),
        Schedule=schedule,
        ScalableTargetAction={key: value for key, value in given_.items() if value is not None},
        **more,
    )


def bounds(scaling: Any) -> tuple[int, int]:
    [found] = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    return found["MinCapacity"], found["MaxCapacity"]


def touch(client: Client) -> None:
    """A call that changes something else: time alone is noticed by the server's reads (see test_server)."""
    client("ec2").create_security_group(GroupName=f"g{datetime.now(UTC).timestamp()}", Description="d")


def test_a_scheduled_action_moves_range_and_service(
    prod: Any, scaling: Any, client: Client, watch: Watch
) -> None:
    watch.now = datetime(2027, 3, 5, 8, 30, tzinfo=UTC)
    plan(scaling, "cron(0 9 * * ? *)", 4, 8)
    assert (bounds(scaling), service(prod)["desiredCount"]) == ((1, 10), 2)
    watch.pass_(minutes=29)
    touch(client)
    assert bounds(scaling) == (1, 10)
    watch.pass_(minutes=2)
    touch(client)
    assert (bounds(scaling), service(prod)["runningCount"]) == ((4, 8), 4)
    cause = scaling.describe_scaling_activities(ServiceNamespace="ecs")["ScalingActivities"][0]["Cause"]
    assert cause == "scheduled action name night was triggered"


def test_an_action_without_a_minimum_changes_the_maximum_only(
    prod: Any, scaling: Any, client: Client, watch: Watch
) -> None:
    plan(scaling, "rate(5 minutes)", None, 1)
    watch.pass_(minutes=6)
    touch(client)
    assert (bounds(scaling), service(prod)["desiredCount"]) == ((1, 1), 1)


def test_a_recurring_action_runs_again_and_a_single_one_does_not(
    prod: Any, scaling: Any, client: Client, watch: Watch
) -> None:
    once = (watch.now + timedelta(hours=1)).strftime("at(%Y-%m-%dT%H:%M:%S)")
    plan(scaling, once, 5, 10)
    counts = []
    for _ in range(3):
        watch.pass_(hours=2)
        touch(client)
        counts.append(bounds(scaling)[0])
        scaling.register_scalable_target(**WHERE, MinCapacity=1)
    assert counts == [5, 1, 1]
    plan(scaling, "rate(1 hour)", 3, 10)
    for _ in range(2):
        watch.pass_(hours=2)
        touch(client)
        assert bounds(scaling)[0] == 3
        scaling.register_scalable_target(**WHERE, MinCapacity=1)


def test_an_action_keeps_to_its_time_zone_and_its_end(
    prod: Any, scaling: Any, client: Client, watch: Watch
) -> None:
    watch.now = datetime(2027, 7, 1, 6, 0, tzinfo=UTC)
    plan(scaling, "cron(0 9 * * ? *)", 4, 8, Timezone="Europe/Berlin")
    plan(scaling, "cron(0 8 * * ? *)", 9, 9, name="over", EndTime=datetime(2027, 7, 1, 7, tzinfo=UTC))
    watch.pass_(hours=1, minutes=1)
    touch(client)
    assert bounds(scaling) == (4, 8)
    watch.pass_(hours=1)
    touch(client)
    assert bounds(scaling) == (4, 8), "the other one ended before it began"


def test_a_new_range_moves_the_service_at_once(prod: Any, scaling: Any) -> None:
    scaling.register_scalable_target(**WHERE, MinCapacity=5)
    assert service(prod)["desiredCount"] == 5
    cause = scaling.describe_scaling_activities(ServiceNamespace="ecs")["ScalingActivities"][0]["Cause"]
    assert cause == "minimum capacity was set to 5"


def test_a_target_that_goes_takes_all_with_it(scaling: Any, client: Client) -> None:
    track(scaling)
    plan(scaling, "rate(1 day)", 1, 2)
    scaling.deregister_scalable_target(**WHERE)
    assert scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"] == []
    assert scaling.describe_scheduled_actions(ServiceNamespace="ecs")["ScheduledActions"] == []
    assert client("cloudwatch").describe_alarms()["MetricAlarms"] == []


NO_TARGET = f"ObjectNotFoundException: No scalable target registered for {PLACE}"
STEPS = {"AdjustmentType": "ChangeInCapacity", "StepAdjustments": [{"ScalingAdjustment": 1}]}
TRACKING = {"PolicyName": "p", "PolicyType": "TargetTrackingScaling"}

REFUSALS: list[tuple[str, str, dict[str, Any], bool, str, str]] = [
    # name, operation, request, whether the target is there, what the error begins with, source
    (
        "a target without its service",
        "register_scalable_target",
        {"ResourceId": "service/prod/other", "MinCapacity": 1, "MaxCapacity": 2},
        False,
        "ValidationException: ECS service doesn't exist: service/prod/other",
        "moto, reported by its users from AWS",
    ),
    (
        "a target in no cluster",
        "register_scalable_target",
        {"ResourceId": "service/web", "MinCapacity": 1, "MaxCapacity": 2},
        False,
        "ValidationException: ECS service doesn't exist: service/web",
        "sense",
    ),
    (
        "a range upside down",
        "register_scalable_target",
        {"MinCapacity": 3, "MaxCapacity": 2},
        False,
        "ValidationException: ",
        "sense: API reference, RegisterScalableTarget",
    ),
    (
        "a new target without a range",
        "register_scalable_target",
        {},
        False,
        "ValidationException: ",
        "sense: API reference, RegisterScalableTarget",
    ),
    (
        "a policy without a target",
        "put_scaling_policy",
        {"PolicyName": "p", "PolicyType": "StepScaling", "StepScalingPolicyConfiguration": STEPS},
        False,
        NO_TARGET,
        "ansible/ansible#35632",
    ),
    (
        "an unknown predefined metric",
        "put_scaling_policy",
        {
            **TRACKING,
            "TargetTrackingScalingPolicyConfiguration": {
                "TargetValue": 1.0,
                "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageLoad"},
            },
        },
        True,
        "ValidationException: 1 validation error detected: Value 'ECSServiceAverageLoad' at ",
        "the pattern of AWS's enum errors",
    ),
    (
        "the metric of another service",
        "put_scaling_policy",
        {
            **TRACKING,
            "TargetTrackingScalingPolicyConfiguration": {
                "TargetValue": 1.0,
                "PredefinedMetricSpecification": {"PredefinedMetricType": "DynamoDBReadCapacityUtilization"},
            },
        },
        True,
        "ValidationException: ",
        "sense",
    ),
    (
        "target tracking without a metric",
        "put_scaling_policy",
        {**TRACKING, "TargetTrackingScalingPolicyConfiguration": {"TargetValue": 1.0}},
        True,
        "ValidationException: ",
        "sense",
    ),
    (
        "step scaling without steps",
        "put_scaling_policy",
        {
            "PolicyName": "p",
            "PolicyType": "StepScaling",
            "StepScalingPolicyConfiguration": {"AdjustmentType": "ChangeInCapacity"},
        },
        True,
        "ValidationException: ",
        "sense: API reference, StepScalingPolicyConfiguration",
    ),
    (
        "a schedule without a target",
        "put_scheduled_action",
        {"ScheduledActionName": "a", "Schedule": "rate(1 day)", "ScalableTargetAction": {"MinCapacity": 1}},
        False,
        NO_TARGET,
        "the pattern of PutScalingPolicy",
    ),
    (
        "a schedule of five fields",
        "put_scheduled_action",
        {
            "ScheduledActionName": "a",
            "Schedule": "cron(0 9 * * ?)",
            "ScalableTargetAction": {"MinCapacity": 1},
        },
        True,
        "ValidationException: ",
        "sense",
    ),
    (
        "an unknown time zone",
        "put_scheduled_action",
        {
            "ScheduledActionName": "a",
            "Schedule": "rate(1 day)",
            "Timezone": "Mars/Olympus",
            "ScalableTargetAction": {"MinCapacity": 1},
        },
        True,
        "ValidationException: ",
        "sense",
    ),
    (
        "a time that has passed",
        "put_scheduled_action",
        {
            "ScheduledActionName": "a",
            "Schedule": "at(2001-01-01T00:00:00)",
            "ScalableTargetAction": {"MinCapacity": 1},
        },
        True,
        "ValidationException: ",
        "sense: API reference, PutScheduledAction",
    ),
    (
        "a policy that is not there",
        "delete_scaling_policy",
        {"PolicyName": "p"},
        True,
        f"ObjectNotFoundException: No scaling policy found for {PLACE}, policy name: p",
        "the API reference's error and AWS's pattern",
    ),
    (
        "an action that is not there",
        "delete_scheduled_action",
        {"ScheduledActionName": "a"},
        True,
        f"ObjectNotFoundException: No scheduled action found for {PLACE}",
        "the API reference's error and AWS's pattern",
    ),
    (
        "a target that is not there",
        "deregister_scalable_target",
        {},
        False,
        NO_TARGET,
        "the API reference's error and AWS's pattern",
    ),
]


@pytest.mark.parametrize(
    ("operation", "request_", "there", "expected"),
    [each[1:5] for each in REFUSALS],
    ids=[each[0] for each in REFUSALS],
)
def test_application_auto_scaling_refuses(
    prod: Any,
    client: Client,
    refused: Callable[..., str],
    operation: str,
    request_: dict[str, Any],
    there: bool,
    expected: str,
) -> None:
    scaling = client("application-autoscaling")
    if there:
        scaling.register_scalable_target(**WHERE, MinCapacity=1, MaxCapacity=10)
    assert refused(getattr(scaling, operation), **{**WHERE, **request_}).startswith(expected)


@pytest.mark.parametrize(
    ("configuration", "by", "low", "expected"),
    [
        ({"StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 2}]}, 0, False, 12),
        ({"StepAdjustments": [{"MetricIntervalLowerBound": 5, "ScalingAdjustment": 2}]}, 4, False, None),
        ({"StepAdjustments": [{"MetricIntervalUpperBound": 0, "ScalingAdjustment": -3}]}, 0, True, 7),
        ({"AdjustmentType": "ExactCapacity", "StepAdjustments": [{"ScalingAdjustment": 4}]}, 3, False, 4),
        (
            {"AdjustmentType": "PercentChangeInCapacity", "StepAdjustments": [{"ScalingAdjustment": 25}]},
            1,
            False,
            12,
        ),
        (
            {"AdjustmentType": "PercentChangeInCapacity", "StepAdjustments": [{"ScalingAdjustment": -5}]},
            -1,
            True,
            9,
        ),
        (
            {
                "AdjustmentType": "PercentChangeInCapacity",
                "MinAdjustmentMagnitude": 3,
                "StepAdjustments": [{"ScalingAdjustment": 10}],
            },
            1,
            False,
            13,
        ),
    ],
    ids=["lower bound", "no step", "upper bound", "exact", "percent", "percent rounds to one", "at least"],
)
def test_a_step_adjusts_ten_tasks(
    configuration: dict[str, Any], by: float, low: bool, expected: int | None
) -> None:
    assert stepped({"AdjustmentType": "ChangeInCapacity", **configuration}, 10, Breach(by, low)) == expected


@given(some.integers(1, 1000), some.floats(1, 100), some.floats(0, 1000))
def test_tracking_brings_the_metric_to_the_target_with_the_fewest_tasks(
    capacity: int, target: float, value: float
) -> None:
    wanted = tracked(target, value, capacity)
    load = capacity * value
    assert load <= wanted * target * (1 + 1e-6) + 1e-3
    assert wanted == 0 or load >= (wanted - 1) * target * (1 - 1e-6) - 1e-3


@pytest.mark.parametrize(
    ("expression", "zone", "expected"),
    [
        ("cron(30 17 * * ? *)", "UTC", "2027-03-05T17:30:00+00:00"),
        ("cron(0 9 ? * MON-FRI *)", "UTC", "2027-03-08T09:00:00+00:00"),
        ("cron(0 9 ? * 2#1 *)", "UTC", "2027-04-05T09:00:00+00:00"),
        ("cron(0 9 ? * 6L *)", "UTC", "2027-03-26T09:00:00+00:00"),
        ("cron(0 9 L * ? *)", "UTC", "2027-03-31T09:00:00+00:00"),
        ("cron(0 9 1W * ? *)", "UTC", "2027-04-01T09:00:00+00:00"),
        ("cron(0/20 12 * * ? *)", "UTC", "2027-03-05T12:20:00+00:00"),
        ("cron(0 0 29 2 ? *)", "UTC", "2028-02-29T00:00:00+00:00"),
        ("cron(0 9 1 JAN ? 2026)", "UTC", None),
        ("cron(0 14 * * ? *)", "America/New_York", "2027-03-05T14:00:00-05:00"),
        ("at(2027-12-24T18:00:00)", "Europe/Berlin", "2027-12-24T18:00:00+01:00"),
        ("at(2027-01-01T00:00:00)", "UTC", None),
        ("rate(1 minute)", "UTC", "2027-03-05T12:01:00+00:00"),
        ("rate(12 hours)", "UTC", "2027-03-05T22:00:00+00:00"),
    ],
    ids=str,
)
def test_a_schedule_fires_next(expression: str, zone: str, expected: str | None) -> None:
    friday = datetime(2027, 3, 5, 12, 0, tzinfo=UTC)
    found = next_time(
        expression,
        friday,
        zone,
        datetime(2027, 3, 4, 10, 0, tzinfo=UTC) if "12" in expression[:8] else friday,
    )
    assert (found.isoformat() if found else None) == expected


@pytest.mark.parametrize(
    "expression",
    [
        "every day",
        "cron(0 9 * * * *)",
        "cron(60 9 * * ? *)",
        "cron(0 24 * * ? *)",
        "cron(0 9 ? * ? *)",
        "cron(0 9 32 * ? *)",
        "cron(0 9 ? FOO MON *)",
        "cron(0 9 ? * 8 *)",
        "cron(0/0 9 * * ? *)",
        "cron(9-5 9 * * ? *)",
        "rate(0 minutes)",
        "rate(5 weeks)",
        "at(tomorrow)",
    ],
)
def test_what_is_no_schedule_is_refused(expression: str) -> None:
    with pytest.raises(BadSchedule):
        next_time(expression, datetime(2027, 3, 5, tzinfo=UTC), "UTC", datetime(2027, 3, 5, tzinfo=UTC))


@given(some.integers(0, 10**8), some.integers(0, 23), some.integers(0, 59))
def test_a_daily_schedule_fires_within_a_day_at_its_time(after: int, hour: int, minute: int) -> None:
    begin = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=after)
    found = next_time(f"cron({minute} {hour} * * ? *)", begin, "UTC", begin)
    assert found is not None
    assert timedelta(0) < found - begin <= timedelta(days=1)
    assert (found.hour, found.minute, found.second) == (hour, minute, 0)


def test_stock_moto_neither_evaluates_nor_scales(stock: None, client: Client) -> None:
    """Drop these extensions when moto's alarms evaluate and its policies scale."""
    cloudwatch = client("cloudwatch")
    alarm(client, "arn:aws:sns:eu-west-1:123456789012:t")
    assert state(client) == "OK"
    data = {"MetricName": "CPUUtilization", "Dimensions": DIMENSIONS, "Value": 99}
    cloudwatch.put_metric_data(Namespace="AWS/ECS", MetricData=[data])
    assert state(client) == "OK"


def test_stock_moto_takes_policies_and_schedules_for_nothing(stock: None, client: Client) -> None:
    """Drop these extensions when moto refuses them."""
    scaling = client("application-autoscaling")
    step_policy(scaling, (0, None, 1))
    plan(scaling, "cron(nonsense)", 1, 2)
    track(scaling, metric="NoSuchMetric")
    with pytest.raises(Exception, match="ValidationException"):
        scaling.deregister_scalable_target(**WHERE)
    scaling.delete_scheduled_action(**WHERE, ScheduledActionName="none")
    with pytest.raises(Exception, match="ValidationException"):
        scaling.delete_scaling_policy(**WHERE, PolicyName="none")
    with pytest.raises(Exception, match=r"(?i)not.?implemented|501|describe_scaling_activities"):
        scaling.describe_scaling_activities(ServiceNamespace="ecs")


def test_a_read_notices_that_a_schedule_has_come_due_and_a_replay_tells_the_same(
    keys: None, tmp_path: Any
) -> None:
    """Nothing else has to happen in the sandbox, and it is still there after a restart."""
    import busy
    import time_machine

    from labs.sandbox import extend, journal
    from labs.sandbox.application import Application

    path, begin = tmp_path / "journal.jsonl", 1_800_000_000.0
    with time_machine.travel(begin, tick=False) as travelled:
        extend.install()
        application = Application(journal.Journal.begin(path, journal.Header(born=begin - 60, seed=1)))
        clients = busy.clients_inside(application)
        ecs, scaling = clients("ecs"), clients("application-autoscaling")
        busy.make_services(clients)
        [arn] = ecs.list_services(cluster="labs")["serviceArns"]
        where = {**WHERE, "ResourceId": "service/" + arn.partition(":service/")[2]}
        scaling.register_scalable_target(**where, MinCapacity=0, MaxCapacity=9)
        more = {"Schedule": "rate(1 hour)", "ScalableTargetAction": {"MinCapacity": 7}}
        scaling.put_scheduled_action(**where, ScheduledActionName="a", **more)

        def look() -> Any:
            return ecs.describe_services(cluster="labs", services=[arn])["services"][0]

        before, written = look(), application.journal.entries
        travelled.shift(3601)
        after = look()
        assert (before["desiredCount"] < 7, after["runningCount"]) == (True, 7)
        look()
        assert application.journal.entries == written + 1
        recorded = journal.read(path)
        application.begin_anew(lambda: (journal.Journal(path, recorded), recorded.entries))
        assert look() == after
        application.begin_anew(lambda: (journal.Journal.begin(path, recorded.header), ()))
        application.close()
    extend.uninstall()
