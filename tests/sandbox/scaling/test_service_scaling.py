"""Services of the embedded ECS that alarms and metrics scale."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ecs_kit import events, service
from hypothesis import given
from hypothesis import strategies as some
from scaling_kit import DIMENSIONS, WHERE, Client, Watch, alarm, plan, put, sound, state, step_policy, track

from labs.sandbox.scaling.scaling_steps import Breach, stepped, tracked


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
    thresholds = {
        each["AlarmName"]: (each["Threshold"], each["EvaluationPeriods"], each["StateValue"])
        for each in found
    }
    assert thresholds == {high: (60, 3, "INSUFFICIENT_DATA"), low: (54, 15, "INSUFFICIENT_DATA")}
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


def test_stock_moto_neither_evaluates_nor_scales(stock: None, client: Client) -> None:
    """Drop these extensions when moto's alarms evaluate and its policies scale."""
    cloudwatch = client("cloudwatch")
    alarm(client, "arn:aws:sns:eu-west-1:123456789012:t")
    assert state(client) == "OK"
    data = {"MetricName": "CPUUtilization", "Dimensions": DIMENSIONS, "Value": 99}
    cloudwatch.put_metric_data(Namespace="AWS/ECS", MetricData=[data])
    assert state(client) == "OK"


def test_target_has_tags_from_its_registration_and_later(prod: Any, client: Client) -> None:
    """Terraform's provider lists them after each registration (API reference, ListTagsForResource)."""
    scaling = client("application-autoscaling")
    answer = scaling.register_scalable_target(
        **WHERE, MinCapacity=1, MaxCapacity=2, Tags={"team": "a", "x": "y"}
    )
    arn = answer["ScalableTargetARN"]
    scaling.tag_resource(ResourceARN=arn, Tags={"team": "b"})
    scaling.untag_resource(ResourceARN=arn, TagKeys=["x", "unknown"])
    assert scaling.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"team": "b"}
    with pytest.raises(scaling.exceptions.ResourceNotFoundException):
        scaling.list_tags_for_resource(ResourceARN=f"{arn}0")


def test_stock_moto_takes_policies_and_schedules_for_nothing(stock: None, client: Client) -> None:
    """Drop these extensions when moto refuses them."""
    scaling = client("application-autoscaling")
    step_policy(scaling, (0, None, 1))
    longer = f"{WHERE['ResourceId']}-2"
    assert scaling.describe_scaling_policies(ServiceNamespace="ecs", ResourceId=longer)["ScalingPolicies"]
    plan(scaling, "cron(nonsense)", 1, 2)
    track(scaling, metric="NoSuchMetric")
    with pytest.raises(Exception, match="ValidationException"):
        scaling.deregister_scalable_target(**WHERE)
    scaling.delete_scheduled_action(**WHERE, ScheduledActionName="none")
    with pytest.raises(Exception, match="ValidationException"):
        scaling.delete_scaling_policy(**WHERE, PolicyName="none")
    arn = "arn:aws:application-autoscaling:eu-west-1:123456789012:scalable-target/1"
    for call in (
        lambda: scaling.tag_resource(ResourceARN=arn, Tags={}),
        lambda: scaling.untag_resource(ResourceARN=arn, TagKeys=["x"]),
        lambda: scaling.list_tags_for_resource(ResourceARN=arn),
    ):
        with pytest.raises(NotImplementedError):
            call()
    with pytest.raises(Exception, match=r"(?i)not.?implemented|501|describe_scaling_activities"):
        scaling.describe_scaling_activities(ServiceNamespace="ecs")
