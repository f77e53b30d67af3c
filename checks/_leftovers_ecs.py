"""Leftovers of ECS: clusters, services, tasks, capacity providers, task definitions, scaling, stacks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from labs.sdk import Account, Leftover

from . import _ecs, _efs, _logs, _providers, _scaling


def cluster(account: Account, thing: Leftover) -> Iterator[Leftover]:
    """The cluster if it is ACTIVE, and where to look for its parts, which may outlive it."""
    found = _ecs.active_cluster(account, thing.id)
    if found:
        yield Leftover("cluster", thing.id)
        yield from (Leftover(kind, thing.id) for kind in ("services of", "tasks of", "hosts of"))
        for provider in found.get("capacityProviders", []):
            if not provider.startswith("FARGATE"):
                yield Leftover("capacity provider", provider, within=thing.id)
    outside = ("instances named", "Auto Scaling group", "volumes of", "alarms of", "stacks with")
    yield from (Leftover(kind, thing.id) for kind in outside)


def services_of(account: Account, thing: Leftover) -> Iterator[Leftover]:
    """The services of a cluster."""
    for name in _ecs.service_names(account, thing.id):
        yield Leftover("service", name, within=thing.id)


def service(account: Account, thing: Leftover) -> Iterator[Leftover]:
    """A service, and what it uses."""
    answer: Any = account.ecs.describe_services(cluster=thing.within, services=[thing.id])
    for found in answer["services"]:
        if found["status"] == "INACTIVE":
            continue
        yield Leftover("service", thing.id, within=thing.within)
        yield Leftover("scalable target", _scaling.resource_id(thing.within, thing.id))
        yield from _used(found)


def _used(found: Any) -> Iterator[Leftover]:
    """The names that a service refers to in any of its deployments."""
    for each in (found, *found.get("deployments", []), *found.get("taskSets", [])):
        if arn := each.get("taskDefinition"):
            yield Leftover("task definition", arn)
        for balanced in each.get("loadBalancers", []):
            if group := balanced.get("targetGroupArn"):
                yield Leftover("target group", group)
        network = each.get("networkConfiguration", {}).get("awsvpcConfiguration", {})
        yield from (Leftover("security group", group) for group in network.get("securityGroups", []))
        for volume in each.get("volumeConfigurations", []):
            role = volume.get("managedEBSVolume", {}).get("roleArn", "")
            yield Leftover("role", role.rpartition("/")[2])


def tasks_of(account: Account, thing: Leftover) -> Iterator[Leftover]:
    """The tasks of a cluster that ECS is not stopping, and the revisions that they run."""
    pages = account.ecs.get_paginator("list_tasks").paginate(cluster=thing.id)
    for task in _ecs.describe_tasks(account, thing.id, (arn for page in pages for arn in page["taskArns"])):
        arn = task["taskArn"]
        if task["desiredStatus"] != "STOPPED":
            yield Leftover("task", arn, arn.rpartition("/")[2], thing.id, task.get("launchType", ""))
        yield Leftover("task definition", task["taskDefinitionArn"])


def hosts_of(account: Account, thing: Leftover) -> Iterator[Leftover]:
    """The container instances of a cluster, and the EC2 instances behind them."""
    for found in _ecs.container_instances(account, thing.id):
        if found["status"] != "INACTIVE":
            called = found.get("ec2InstanceId", "")
            yield Leftover("container instance", found["containerInstanceArn"], called, thing.id)
            yield Leftover("instance", called)


def provider(account: Account, thing: Leftover) -> Iterator[Leftover]:
    """A capacity provider, and the group behind it."""
    found = _providers.provider_or_none(account, thing.id)
    if found:
        yield Leftover("capacity provider", thing.id, within=thing.within)
        yield Leftover("Auto Scaling group", _providers.group_of(found))


def providers_of(account: Account, thing: Leftover) -> Iterator[Leftover]:
    """The capacity providers of an Auto Scaling group."""
    for found in _providers.providers(account):
        if _providers.group_of(found) == thing.id:
            yield Leftover("capacity provider", found["name"])


def family(account: Account, thing: Leftover) -> Iterator[Leftover]:
    """The ACTIVE revisions of a family; ECS takes a prefix, which other families may have too."""
    pages = account.ecs.get_paginator("list_task_definitions").paginate(familyPrefix=thing.id)
    for page in pages:
        for arn in page["taskDefinitionArns"]:
            if arn.rpartition("/")[2].rpartition(":")[0] == thing.id:
                yield Leftover("task definition", arn)


def definition(account: Account, thing: Leftover) -> Iterator[Leftover]:
    """A revision that is ACTIVE, and what it names."""
    found = account.ecs.describe_task_definition(taskDefinition=thing.id)["taskDefinition"]
    if found["status"] == "ACTIVE":
        yield Leftover("task definition", thing.id, thing.id.rpartition("/")[2])
    for role in (found.get("taskRoleArn", ""), found.get("executionRoleArn", "")):
        yield Leftover("role", role.rpartition("/")[2])
    yield from (Leftover("log group", logs.group) for logs in _logs.awslogs_of(found))
    yield from (Leftover("file system", each) for each in _efs.file_systems_of(found))


def scalable_target(account: Account, thing: Leftover) -> Iterator[Leftover]:
    """The scalable target of a service, which outlives the service; its policies and schedules go with it."""
    if _scaling.target_or_none(account, thing.id):
        yield Leftover("scalable target", thing.id)


def alarms_of(account: Account, thing: Leftover) -> Iterator[Leftover]:
    """The alarms on a cluster's metrics, and those that scale its services; AWS's own go with their policies."""
    pages = account.cloudwatch.get_paginator("describe_alarms").paginate(AlarmTypes=["MetricAlarm"])
    for alarm in (alarm for page in pages for alarm in page["MetricAlarms"]):
        watched = any(
            each["Name"] == "ClusterName" and each["Value"] == thing.id
            for each in alarm.get("Dimensions", [])
        )
        scales = any(f"resource/ecs/service/{thing.id}/" in action for action in alarm["AlarmActions"])
        if watched or scales:
            yield Leftover("alarm", alarm["AlarmName"])


def alarm(account: Account, thing: Leftover) -> Iterator[Leftover]:
    """A metric alarm."""
    from . import _alarms

    if _alarms.alarm_or_none(account, thing.id):
        yield thing


def stacks_with(account: Account, thing: Leftover) -> Iterator[Leftover]:
    """The CloudFormation stack to which a resource belongs, by the name of the resource."""
    from botocore.exceptions import ClientError

    try:
        answer = account.client("cloudformation").describe_stack_resources(PhysicalResourceId=thing.id)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationError":
            raise
        return
    for each in answer["StackResources"]:
        yield Leftover("stack", each["StackName"])
