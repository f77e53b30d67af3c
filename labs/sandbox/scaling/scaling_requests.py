"""Requests of Application Auto Scaling: a target needs its service, a policy needs its target.

Messages are AWS's if tests/sandbox/scaling/test_scaling_refusals.py names a source.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from moto.applicationautoscaling.exceptions import (
    AWSValidationException,
)
from moto.core.exceptions import JsonRESTError

from labs.errors import BadSchedule
from labs.sandbox.extend import Stock, operation
from labs.sandbox.scaling.scaling_steps import why_no_steps
from labs.sandbox.scaling.schedules import next_time
from labs.sandbox.scaling.service_scaling import find_service, into_range
from labs.sandbox.scaling.tracking_alarms import SERVICE_METRICS, is_same
from labs.sandbox.world import clock

_STEP_ENUMS = {
    "AdjustmentType": ("ChangeInCapacity", "PercentChangeInCapacity", "ExactCapacity"),
    "MetricAggregationType": ("Average", "Minimum", "Maximum"),
}


def _where(response: Any) -> tuple[str, str, str]:
    return (
        response._get_param("ServiceNamespace"),
        response._get_param("ResourceId"),
        response._get_param("ScalableDimension"),
    )


def _not_found(what: str, where: tuple[str, str, str], name: str = "") -> Exception:
    namespace, resource, dimension = where
    place = f"service namespace: {namespace}, resource ID: {resource}, scalable dimension: {dimension}"
    return JsonRESTError("ObjectNotFoundException", f"No {what} for {place}{name}")


def _require_target(response: Any) -> None:
    where = _where(response)
    if where[1] not in response.applicationautoscaling_backend.targets.get(where[2], {}):
        raise _not_found("scalable target registered", where)


@operation(
    "application-autoscaling", "RegisterScalableTarget", "moto takes any range and moves no service into it"
)
def register_scalable_target(response: Any, stock: Stock) -> Any:
    """Registers a target, or changes its range, into which the service is then scaled."""
    namespace, resource, dimension = _where(response)
    least, most = response._get_int_param("MinCapacity"), response._get_int_param("MaxCapacity")
    known = response.applicationautoscaling_backend.targets.get(dimension, {}).get(resource)
    if known:
        least = known.min_capacity if least is None else least
        most = known.max_capacity if most is None else most
    if least is None or most is None:
        raise AWSValidationException(
            "MinCapacity and MaxCapacity are required to register a new scalable target"
        )
    if least > most:
        raise AWSValidationException("Maximum capacity cannot be less than minimum capacity")
    if namespace == "ecs" and find_service(response.current_account, response.region, resource) is None:
        raise AWSValidationException(f"ECS service doesn't exist: {resource}")
    answer = stock()
    target = response.applicationautoscaling_backend.targets[dimension][resource]
    if not known:
        target.tags = dict(response._get_param("Tags") or {})
    _complete(response, target)
    if known and namespace == "ecs":
        into_range(response.current_account, response.region, known)
    return answer


def _complete(response: Any, target: Any) -> None:
    """Adds the defaults of a scalable target: the service-linked role, and nothing suspended."""
    names = ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended")
    target.suspended_state = dict.fromkeys(names, False) | (target.suspended_state or {})
    linked = "aws-service-role/ecs.application-autoscaling.amazonaws.com"
    if target.service_namespace == "ecs":
        role = f"{linked}/AWSServiceRoleForApplicationAutoScaling_ECSService"
        target.role_arn = f"arn:aws:iam::{response.current_account}:role/{role}"


@operation(
    "application-autoscaling", "DeregisterScalableTarget", "moto keeps the policies of a target that has gone"
)
def deregister_scalable_target(response: Any, stock: Stock) -> Any:
    """Deregisters a target, and deletes its policies, their alarms, and its scheduled actions."""
    _require_target(response)
    backend, where = response.applicationautoscaling_backend, _where(response)
    for policy in list(backend.policies.values()):
        if (policy.service_namespace, policy.resource_id, policy.scalable_dimension) == where:
            backend.delete_scaling_policy(policy.policy_name, *where)
    backend.scheduled_actions = [
        action
        for action in backend.scheduled_actions
        if (action.service_namespace, action.resource_id, action.scalable_dimension) != where
    ]
    return stock()


@operation(
    "application-autoscaling", "PutScalingPolicy", "moto takes policies without a target, and unknown metrics"
)
def put_scaling_policy(response: Any, stock: Stock) -> Any:
    """Creates or updates a policy; an updated one keeps its ARN, and its alarms are created again."""
    _require_target(response)
    if not response._get_param("PolicyType"):
        response.params["PolicyType"] = "StepScaling"
    _check_policy(response)
    return stock()


def _check_policy(response: Any) -> None:
    kind = response._get_param("PolicyType")
    steps = response._get_param("StepScalingPolicyConfiguration")
    tracking = response._get_param("TargetTrackingScalingPolicyConfiguration")
    if kind == "StepScaling":
        if not (steps or {}).get("StepAdjustments"):
            raise AWSValidationException("StepScalingPolicyConfiguration with StepAdjustments is required")
        for name, known in _STEP_ENUMS.items():
            if steps.get(name, known[0]) not in known:
                raise _not_among(
                    steps[name], f"stepScalingPolicyConfiguration.{name[0].lower()}{name[1:]}", known
                )
        if wrong := why_no_steps(steps["StepAdjustments"]):
            raise AWSValidationException(wrong)
        if tracking:
            raise AWSValidationException(
                "TargetTrackingScalingPolicyConfiguration goes with TargetTrackingScaling only"
            )
        return
    if kind != "TargetTrackingScaling":
        return
    if not tracking:
        raise AWSValidationException("TargetTrackingScalingPolicyConfiguration is required")
    _check_metric(response, tracking)


def _not_among(value: str | None, path: str, known: tuple[str, ...]) -> Exception:
    return AWSValidationException(
        f"1 validation error detected: Value '{value}' at '{path}' failed to satisfy constraint: "
        f"Member must satisfy enum value set: [{', '.join(known)}]"
    )


def _check_metric(response: Any, tracking: dict[str, Any]) -> None:
    predefined = tracking.get("PredefinedMetricSpecification")
    if bool(predefined) == bool(tracking.get("CustomizedMetricSpecification")):
        raise AWSValidationException("Exactly one of a predefined and a customized metric must be specified")
    kind = (predefined or {}).get("PredefinedMetricType")
    if response._get_param("ServiceNamespace") == "ecs" and predefined and kind not in SERVICE_METRICS:
        path = "targetTrackingScalingPolicyConfiguration.predefinedMetricSpecification.predefinedMetricType"
        raise _not_among(kind, path, tuple(SERVICE_METRICS))
    if kind == "ALBRequestCountPerTarget" and not (predefined or {}).get("ResourceLabel"):
        raise AWSValidationException("ResourceLabel is required for ALBRequestCountPerTarget")
    if not float(tracking.get("TargetValue") or 0) > 0:
        raise AWSValidationException("TargetValue must be greater than 0")
    if predefined and _is_tracked(response, predefined):
        raise AWSValidationException(
            "Only one TargetTrackingScaling policy for a given metric specification is allowed."
        )


def _is_tracked(response: Any, predefined: dict[str, Any]) -> bool:
    """Whether another policy of this target tracks the same metric."""
    where, name = _where(response), response._get_param("PolicyName")
    others = (
        each
        for each in response.applicationautoscaling_backend.policies.values()
        if is_same(each, where, each.policy_name) and each.policy_name != name
    )
    configurations = (each.target_tracking_scaling_policy_configuration or {} for each in others)
    return any(each.get("PredefinedMetricSpecification") == predefined for each in configurations)


@operation(
    "application-autoscaling", "DescribeScalingPolicies", "moto takes a part of the resource ID for the whole"
)
def describe_scaling_policies(response: Any, stock: Stock) -> str:
    """The policies of exactly the given resource, or of all."""
    answer, asked = json.loads(stock()), response._get_param("ResourceId")
    found = answer["ScalingPolicies"]
    answer["ScalingPolicies"] = [each for each in found if asked in (None, each["ResourceId"])]
    return json.dumps(answer)


@operation("application-autoscaling", "DeleteScalingPolicy", "moto names another error than AWS")
def delete_scaling_policy(response: Any, stock: Stock) -> Any:
    """Deletes a policy and its alarms."""
    where, name = _where(response), response._get_param("PolicyName")
    if not any(
        is_same(each, where, name) for each in response.applicationautoscaling_backend.policies.values()
    ):
        raise _not_found("scaling policy found", where, f", policy name: {name}")
    return stock()


@operation("application-autoscaling", "PutScheduledAction", "moto takes any schedule for anything")
def put_scheduled_action(response: Any, stock: Stock) -> Any:
    """Creates or updates a scheduled action."""
    _require_target(response)
    _check_range(response._get_param("ScalableTargetAction"))
    schedule, zone = response._get_param("Schedule"), response._get_param("Timezone") or "UTC"
    now = clock.now()
    if schedule:
        try:
            upcoming = next_time(schedule, now, zone, now)
        except BadSchedule as error:
            raise AWSValidationException(f"Invalid schedule or time zone: {error}") from error
        if upcoming is None:
            raise AWSValidationException(f"Schedule {schedule} is in the past")
    answer = stock()
    action = _action(response)
    assert action is not None, "it was put a moment ago"
    action.last_run = now  # a changed schedule does not fire for what is past
    return answer


def _check_range(wanted: Mapping[str, int] | None) -> None:
    """Refuses a scheduled action without capacities, or with a maximum below its minimum."""
    if wanted is None:
        return
    least, most = wanted.get("MinCapacity"), wanted.get("MaxCapacity")
    if least is None and most is None:
        raise AWSValidationException(
            "At least one of minimum capacity and maximum capacity should be provided"
        )
    if least is not None and most is not None and most < least:
        raise AWSValidationException("Maximum capacity cannot be less than minimum capacity")


@operation("application-autoscaling", "DeleteScheduledAction", "moto deletes actions that are not there")
def delete_scheduled_action(response: Any, stock: Stock) -> Any:
    """Deletes a scheduled action."""
    if _action(response) is None:
        name = response._get_param("ScheduledActionName")
        raise _not_found("scheduled action found", _where(response), f", scheduled action name: {name}")
    return stock()


def _action(response: Any) -> Any:
    """The scheduled action that a request names; None if there is none."""
    wanted = (*_where(response), response._get_param("ScheduledActionName"))
    for each in response.applicationautoscaling_backend.scheduled_actions:
        place = each.service_namespace, each.resource_id, each.scalable_dimension
        if (*place, each.scheduled_action_name) == wanted:
            return each
    return None
