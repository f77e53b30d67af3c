"""Scale a service with its demand: target tracking, step scaling and a scheduled action."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from labs.sdk import Account, Failed, Names, Objective, Outcome, Passed

from . import _alarms, _ecs, _leftovers, _scaling

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_application_autoscaling.type_defs import (
        ScalableTargetTypeDef,
        ScalingPolicyTypeDef,
        ScheduledActionTypeDef,
    )
    from mypy_boto3_cloudwatch.type_defs import MetricAlarmTypeDef
    from mypy_boto3_ecs.type_defs import ServiceTypeDef

    _Recurring = tuple[ScheduledActionTypeDef, _scaling.Cron]

MIN_TASKS, MAX_TASKS, MORNING_TASKS = 1, 6, 4
CPU, PERCENT = "ECSServiceAverageCPUUtilization", 50
_YEAR = timedelta(days=366)
_FULL = 100
"""The most CPU of a task on Fargate, in percent; on an instance it may borrow what others leave."""
_ABOVE = ("GreaterThanThreshold", "GreaterThanOrEqualToThreshold")


def service_is_active(account: Account, lab: Names) -> Outcome:
    """The service is ACTIVE in the cluster."""
    service = _ecs.service_or_why(account, lab["cluster"], lab["service"])
    if isinstance(service, Failed):
        return service
    return Passed(f"{lab['service']} is ACTIVE in {lab['cluster']}", evidence="services[0].status")


def service_scales_from_one_to_six(account: Account, lab: Names) -> Outcome:
    """The service is a scalable target from 1 to 6 tasks.

    A scheduled action changes the target itself: after 08:00 on a working day the minimum is what it raised it to.
    """
    resource = _resource(lab)
    target = _scaling.target_or_none(account, resource)
    where = "ScalableTargets[].[ResourceId, MinCapacity, MaxCapacity, SuspendedState]"
    suspended = _suspended(target) if target else ""
    if target and not suspended and target["MaxCapacity"] == MAX_TASKS:
        if target["MinCapacity"] == MIN_TASKS:
            return Passed(f"{resource} scales from {MIN_TASKS} to {MAX_TASKS} tasks", evidence=where)
        if target["MinCapacity"] == MORNING_TASKS and _morning_actions(_actions(account, lab), account.now):
            return Passed(
                f"{resource} scales from {MORNING_TASKS} to {MAX_TASKS} tasks, after the scheduled action",
                evidence=where,
            )
    summary = (
        f"{resource} scales from {target['MinCapacity']} to {target['MaxCapacity']} tasks" if target else ""
    )
    return Failed(
        found=f"{summary}{suspended}" if target else f"{resource} is not a scalable target",
        expected=f"a scalable target from {MIN_TASKS} to {MAX_TASKS} tasks, with no kind of scaling suspended",
        hint="Check the minimum, the maximum and the suspended state of the scalable target.",
        evidence=where,
    )


def _suspended(target: ScalableTargetTypeDef) -> str:
    kinds = [name for name, off in target.get("SuspendedState", {}).items() if off]
    return f"; suspended: {', '.join(sorted(kinds))}" if kinds else ""


def a_policy_tracks_cpu_at_fifty(account: Account, lab: Names) -> Outcome:
    """A target tracking policy keeps the service's average CPU utilization at 50."""
    found = _scaling.policies(account, _resource(lab), "TargetTrackingScaling")
    where = "ScalingPolicies[].[PolicyName, TargetTrackingScalingPolicyConfiguration]"
    for policy in found:
        if _tracked(policy) == (CPU, PERCENT):
            return Passed(f"{policy['PolicyName']} keeps {CPU} at {PERCENT}", evidence=where)
    summary = [f"{each['PolicyName']} keeps {_tracked(each)[0]} at {_tracked(each)[1]:g}" for each in found]
    return Failed(
        found="; ".join(summary) or f"no target tracking policy for {_resource(lab)}",
        expected=f"a target tracking policy with the metric {CPU} and the target value {PERCENT}",
        hint="Check the predefined metric, the target value and the service of the policy.",
        evidence=where,
    )


def _tracked(policy: ScalingPolicyTypeDef) -> tuple[str, float]:
    configuration = policy["TargetTrackingScalingPolicyConfiguration"]
    predefined = configuration.get("PredefinedMetricSpecification")
    return predefined["PredefinedMetricType"] if predefined else "a custom metric", configuration[
        "TargetValue"
    ]


def a_policy_scales_out_in_steps(account: Account, lab: Names) -> Outcome:
    """A step scaling policy scales out in at least two growing steps."""
    found = _scaling.policies(account, _resource(lab), "StepScaling")
    where = "ScalingPolicies[].[PolicyName, StepScalingPolicyConfiguration]"
    for policy in found:
        if _grows(policy):
            return Passed(f"{policy['PolicyName']}: {_steps_text(policy)}", evidence=where)
    summary = [f"{policy['PolicyName']}: {_steps_text(policy)}" for policy in found]
    return Failed(
        found="; ".join(summary) or f"no step scaling policy for {_resource(lab)}",
        expected="a step scaling policy with at least two steps that add tasks, more tasks for a larger breach",
        hint="Check the interval and the adjustment of each step above the threshold. AWS rounds percentages to tasks.",
        evidence=where,
    )


def _grows(policy: ScalingPolicyTypeDef) -> bool:
    """Whether a larger breach adds more tasks, for some number of tasks that the service may scale from."""
    configuration = policy["StepScalingPolicyConfiguration"]
    added = (_scaling.tasks_added(configuration, tasks) for tasks in range(MIN_TASKS, MAX_TASKS))
    return any(len({each for each in steps if each > 0}) > 1 and steps == sorted(steps) for steps in added)


def _steps_text(policy: ScalingPolicyTypeDef) -> str:
    configuration = policy["StepScalingPolicyConfiguration"]
    steps = ", then ".join(map(str, _scaling.scale_out_steps(configuration)))
    return f"{steps or 'no step above the threshold adds tasks'} ({configuration.get('AdjustmentType', '')})"


def an_alarm_on_its_cpu_runs_the_policy(account: Account, lab: Names) -> Outcome:
    """An alarm on the service's own CPU triggers a step policy that scales out in growing steps."""
    policies = filter(_grows, _scaling.policies(account, _resource(lab), "StepScaling"))
    on_fargate = _on_fargate(_ecs.the_service(account, lab["cluster"], lab["service"]))
    summary: list[str] = []
    where = "MetricAlarms[].[AlarmName, ActionsEnabled, AlarmActions, Namespace, MetricName, Dimensions]"
    for policy in policies:
        for alarm in _alarms.alarms_that_run(account, policy["PolicyARN"]):
            wrong = _wrong_alarm(account, alarm, lab, on_fargate=on_fargate)
            if not wrong:
                return Passed(f"{alarm['AlarmName']} runs {policy['PolicyName']}", evidence=where)
            summary.append(f"{alarm['AlarmName']} {wrong}")
    return Failed(
        found="; ".join(summary) or "no alarm has the step scaling policy as an alarm action",
        expected=f"an alarm that runs the step scaling policy when the CPU of {lab['service']} is above a threshold",
        hint="Check the metric, the dimensions, the comparison and the alarm actions of the alarm.",
        evidence=where,
    )


def _on_fargate(service: ServiceTypeDef) -> bool:
    """Whether all tasks of the service run on Fargate."""
    strategy = service.get("capacityProviderStrategy", [])
    providers = [each["capacityProvider"] in ("FARGATE", "FARGATE_SPOT") for each in strategy]
    return all(providers) if providers else service.get("launchType") == "FARGATE"


def _wrong_alarm(account: Account, alarm: MetricAlarmTypeDef, lab: Names, *, on_fargate: bool) -> str:
    """The reason why an alarm does not run the policy when the service's CPU is high, as a phrase."""
    metric = _alarms.metric_of(alarm)
    own = frozenset({("ClusterName", lab["cluster"]), ("ServiceName", lab["service"])})
    if not alarm["ActionsEnabled"]:
        return "has disabled actions"
    if metric is None:
        return "watches an expression"
    watched = (metric.namespace, metric.name, metric.dimensions)
    if watched != ("AWS/ECS", "CPUUtilization", own) or metric.account not in ("", account.id):
        return f"watches the {metric}"
    if not metric.is_level:
        return f"watches the {metric}, which is not a percentage"
    if alarm["ComparisonOperator"] not in _ABOVE:
        return f"has the comparison {alarm['ComparisonOperator']}"
    threshold = alarm["Threshold"]
    if on_fargate and (
        threshold > _FULL or (alarm["ComparisonOperator"] == _ABOVE[0] and threshold == _FULL)
    ):
        return f"has threshold {threshold:g}, which no Fargate task can exceed"
    return ""


def the_minimum_rises_on_working_mornings(account: Account, lab: Names) -> Outcome:
    """A scheduled action raises the minimum to 4 at 08:00 on working days."""
    actions = _actions(account, lab)
    right = _morning_actions(actions, account.now)
    where = "ScheduledActions[].[ScheduledActionName, Schedule, Timezone, StartTime, EndTime, ScalableTargetAction]"
    if right:
        names = ", ".join(sorted(action["ScheduledActionName"] for action in right))
        return Passed(
            f"{names} sets the minimum to {MORNING_TASKS} at 08:00 from Monday to Friday", evidence=where
        )
    summary = [_action_text(each) for each in actions]
    return Failed(
        found="; ".join(summary) or f"no scheduled action for {_resource(lab)}",
        expected=f"a recurring action that sets the minimum to {MORNING_TASKS} at 08:00 from Monday to Friday",
        hint=_hint_on_mornings(actions, account.now),
        evidence=where,
    )


def _actions(account: Account, lab: Names) -> list[ScheduledActionTypeDef]:
    return _scaling.scheduled_actions(account, _resource(lab))


def _morning_actions(
    actions: Iterable[ScheduledActionTypeDef], now: datetime
) -> list[ScheduledActionTypeDef]:
    """The actions that raise the minimum to 4 at 08:00, if they together cover the working days, and only these.

    An action that another one contradicts at the same time does not count: AWS does not say which of them comes last.
    """
    recurring = list(_recurring(actions, now))
    right = [each for each in _raising(recurring) if not _is_contradicted(each, recurring)]
    covered = set().union(*(cron.days for _, cron in right))
    return [action for action, _ in right] if covered == _scaling.WORKING_DAYS else []


def _hint_on_mornings(actions: Iterable[ScheduledActionTypeDef], now: datetime) -> str:
    recurring = list(_recurring(actions, now))
    if any(_is_contradicted(each, recurring) for each in _raising(recurring)):
        return "Another scheduled action sets another minimum at the same time. Compare their schedules."
    if any(_raising(_with_cron(actions))) and not any(_raising(recurring)):
        return "Check the start time, the end time and the years of the scheduled action."
    return "Check the minimum, and each field of the cron expression: minutes, hours, day of week. Day 1 is Sunday."


def _raising(recurring: Iterable[_Recurring]) -> Iterator[_Recurring]:
    """The actions that raise the minimum to 4 at 08:00 on some working days."""
    for action, cron in recurring:
        if cron.at_eight_on_some_working_days and _minimum(action) == MORNING_TASKS:
            yield action, cron


def _is_contradicted(raising: _Recurring, recurring: Iterable[_Recurring]) -> bool:
    """Whether another action sets another minimum at the same time."""
    action, cron = raising
    return any(_contradicts(other, action) and cron.meets(its) for other, its in recurring)


def _contradicts(other: ScheduledActionTypeDef, action: ScheduledActionTypeDef) -> bool:
    """Whether an action sets another minimum, in the same time zone."""
    same_zone = other.get("Timezone", "UTC") == action.get("Timezone", "UTC")
    return same_zone and _minimum(other) not in (None, _minimum(action))


def _recurring(actions: Iterable[ScheduledActionTypeDef], now: datetime) -> Iterator[_Recurring]:
    """The actions with a cron schedule that has not ended, and starts within a year."""
    for action, cron in _with_cron(actions):
        in_time = action.get("EndTime", now) >= now and action.get("StartTime", now) <= now + _YEAR
        if cron.is_due_in(now.year) and in_time:
            yield action, cron


def _with_cron(actions: Iterable[ScheduledActionTypeDef]) -> Iterator[_Recurring]:
    """The actions with a cron schedule, whether it is due or not."""
    for action in actions:
        if cron := _scaling.read_cron(action["Schedule"]):
            yield action, cron


def _minimum(action: ScheduledActionTypeDef) -> int | None:
    return action.get("ScalableTargetAction", {}).get("MinCapacity")


def _action_text(action: ScheduledActionTypeDef) -> str:
    minimum = _minimum(action)
    start = f", starting {action['StartTime']:%Y-%m-%d}" if "StartTime" in action else ""
    end = f", ending {action['EndTime']:%Y-%m-%d}" if "EndTime" in action else ""
    raises = f"sets the minimum to {minimum}" if minimum is not None else "sets no minimum"
    return f"{action['ScheduledActionName']} {raises} at {action['Schedule']}{start}{end}"


def _resource(lab: Names) -> str:
    return _scaling.resource_id(lab["cluster"], lab["service"])


READS = (
    *_ecs.CLUSTER_READS,
    *_ecs.SERVICE_READS,
    "ecs:DescribeTaskDefinition",
    *_scaling.TARGET_READS,
    *_scaling.POLICY_READS,
    *_scaling.SCHEDULE_READS,
    *_alarms.ALARM_READS,
)
LEFTOVERS = (
    _leftovers.of(
        *_leftovers.CLUSTER,
        *_leftovers.DEFINITIONS,
        *_leftovers.SCALING,
        cluster=["{cluster}"],
        family=["{cluster}"],
        scalable_target=["service/{cluster}/{service}"],
        alarm=["{cluster}-{service}-busy"],
    ),
)
OBJECTIVES = (
    Objective("service", service_is_active),
    Objective("target", service_scales_from_one_to_six, needs=("service",)),
    Objective("target-tracking", a_policy_tracks_cpu_at_fifty, needs=("service",)),
    Objective("step-scaling", a_policy_scales_out_in_steps, needs=("service",)),
    Objective("alarm", an_alarm_on_its_cpu_runs_the_policy, needs=("step-scaling",)),
    Objective("scheduled", the_minimum_rises_on_working_mornings, needs=("service",)),
)
