"""Lists everything that stands in a sandbox, so that a clean-up can be held against the world before the lab."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_GONE = {
    "Filters": [{"Name": "instance-state-name", "Values": ["pending", "running", "stopping", "stopped"]}]
}
_ECS = {"ServiceNamespace": "ecs"}
LISTS: tuple[tuple[str, str, Mapping[str, Any], str], ...] = (
    ("ecs", "list_clusters", {}, "clusterArns"),
    ("ecs", "list_task_definitions", {}, "taskDefinitionArns"),
    ("ecs", "describe_capacity_providers", {}, "capacityProviders[?status=='ACTIVE'].capacityProviderArn"),
    ("ecr", "describe_repositories", {}, "repositories[].repositoryArn"),
    ("iam", "list_roles", {}, "Roles[?!starts_with(Path, '/aws-service-role/')].Arn"),
    ("iam", "list_policies", {"Scope": "Local"}, "Policies[].Arn"),
    ("iam", "list_instance_profiles", {}, "InstanceProfiles[].Arn"),
    ("ec2", "describe_instances", _GONE, "Reservations[].Instances[].InstanceId"),
    ("ec2", "describe_security_groups", {}, "SecurityGroups[].GroupId"),
    ("ec2", "describe_launch_templates", {}, "LaunchTemplates[].LaunchTemplateId"),
    ("ec2", "describe_volumes", {}, "Volumes[].VolumeId"),
    ("ec2", "describe_vpcs", {}, "Vpcs[].VpcId"),
    ("ec2", "describe_subnets", {}, "Subnets[].SubnetId"),
    ("ec2", "describe_network_interfaces", {}, "NetworkInterfaces[].NetworkInterfaceId"),
    ("elbv2", "describe_load_balancers", {}, "LoadBalancers[].LoadBalancerArn"),
    ("elbv2", "describe_target_groups", {}, "TargetGroups[].TargetGroupArn"),
    ("autoscaling", "describe_auto_scaling_groups", {}, "AutoScalingGroups[].AutoScalingGroupARN"),
    ("autoscaling", "describe_launch_configurations", {}, "LaunchConfigurations[].LaunchConfigurationARN"),
    ("application-autoscaling", "describe_scalable_targets", _ECS, "ScalableTargets[].ResourceId"),
    ("application-autoscaling", "describe_scaling_policies", _ECS, "ScalingPolicies[].PolicyARN"),
    ("application-autoscaling", "describe_scheduled_actions", _ECS, "ScheduledActions[].ScheduledActionARN"),
    ("cloudwatch", "describe_alarms", {}, "MetricAlarms[].AlarmArn"),
    ("efs", "describe_file_systems", {}, "FileSystems[].FileSystemId"),
    ("logs", "describe_log_groups", {}, "logGroups[].arn"),
    ("s3", "list_buckets", {}, "Buckets[].Name"),
)
"""Service, boto3 method, its parameters, and where the names stand in its answer.

Roles that are linked to services belong to the account: one stays when the lab that needed it first has gone.
"""


class Inventory:
    """Everything that can be listed in one account and region; keeps its clients."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        import boto3

        session = boto3.Session(
            environment["AWS_ACCESS_KEY_ID"],
            environment["AWS_SECRET_ACCESS_KEY"],
            region_name=environment["AWS_DEFAULT_REGION"],
        )
        names = {service for service, *_ in LISTS}
        self._clients = {
            name: session.client(name, endpoint_url=environment["AWS_ENDPOINT_URL"])  # type: ignore[call-overload]
            for name in sorted(names)
        }

    def things(self) -> frozenset[str]:
        """What stands there now, by ARN or id."""
        import jmespath

        found: set[str] = set()
        for service, method, given, path in LISTS:
            answer = getattr(self._clients[service], method)(**given)
            found.update(f"{service} {name}" for name in jmespath.search(path, answer) or [])
        return frozenset(found)
