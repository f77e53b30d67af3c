"""Probes of Application Auto Scaling and of the alarms that drive it."""

from __future__ import annotations

from datetime import UTC, datetime

from labs.sandbox.fidelity.probes import Bench, Doc, Probe, keys


def _resource(bench: Bench) -> Doc:
    """The resource id of a service that is a scalable target."""
    bench.serve_on_fargate()
    where = {
        "ServiceNamespace": "ecs",
        "ResourceId": f"service/{bench.cluster}/{bench.name}",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    bench.client("application-autoscaling").register_scalable_target(**where, MinCapacity=1, MaxCapacity=5)
    return where


def _scalable_target(bench: Bench) -> bool:
    where, scaling = _resource(bench), bench.client("application-autoscaling")
    [found] = scaling.describe_scalable_targets(ServiceNamespace="ecs", ResourceIds=[where["ResourceId"]])[
        "ScalableTargets"
    ]
    return bool((found["MinCapacity"], found["MaxCapacity"]) == (1, 5))


def _stepping(bench: Bench, where: Doc) -> str:
    """Creates a step scaling policy with an alarm. Returns the alarm's name."""
    configuration = {
        "AdjustmentType": "ChangeInCapacity",
        "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 2}],
    }
    policy = bench.client("application-autoscaling").put_scaling_policy(
        PolicyName=bench.name, **where, PolicyType="StepScaling", StepScalingPolicyConfiguration=configuration
    )
    bench.client("cloudwatch").put_metric_alarm(
        AlarmName=bench.name,
        Namespace="AWS/ECS",
        MetricName="CPUUtilization",
        Dimensions=_dimensions(bench),
        Statistic="Average",
        Period=60,
        EvaluationPeriods=1,
        Threshold=70,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[policy["PolicyARN"]],
    )
    return bench.name


def _dimensions(bench: Bench) -> list[Doc]:
    return [{"Name": "ClusterName", "Value": bench.cluster}, {"Name": "ServiceName", "Value": bench.name}]


def _steps(bench: Bench) -> bool:
    alarm = _stepping(bench, _resource(bench))
    bench.client("cloudwatch").set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="probe")
    return bool(bench.service()["desiredCount"] == 3)


def _step_policy(bench: Bench) -> Doc:
    """A step scaling policy with an alarm, as described."""
    where = _resource(bench)
    _stepping(bench, where)
    [policy] = bench.client("application-autoscaling").describe_scaling_policies(
        ServiceNamespace="ecs", ResourceId=where["ResourceId"]
    )["ScalingPolicies"]
    found: Doc = policy
    return found


def _policy_kept(bench: Bench) -> bool:
    steps = _step_policy(bench)["StepScalingPolicyConfiguration"]["StepAdjustments"]
    return bool(steps[0]["ScalingAdjustment"] == 2)


def _policy_alarms(bench: Bench) -> bool:
    return [each["AlarmName"] for each in _step_policy(bench)["Alarms"]] == [bench.name]


def _alarms_evaluate(bench: Bench) -> bool:
    cloudwatch, alarm = bench.client("cloudwatch"), _stepping(bench, _resource(bench))
    datum = {"MetricName": "CPUUtilization", "Dimensions": _dimensions(bench), "Value": 99}
    cloudwatch.put_metric_data(Namespace="AWS/ECS", MetricData=[{**datum, "Timestamp": datetime.now(UTC)}])
    [found] = cloudwatch.describe_alarms(AlarmNames=[alarm])["MetricAlarms"]
    return bool(found["StateValue"] == "ALARM")


def _tracking(bench: Bench) -> bool:
    where, scaling = _resource(bench), bench.client("application-autoscaling")
    metric = {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}
    answer = scaling.put_scaling_policy(
        PolicyName=bench.name,
        **where,
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 60.0,
            "PredefinedMetricSpecification": metric,
        },
    )
    names = [each["AlarmName"] for each in answer["Alarms"]]
    found = bench.client("cloudwatch").describe_alarms(AlarmNames=names)["MetricAlarms"]
    return 60 in {each["Threshold"] for each in found}


def _schedules(bench: Bench) -> bool:
    where, scaling = _resource(bench), bench.client("application-autoscaling")
    action = {"ScheduledActionName": bench.name, "Schedule": "cron(0 9 * * ? *)", "Timezone": "Europe/Berlin"}
    scaling.put_scheduled_action(**where, **action, ScalableTargetAction={"MinCapacity": 2})
    [found] = scaling.describe_scheduled_actions(ServiceNamespace="ecs", ResourceId=where["ResourceId"])[
        "ScheduledActions"
    ]
    return all(found[name] == value for name, value in action.items())


def _orphan_policy(bench: Bench) -> bool:
    where = {
        "ServiceNamespace": "ecs",
        "ResourceId": f"service/none/{bench.name}",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    return bench.refuses(lambda: _stepping(bench, where))


_SCALING = "application-autoscaling"

PROBES = (
    Probe(
        "scaling.target",
        "a service can be a scalable target",
        _scalable_target,
        keys(f"{_SCALING}:DescribeScalableTargets", "ScalableTargets"),
    ),
    Probe("scaling.steps", "an alarm runs its step scaling policy", _steps),
    Probe(
        "scaling.policies",
        "a step scaling policy is kept",
        _policy_kept,
        keys(f"{_SCALING}:DescribeScalingPolicies", "ScalingPolicies"),
    ),
    Probe(
        "scaling.policy-alarms",
        "a step scaling policy shows its alarms",
        _policy_alarms,
        keys(f"{_SCALING}:DescribeScalingPolicies", "Alarms"),
    ),
    Probe(
        "scaling.alarms",
        "an alarm evaluates the data that is put",
        _alarms_evaluate,
        keys("cloudwatch:DescribeAlarms", "StateValue"),
    ),
    Probe(
        "scaling.tracking",
        "target tracking makes alarms at its target value",
        _tracking,
        keys(f"{_SCALING}:DescribeScalingPolicies", "Alarms"),
    ),
    Probe(
        "scaling.schedules",
        "a scheduled action is kept",
        _schedules,
        keys(f"{_SCALING}:DescribeScheduledActions", "ScheduledActions"),
    ),
    Probe("scaling.policy-without-target", "a policy without a scalable target is refused", _orphan_policy),
)
"""Each is tried under names of its own."""
