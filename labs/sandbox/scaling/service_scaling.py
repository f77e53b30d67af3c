"""Application Auto Scaling of services: alarms run policies, schedules change the range, and both are recorded.

Scaling activities are stored with their scalable target, and deleted with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from moto.core.responses import ActionResult
from moto.moto_api._internal import mock_random

from labs.sandbox import hooks
from labs.sandbox.ecs.api.services import update_service
from labs.sandbox.ecs.model.records import Service
from labs.sandbox.ecs.model.regions import of
from labs.sandbox.extend import Stock, operation
from labs.sandbox.scaling.alarms import newest_value
from labs.sandbox.scaling.scaling_steps import Breach, stepped, tracked
from labs.sandbox.scaling.schedules import next_time
from labs.sandbox.world import clock, settling

DIMENSION = "ecs:service:DesiredCount"
COOLDOWN_SECONDS = 300
"""The default cooldown of a policy for an ECS service in seconds (API reference, target tracking)."""


@dataclass(slots=True)
class ScalingHistory:
    """The history of a scalable target: activities, newest first, and the last scaling that is in cooldown."""

    activities: list[dict[str, Any]] = field(default_factory=list)
    out_until: datetime | None = None
    in_until: datetime | None = None
    before_out: int = 0
    """The capacity before the scale-out that is in cooldown."""


def memory(target: Any) -> ScalingHistory:
    """The history of a moto scalable target."""
    if not hasattr(target, "memory"):
        target.memory = ScalingHistory()
    kept: ScalingHistory = target.memory
    return kept


def find_service(account: str, region: str, resource: str) -> Service | None:
    """The ACTIVE service behind a resource id (`service/prod/web`)."""
    kind, _, names = resource.partition("/")
    cluster_name, _, name = names.partition("/")
    ecs = of(account, region)
    cluster = ecs.find_cluster(cluster_name) if kind == "service" and name else None
    service = ecs.find_service(cluster, name) if cluster else None
    return service if service and service.status == "ACTIVE" else None


@hooks.on_alarm.add("service scaling")
def _act(account: str, region: str, alarm: Any) -> None:
    """Runs the policies among the actions of an alarm."""
    backend = _backend(account, region)
    for policy in list(backend.policies.values()):
        target = backend.targets.get(DIMENSION, {}).get(policy.resource_id)
        if target and any(action.startswith(policy.policy_arn) for action in alarm.alarm_actions):
            _run(account, region, target, policy, alarm)


def _run(account: str, region: str, target: Any, policy: Any, alarm: Any) -> None:
    service = find_service(account, region, target.resource_id)
    if service is None:
        return
    now, kept, capacity = clock.now(), memory(target), int(service.doc["desiredCount"])
    cooling = kept.out_until is not None and now < kept.out_until
    wanted = _wanted(account, region, policy, alarm, kept.before_out if cooling else capacity)
    if wanted is None:
        return
    wanted = min(max(wanted, target.min_capacity), target.max_capacity)
    if wanted > capacity and not _suspended(target, "Out"):
        kept.before_out = kept.before_out if cooling else capacity
        kept.out_until = now + _cooldown(policy, "ScaleOutCooldown")
    elif wanted < capacity and not _suspended(target, "In") and not cooling and not _cools_in(kept, now):
        kept.in_until = now + _cooldown(policy, "ScaleInCooldown")
    else:
        return
    cause = f"monitor alarm {alarm.name} in state ALARM triggered policy {policy.policy_name}"
    _set(account, region, target, service, wanted, cause)


def _cools_in(kept: ScalingHistory, now: datetime) -> bool:
    return kept.in_until is not None and now < kept.in_until


def _wanted(account: str, region: str, policy: Any, alarm: Any, capacity: int) -> int | None:
    """The capacity according to the policy, regardless of the range; None if it does not change."""
    value = newest_value(alarm, _cloudwatch(account, region))
    if policy.policy_type == "TargetTrackingScaling":
        if value is None:
            return None
        target = float(policy.target_tracking_scaling_policy_configuration["TargetValue"])
        return tracked(target, value, capacity)
    threshold, low = float(alarm.threshold or 0), alarm.comparison_operator.startswith("Less")
    by = 0.0 if value is None else value - threshold
    if (by > 0) == low:
        by = 0.0  # the state was set by hand against the data
    return stepped(policy.step_scaling_policy_configuration, capacity, Breach(by, low))


def _cooldown(policy: Any, name: str) -> timedelta:
    configuration = policy.target_tracking_scaling_policy_configuration
    given = (
        configuration.get(name) if configuration else policy.step_scaling_policy_configuration.get("Cooldown")
    )
    return timedelta(seconds=COOLDOWN_SECONDS if given is None else int(given))


def _suspended(target: Any, direction: str) -> bool:
    return bool((target.suspended_state or {}).get(f"DynamicScaling{direction}Suspended"))


def into_range(account: str, region: str, target: Any, cause: str = "") -> None:
    """Scales the service into the range of its scalable target, if it is outside."""
    service = find_service(account, region, target.resource_id)
    if service is None:
        return
    capacity = int(service.doc["desiredCount"])
    wanted = min(max(capacity, target.min_capacity), target.max_capacity)
    limit = "minimum" if wanted > capacity else "maximum"
    if wanted != capacity:
        _set(account, region, target, service, wanted, cause or f"{limit} capacity was set to {wanted}")


def _set(account: str, region: str, target: Any, service: Service, count: int, cause: str) -> None:
    request = {"cluster": service.cluster.name, "service": service.name, "desiredCount": count}
    update_service(of(account, region), request)
    now = clock.now().timestamp()
    memory(target).activities.insert(
        0,
        {
            "ActivityId": str(mock_random.uuid4()),
            "ServiceNamespace": target.service_namespace,
            "ResourceId": target.resource_id,
            "ScalableDimension": target.scalable_dimension,
            "Description": f"Setting desired count to {count}.",
            "Cause": cause,
            "StartTime": now,
            "EndTime": now,
            "StatusCode": "Successful",
            "StatusMessage": f"Successfully set desired count to {count}. Change successfully fulfilled by ecs.",
        },
    )


@operation(
    "application-autoscaling", "DescribeScalingActivities", "moto does not scale, so nothing is recorded"
)
def describe_scaling_activities(response: Any, stock: Stock) -> ActionResult:  # noqa: ARG001 - moto has nothing to run
    """The scaling activities with their causes, newest first."""
    resource = response._get_param("ResourceId")
    targets = _backend(response.current_account, response.region).describe_scalable_targets(
        response._get_param("ServiceNamespace"),
        [resource] if resource else None,
        response._get_param("ScalableDimension"),
    )
    found = [activity for target in targets for activity in memory(target).activities]
    return ActionResult(
        {"ScalingActivities": sorted(found, key=lambda each: each["StartTime"], reverse=True)}
    )


@hooks.reconcilers.add("scheduled actions")
def run_schedules(account: str) -> bool:
    """Runs the scheduled actions that are due."""
    # Each action is to run, whatever the others changed.
    changes = [
        settling.attempt(
            f"scheduled action {action.scheduled_action_name}", _run_action, account, region, action
        )
        for region, action in _due(account)
    ]
    return any(changes)


@hooks.due_checks.add("scheduled actions")
def anything_due() -> bool:
    """Whether a scheduled action is due in any account."""
    from moto.applicationautoscaling.models import applicationautoscaling_backends

    return any(True for account in list(applicationautoscaling_backends) for _ in _due(account))


def _due(account: str) -> Iterator[tuple[str, Any]]:
    """The actions that are due, with their Region."""
    from moto.applicationautoscaling.models import applicationautoscaling_backends

    for region, backend in list(applicationautoscaling_backends[account].items()):
        for action in backend.scheduled_actions:
            if action.service_namespace == "ecs" and settling.attempt(
                f"scheduled action {action.scheduled_action_name}", _is_due, action
            ):
                yield region, action


def _is_due(action: Any) -> bool:
    start, end, last = _bound(action.start_time), _bound(action.end_time), action.last_run
    since = max(last, start) if start else last
    due = next_time(action.schedule, since, action.timezone or "UTC", start or last)
    return due is not None and due <= clock.now() and (end is None or due <= end)


def _bound(value: Any) -> datetime | None:
    return datetime.fromtimestamp(float(value), clock.now().tzinfo) if value else None


def _run_action(account: str, region: str, action: Any) -> bool:
    action.last_run = clock.now()
    target = _backend(account, region).targets.get(action.scalable_dimension, {}).get(action.resource_id)
    if target is None or (target.suspended_state or {}).get("ScheduledScalingSuspended"):
        return True
    given = action.scalable_target_action or {}
    target.update(given.get("MinCapacity"), given.get("MaxCapacity"), None)
    into_range(account, region, target, f"scheduled action name {action.scheduled_action_name} was triggered")
    return True


def _backend(account: str, region: str) -> Any:
    from moto.applicationautoscaling.models import applicationautoscaling_backends

    return applicationautoscaling_backends[account][region]


def _cloudwatch(account: str, region: str) -> Any:
    from moto.cloudwatch.models import cloudwatch_backends

    return cloudwatch_backends[account][region]
