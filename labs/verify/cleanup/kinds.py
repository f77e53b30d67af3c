"""The kinds of resources that a clean-up removes, in the order of removal, and the calls that remove each kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from labs.sdk import Leftover

GONE = re.compile(
    r"NotFound|NoSuch|NotActive|not found|not exist|doesn't exist|not registered|INACTIVE|is inactive"
)
"""Matches error codes and messages for a resource that does not exist."""
IAM_ORDER = "DeleteConflict"
IN_USE = "DependencyViolation|ResourceInUse|in use|InUse|currently associated"
BUSY = "ClusterContains|UpdateInProgress|ResourceInUse|in use|InUse"


@dataclass(frozen=True, slots=True)
class Call:
    """One request of a removal; `retry` matches errors that pass with time."""

    service: str
    method: str
    given: dict[str, Any] = field(default_factory=dict)
    retry: str = ""
    waiter: bool = False
    """Whether `method` names one of boto3's waiters."""


Calls = Callable[[Leftover], Iterator[Call]]


def _one(service: str, method: str, parameter: str, *, retry: str = "", **more: Any) -> Calls:
    """A removal by one call with the id as a parameter."""

    def calls(thing: Leftover) -> Iterator[Call]:
        yield Call(service, method, {parameter: thing.id, **more}, retry)

    return calls


def _many(service: str, method: str, parameter: str) -> Calls:
    """A removal by one call with a list of the id."""

    def calls(thing: Leftover) -> Iterator[Call]:
        yield Call(service, method, {parameter: [thing.id]})

    return calls


def _in_cluster(method: str, parameter: str, **more: Any) -> Calls:
    """A removal by one ECS call with the cluster and the id."""

    def calls(thing: Leftover) -> Iterator[Call]:
        yield Call("ecs", method, {"cluster": thing.within, parameter: thing.id, **more})

    return calls


def _stack(thing: Leftover) -> Iterator[Call]:
    yield Call("cloudformation", "delete_stack", {"StackName": thing.id})
    yield Call("cloudformation", "stack_delete_complete", {"StackName": thing.id}, waiter=True)


def _scalable_target(thing: Leftover) -> Iterator[Call]:
    given = {"ServiceNamespace": "ecs", "ResourceId": thing.id}
    dimension = {"ScalableDimension": "ecs:service:DesiredCount"}
    yield Call("application-autoscaling", "deregister_scalable_target", {**given, **dimension})


def _provider(thing: Leftover) -> Iterator[Call]:
    """Detaches a capacity provider from its cluster, which ECS allows once its tasks have stopped, and deletes it."""
    if thing.within:
        given = {"cluster": thing.within, "capacityProviders": [], "defaultCapacityProviderStrategy": []}
        yield Call("ecs", "put_cluster_capacity_providers", given, BUSY)
    yield Call("ecs", "delete_capacity_provider", {"capacityProvider": thing.id}, BUSY)


def _instance(thing: Leftover) -> Iterator[Call]:
    yield Call("ec2", "terminate_instances", {"InstanceIds": [thing.id]})
    yield Call("ec2", "instance_terminated", {"InstanceIds": [thing.id]}, waiter=True)


def _load_balancer(thing: Leftover) -> Iterator[Call]:
    yield Call("elbv2", "delete_load_balancer", {"LoadBalancerArn": thing.id})
    yield Call("elbv2", "load_balancers_deleted", {"LoadBalancerArns": [thing.id]}, waiter=True)


def _profile_role(thing: Leftover) -> Iterator[Call]:
    given = {"InstanceProfileName": thing.within, "RoleName": thing.id}
    yield Call("iam", "remove_role_from_instance_profile", given)


def _attachment(thing: Leftover) -> Iterator[Call]:
    yield Call("iam", "detach_role_policy", {"RoleName": thing.within, "PolicyArn": thing.id})


def _inline(thing: Leftover) -> Iterator[Call]:
    yield Call("iam", "delete_role_policy", {"RoleName": thing.within, "PolicyName": thing.id})


def _policy_version(thing: Leftover) -> Iterator[Call]:
    yield Call("iam", "delete_policy_version", {"PolicyArn": thing.within, "VersionId": thing.id})


def _rule_target(thing: Leftover) -> Iterator[Call]:
    yield Call("events", "remove_targets", {"Rule": thing.within, "Ids": [thing.id]})


def _object(thing: Leftover) -> Iterator[Call]:
    version = {"VersionId": thing.detail} if thing.detail else {}
    yield Call("s3", "delete_object", {"Bucket": thing.within, "Key": thing.id, **version})


KINDS: dict[str, Calls] = {
    "stack": _stack,
    "scalable target": _scalable_target,
    "service": _in_cluster("delete_service", "service", force=True),
    "task": _in_cluster("stop_task", "task"),
    "capacity provider": _provider,
    "Auto Scaling group": _one(
        "autoscaling",
        "delete_auto_scaling_group",
        "AutoScalingGroupName",
        ForceDelete=True,
        retry="InProgress|InUse",
    ),
    "instance": _instance,
    "container instance": _in_cluster("deregister_container_instance", "containerInstance", force=True),
    "load balancer": _load_balancer,
    "target group": _one("elbv2", "delete_target_group", "TargetGroupArn", retry=IN_USE),
    "cluster": _one("ecs", "delete_cluster", "cluster", retry=BUSY),
    "access point": _one("efs", "delete_access_point", "AccessPointId"),
    "mount target": _one("efs", "delete_mount_target", "MountTargetId"),
    "file system": _one("efs", "delete_file_system", "FileSystemId", retry="FileSystemInUse"),
    "volume": _one("ec2", "delete_volume", "VolumeId", retry="VolumeInUse"),
    "alarm": _many("cloudwatch", "delete_alarms", "AlarmNames"),
    "task definition": _one("ecs", "deregister_task_definition", "taskDefinition"),
    "launch template": _one("ec2", "delete_launch_template", "LaunchTemplateId"),
    "launch configuration": _one(
        "autoscaling", "delete_launch_configuration", "LaunchConfigurationName", retry="InUse"
    ),
    "security group": _one("ec2", "delete_security_group", "GroupId", retry=IN_USE),
    "role in an instance profile": _profile_role,
    "instance profile": _one("iam", "delete_instance_profile", "InstanceProfileName", retry=IAM_ORDER),
    "attached policy": _attachment,
    "inline policy": _inline,
    "role": _one("iam", "delete_role", "RoleName", retry=IAM_ORDER),
    "policy version": _policy_version,
    "policy": _one("iam", "delete_policy", "PolicyArn", retry=IAM_ORDER),
    "log group": _one("logs", "delete_log_group", "logGroupName"),
    "repository": _one("ecr", "delete_repository", "repositoryName", force=True),
    "event rule target": _rule_target,
    "event rule": _one("events", "delete_rule", "Name"),
    "event source mapping": _one("lambda", "delete_event_source_mapping", "UUID", retry="ResourceInUse"),
    "function": _one("lambda", "delete_function", "FunctionName", retry="ResourceConflict"),
    "subscription": _one("sns", "unsubscribe", "SubscriptionArn"),
    "topic": _one("sns", "delete_topic", "TopicArn"),
    "queue": _one("sqs", "delete_queue", "QueueUrl"),
    "table": _one("dynamodb", "delete_table", "TableName", retry="ResourceInUse"),
    "object": _object,
    "bucket": _one("s3", "delete_bucket", "Bucket"),
    "key alias": _one("kms", "delete_alias", "AliasName"),
    "key": _one("kms", "schedule_key_deletion", "KeyId", PendingWindowInDays=7),
    "secret": _one("secretsmanager", "delete_secret", "SecretId", ForceDeleteWithoutRecovery=True),
    "parameter": _one("ssm", "delete_parameter", "Name"),
}
"""Dependents come before the resources that they use."""

_ORDER = {kind: number for number, kind in enumerate(KINDS)}


def in_order(things: list[Leftover]) -> list[Leftover]:
    """The resources in the order in which they can be removed; those of an unknown kind last."""
    return sorted(things, key=lambda thing: _ORDER.get(thing.kind, len(_ORDER)))


def calls(thing: Leftover) -> list[Call]:
    """The calls that remove a resource; empty for a kind that only its pack knows."""
    known = KINDS.get(thing.kind)
    return list(known(thing)) if known else []
