"""Refusals of Application Auto Scaling, in AWS's words; each case names its source."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from scaling_kit import PLACE, WHERE, Client

NO_TARGET = f"ObjectNotFoundException: No scalable target registered for {PLACE}"


STEPS = {"AdjustmentType": "ChangeInCapacity", "StepAdjustments": [{"ScalingAdjustment": 1}]}


TRACKING = {"PolicyName": "p", "PolicyType": "TargetTrackingScaling"}


REFUSALS: list[tuple[str, str, dict[str, Any], bool, str, str]] = [
    # name, operation, request, whether the target is there, what the error starts with, source
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
        "a schedule whose range is upside down",
        "put_scheduled_action",
        {
            "ScheduledActionName": "a",
            "Schedule": "rate(1 day)",
            "ScalableTargetAction": {"MinCapacity": 4, "MaxCapacity": 3},
        },
        True,
        "ValidationException: Maximum capacity cannot be less than minimum capacity",
        "hashicorp/terraform-provider-aws#8777",
    ),
    (
        "a schedule that sets nothing",
        "put_scheduled_action",
        {"ScheduledActionName": "a", "Schedule": "rate(1 day)", "ScalableTargetAction": {}},
        True,
        "ValidationException: At least one of minimum capacity and maximum capacity should be provided",
        "aws-cloudformation/community-registry-extensions#255",
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
