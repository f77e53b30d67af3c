"""Lists all resources in an account, to compare its state before a lab and after the clean-up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set
from typing import Any

from labs.aws.faults import reason

_GONE = {
    "Filters": [{"Name": "instance-state-name", "Values": ["pending", "running", "stopping", "stopped"]}]
}
_ECS = {"ServiceNamespace": "ecs"}
LISTS: tuple[tuple[str, str, Mapping[str, Any], str, str], ...] = (
    ("ecs", "list_clusters", {}, "clusterArns", ""),
    ("ecs", "list_task_definitions", {}, "taskDefinitionArns", ""),
    ("ecs", "describe_capacity_providers", {}, "capacityProviders[?status=='ACTIVE']", "capacityProviderArn"),
    ("ecr", "describe_repositories", {}, "repositories[]", "repositoryArn"),
    ("iam", "list_roles", {}, "Roles[?!starts_with(Path, '/aws-service-role/')]", "Arn"),
    ("iam", "list_policies", {"Scope": "Local"}, "Policies[]", "Arn"),
    ("iam", "list_instance_profiles", {}, "InstanceProfiles[]", "Arn"),
    ("ec2", "describe_instances", _GONE, "Reservations[].Instances[]", "InstanceId"),
    ("ec2", "describe_security_groups", {}, "SecurityGroups[]", "GroupId"),
    ("ec2", "describe_launch_templates", {}, "LaunchTemplates[]", "LaunchTemplateId"),
    ("ec2", "describe_volumes", {}, "Volumes[]", "VolumeId"),
    ("ec2", "describe_vpcs", {}, "Vpcs[]", "VpcId"),
    ("ec2", "describe_subnets", {}, "Subnets[]", "SubnetId"),
    ("ec2", "describe_network_interfaces", {}, "NetworkInterfaces[]", "NetworkInterfaceId"),
    ("ec2", "describe_internet_gateways", {}, "InternetGateways[]", "InternetGatewayId"),
    ("ec2", "describe_addresses", {}, "Addresses[]", "AllocationId"),
    ("elbv2", "describe_load_balancers", {}, "LoadBalancers[]", "LoadBalancerArn"),
    ("elbv2", "describe_target_groups", {}, "TargetGroups[]", "TargetGroupArn"),
    ("autoscaling", "describe_auto_scaling_groups", {}, "AutoScalingGroups[]", "AutoScalingGroupARN"),
    ("autoscaling", "describe_launch_configurations", {}, "LaunchConfigurations[]", "LaunchConfigurationARN"),
    ("application-autoscaling", "describe_scalable_targets", _ECS, "ScalableTargets[]", "ResourceId"),
    ("application-autoscaling", "describe_scaling_policies", _ECS, "ScalingPolicies[]", "PolicyARN"),
    (
        "application-autoscaling",
        "describe_scheduled_actions",
        _ECS,
        "ScheduledActions[]",
        "ScheduledActionARN",
    ),
    ("cloudwatch", "describe_alarms", {}, "MetricAlarms[]", "AlarmArn"),
    ("efs", "describe_file_systems", {}, "FileSystems[]", "FileSystemId"),
    ("logs", "describe_log_groups", {}, "logGroups[]", "arn"),
    ("s3", "list_buckets", {}, "Buckets[]", "Name"),
    ("sqs", "list_queues", {}, "QueueUrls[]", ""),
    ("sns", "list_topics", {}, "Topics[]", "TopicArn"),
    ("sns", "list_subscriptions", {}, "Subscriptions[]", "SubscriptionArn"),
    ("dynamodb", "list_tables", {}, "TableNames", ""),
    ("lambda", "list_functions", {}, "Functions[]", "FunctionArn"),
    ("lambda", "list_event_source_mappings", {}, "EventSourceMappings[]", "UUID"),
    ("kms", "list_aliases", {}, "Aliases[?!starts_with(AliasName, 'alias/aws/')]", "AliasArn"),
    ("kms", "list_keys", {}, "Keys[]", "KeyArn"),
    ("secretsmanager", "list_secrets", {}, "SecretList[]", "ARN"),
    ("ssm", "describe_parameters", {}, "Parameters[?!starts_with(Name, '/aws/')]", "Name"),
    ("events", "list_rules", {}, "Rules[]", "Arn"),
)
"""Service, boto3 method, parameters, JMESPath of the resources in the answer, and the key of their id.

Service-linked roles are excluded: they belong to the account and stay.
"""

READS = frozenset(f"{service}:{method.title().replace('_', '')}" for service, method, *_ in LISTS) | {
    "kms:DescribeKey"
}
"""The operations of LISTS, as the read-only guard names them."""
_CREATED_FOR_OTHERS = {"ec2", "logs", "monitoring"}
_NAMES = ("Name", "GroupName", "LaunchTemplateName", "CreationToken", "Description", "Tags", "TagSet")
"""Fields that may contain a lab's name if the id does not."""


class Inventory:
    """The resources in one account and Region; `client` returns the client of a service.

    With `tolerant`, lists that the credentials may not read are skipped, and their actions added to `unread`.
    """

    def __init__(self, client: Callable[[str], Any], *, tolerant: bool = False) -> None:
        self._clients = {name: client(name) for name in sorted({service for service, *_ in LISTS})}
        self._tolerant = tolerant
        self.unread: set[str] = set()

    def things(self, services: Set[str] | None = None) -> dict[str, str]:
        """The resources that exist now, by service and ARN or id, each with its names and tags.

        If given, only resources of services with these signing names, and those that AWS creates for other services.
        """
        found: dict[str, str] = {}
        for service, method, given, path, key in LISTS:
            signed_as = self._clients[service].meta.service_model.signing_name
            if services is not None and signed_as not in services | _CREATED_FOR_OTHERS:
                continue
            for thing in self._listed(service, method, given, path):
                name = thing[key] if key else thing
                if key == "KeyArn" and self._is_not_a_leftover(name):
                    continue
                named = {each: thing[each] for each in _NAMES if each in thing} if key else {}
                found[f"{service} {name}"] = str(named)
        return found

    def _is_not_a_leftover(self, key: str) -> bool:
        """Whether a KMS key is pending deletion, in which it stays listed for days, or managed by AWS."""
        found = self._clients["kms"].describe_key(KeyId=key)["KeyMetadata"]
        return bool(found["KeyState"] == "PendingDeletion" or found.get("KeyManager") == "AWS")

    def _listed(self, service: str, method: str, given: Mapping[str, Any], path: str) -> Iterator[Any]:
        import jmespath
        from botocore.exceptions import ClientError

        client = self._clients[service]
        try:
            pages = (
                client.get_paginator(method).paginate(**given)
                if client.can_paginate(method)
                else [getattr(client, method)(**given)]
            )
            for page in pages:
                yield from jmespath.search(path, page) or []
        except ClientError as error:
            denied = reason(error).action
            if not (self._tolerant and denied):
                raise
            self.unread.add(denied)
