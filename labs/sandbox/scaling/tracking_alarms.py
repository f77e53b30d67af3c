"""The alarms of scaling policies: those that target tracking creates, and those that a step policy reports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from labs.sandbox.extend import Undo, patch, set_attribute, together
from labs.sandbox.source import documented

SERVICE_METRICS = {
    "ECSServiceAverageCPUUtilization": "CPUUtilization",
    "ECSServiceAverageMemoryUtilization": "MemoryUtilization",
    "ALBRequestCountPerTarget": "RequestCountPerTarget",
}
"""The predefined metrics of services, and their names in CloudWatch."""

_LOW = 0.9
"""The share of the target value below which AlarmLow is in ALARM."""


@patch(
    "application-autoscaling:alarms",
    "moto's alarms have no target value, and step policies show none",
    documented("autoscaling/application/userguide/application-auto-scaling-target-tracking.html"),
)
def _make_alarms() -> Undo:
    from moto.applicationautoscaling import responses
    from moto.applicationautoscaling.models import FakeApplicationAutoscalingPolicy as Policy

    return together(
        set_attribute(Policy, "create_alarms", _create_alarms(Policy.create_alarms)),
        set_attribute(Policy, "_generate_ecs_alarms", _service_alarms),
        set_attribute(responses, "_build_alarms", _shown_alarms),
    )


def _create_alarms(stock: Any) -> Any:
    """Creates the alarms of a policy; an updated policy keeps its ARN, and its old alarms are deleted."""

    def create_alarms(policy: Any) -> None:
        where = policy.service_namespace, policy.resource_id, policy.scalable_dimension
        for before in _policies(policy):
            if is_same(before, where, policy.policy_name):
                policy.policy_arn = before.policy_arn
                before.delete_alarms(policy.account_id, policy.region_name)
        stock(policy)

    return create_alarms


def _policies(policy: Any) -> list[Any]:
    from moto.applicationautoscaling.models import applicationautoscaling_backends

    return list(applicationautoscaling_backends[policy.account_id][policy.region_name].policies.values())


def _shown_alarms(policy: Any) -> list[dict[str, str]]:
    """The alarms with this policy among their actions."""
    alarms = _cloudwatch(policy).alarms.values()
    named = (each for each in alarms if any(one.startswith(policy.policy_arn) for one in each.alarm_actions))
    return [{"AlarmName": each.name, "AlarmARN": each.alarm_arn} for each in named]


def _service_alarms(policy: Any) -> list[Any]:
    """AlarmHigh, and AlarmLow unless scale-in is disabled."""
    from moto.moto_api._internal import mock_random

    return [
        _cloudwatch(policy).put_metric_alarm(
            name=f"TargetTracking-{policy.resource_id}-{name}-{mock_random.uuid4()}",
            period=60,
            description=f"DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {policy.policy_arn}.",
            alarm_actions=[policy.policy_arn],
            **more,
        )
        for name, more in _watches(policy)
    ]


def _watches(policy: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    configuration = policy.target_tracking_scaling_policy_configuration
    metric, target = _metric(policy, configuration), float(configuration["TargetValue"])
    high = {"comparison_operator": "GreaterThanThreshold", "evaluation_periods": 3, "threshold": target}
    yield "AlarmHigh", {**metric, **high}
    if not configuration.get("DisableScaleIn"):
        low = {
            "comparison_operator": "LessThanThreshold",
            "evaluation_periods": 15,
            "threshold": target * _LOW,
        }
        yield "AlarmLow", {**metric, **low}


def _metric(policy: Any, configuration: dict[str, Any]) -> dict[str, Any]:
    """The metric of the alarms."""
    customized = configuration.get("CustomizedMetricSpecification")
    if customized:
        return {
            "namespace": customized["Namespace"],
            "metric_name": customized["MetricName"],
            "statistic": customized["Statistic"],
            "unit": customized.get("Unit"),
            "dimensions": customized.get("Dimensions") or [],
        }
    predefined = configuration["PredefinedMetricSpecification"]
    name = SERVICE_METRICS[predefined["PredefinedMetricType"]]
    if name == "RequestCountPerTarget":
        balancer, _, group = predefined["ResourceLabel"].partition("/targetgroup/")
        places = {"LoadBalancer": balancer, "TargetGroup": f"targetgroup/{group}"}
        return {
            "namespace": "AWS/ApplicationELB",
            "metric_name": name,
            "statistic": "Sum",
            "dimensions": [{"Name": key, "Value": value} for key, value in places.items()],
        }
    _, cluster, service = policy.resource_id.split("/")
    return {
        "namespace": "AWS/ECS",
        "metric_name": name,
        "statistic": "Average",
        "dimensions": [{"Name": "ClusterName", "Value": cluster}, {"Name": "ServiceName", "Value": service}],
    }


def _cloudwatch(policy: Any) -> Any:
    from moto.cloudwatch.models import cloudwatch_backends

    return cloudwatch_backends[policy.account_id][policy.region_name]


def is_same(policy: Any, where: tuple[str, str, str], name: str) -> bool:
    """Whether a policy is the one of this name at a scalable target (namespace, resource, dimension)."""
    here = (policy.service_namespace, policy.resource_id, policy.scalable_dimension)
    return (*here, policy.policy_name) == (*where, name)
