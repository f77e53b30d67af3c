"""Typed readers for the placement labs: tasks, strategies, constraints, and instances by attribute."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import msgspec

from labs.sdk import Account, CannotTell, Failed

from . import _ec2, _ecs

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import InstanceTypeDef
    from mypy_boto3_ecs.type_defs import (
        ContainerInstanceTypeDef,
        PlacementConstraintTypeDef,
        PlacementStrategyTypeDef,
        TaskDefinitionPlacementConstraintTypeDef,
        TaskTypeDef,
    )

    Constraint = PlacementConstraintTypeDef | TaskDefinitionPlacementConstraintTypeDef

STANDING_READS = (*_ecs.INSTANCE_READS, *_ec2.INSTANCE_READS)

ZONE = "ecs.availability-zone"
TYPE = "ecs.instance-type"


def tasks_or_why(account: Account, cluster: str, service: str, wanted: int) -> list[TaskTypeDef] | Failed:
    """The running tasks of a service, if their number and the desired count are the wanted one; else the failure."""
    tasks = _ecs.running_tasks(account, cluster, service)
    desired = _ecs.the_service(account, cluster, service)["desiredCount"]
    if len(tasks) == desired == wanted:
        return tasks
    short = _ecs.service_runs(account, cluster, service, wanted)
    if isinstance(short, Failed):
        return short
    return Failed(
        found=f"{service} has desired count {desired} and {_tasks(len(tasks))}",
        expected=f"desired count {wanted} and exactly {wanted} running tasks",
        hint="Compare the desired count and the running count with these. A deployment may still be in progress.",
        evidence=("tasks[].lastStatus", "services[0].[desiredCount, runningCount]"),
    )


def _tasks(number: int) -> str:
    return f"{number} running task{'s' if number != 1 else ''}"


def sharing(tasks: Sequence[TaskTypeDef], number: int) -> list[TaskTypeDef]:
    """The tasks on container instances that run at least this number of them."""
    placed = [task for task in tasks if "containerInstanceArn" in task]
    used = Counter(task["containerInstanceArn"] for task in placed)
    return [task for task in placed if used[task["containerInstanceArn"]] >= number]


def on_fargate(tasks: Sequence[TaskTypeDef]) -> Failed | None:
    """The failure for tasks that run on no container instance; None if all of them do."""
    outside = [task for task in tasks if "containerInstanceArn" not in task]
    if not outside:
        return None
    return Failed(
        found=f"{len(outside)} of {len(tasks)} tasks run on Fargate, not on a container instance",
        expected="all tasks on container instances",
        hint="Check the launch type or the capacity provider strategy of the service.",
        evidence="tasks[].[taskArn, launchType, containerInstanceArn]",
    )


def strategies_text(strategies: Sequence[PlacementStrategyTypeDef]) -> str:
    """Placement strategies in their order, as text."""
    each = [f"{one['type']} on {one['field']}" if one.get("field") else one["type"] for one in strategies]
    return ", then ".join(each) or "no placement strategy"


def attribute(instance: ContainerInstanceTypeDef, name: str) -> str | None:
    """The value of a container instance's attribute; None where it has none of this name, or one without a value."""
    return next((each.get("value") for each in instance["attributes"] if each["name"] == name), None)


def hosts_of(
    account: Account, cluster: str, tasks: Iterable[TaskTypeDef]
) -> dict[str, ContainerInstanceTypeDef]:
    """The container instances that these tasks run on, by ARN, whatever their status.

    Raises CannotTell where ECS does not describe one of them.
    """
    arns = sorted({task["containerInstanceArn"] for task in tasks if "containerInstanceArn" in task})
    found = _ecs.describe_instances(account, cluster, arns)
    hosts = {instance["containerInstanceArn"]: instance for instance in found}
    if gone := [arn for arn in arns if arn not in hosts]:
        raise CannotTell(f"ECS does not find container instance {', '.join(gone)}, on which a task runs")
    return hosts


class Hosts(msgspec.Struct, frozen=True):
    """The ACTIVE container instances of a cluster: those that are running in EC2, and the ids of the others."""

    standing: list[ContainerInstanceTypeDef]
    gone: list[str]

    @property
    def gone_text(self) -> str:
        """The others, as the end of a sentence."""
        names = ", ".join(self.gone)
        return f"; not counted, because not running in EC2: {names}" if names else ""


def active_hosts(account: Account, cluster: str) -> Hosts:
    """The ACTIVE container instances; where the agent is connected, the instance is running (see `_ec2.running`)."""
    active = _ecs.active_instances(account, cluster)
    if all(each["agentConnected"] for each in active):
        return Hosts(active, [])
    running = {each["InstanceId"] for each in _ec2.running(account, (one["ec2InstanceId"] for one in active))}
    standing = [each for each in active if each["agentConnected"] or each["ec2InstanceId"] in running]
    return Hosts(standing, [each["ec2InstanceId"] for each in active if each not in standing])


def standing_instances(account: Account, cluster: str) -> list[ContainerInstanceTypeDef]:
    """The ACTIVE container instances that are running in EC2."""
    return active_hosts(account, cluster).standing


def running_instances_or_why(account: Account, cluster: str) -> list[InstanceTypeDef] | Failed:
    """The running EC2 instances behind a cluster's ACTIVE container instances; else the failure."""
    registered = _ecs.active_instances(account, cluster)
    running = _ec2.running(account, [each["ec2InstanceId"] for each in registered])
    if running:
        return running
    ids = ", ".join(each["ec2InstanceId"] for each in registered)
    return Failed(
        found=f"no running instance behind the container instances of {cluster}: {ids}"
        if ids
        else f"no ACTIVE container instance in {cluster}",
        expected=f"at least one ACTIVE container instance in {cluster}, on a running EC2 instance",
        hint="Check the AMI, the instance profile and the user data of your instances.",
    )


def expressions(constraints: Iterable[Constraint]) -> list[str]:
    """The expressions of the constraints of type memberOf; an instance must satisfy all of them."""
    return [each["expression"] for each in constraints if each["type"] == "memberOf"]


def selected(account: Account, cluster: str, expressions: Iterable[str]) -> set[str]:
    """The ARNs of the container instances that satisfy every expression, which AWS itself is asked about."""
    each = [_matching(account, cluster, expression) for expression in expressions]
    return set.intersection(*each) if each else set()


def _matching(account: Account, cluster: str, expression: str) -> set[str]:
    pages = account.ecs.get_paginator("list_container_instances").paginate(cluster=cluster, filter=expression)
    return {arn for page in pages for arn in page["containerInstanceArns"]}


def instances_text(instances: Iterable[ContainerInstanceTypeDef]) -> str:
    """Container instances with their types, as text: `i-1 (t3.small)`."""
    named = sorted((attribute(each, TYPE) or "no type", each["ec2InstanceId"]) for each in instances)
    return ", ".join(f"{name} ({kind})" for kind, name in named) or "no instance"
