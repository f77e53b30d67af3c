"""Policies, alarms, metrics and schedules around one service of the embedded ECS."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

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
