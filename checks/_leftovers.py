"""Finds what a lab left behind, by the names that the lab knows; a thing that is gone is named by nobody.

Readers that only some labs need are imported where they are used: every lab imports this module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from labs.sdk import Account, Leftovers, Names

from . import _ecr, _ecs, _logs

CLUSTER_READS = (*_ecs.CLUSTER_READS, *_ecs.SERVICE_READS, *_ecs.INSTANCE_READS, *_ecs.TASK_READS)


def cluster(parameter: str = "cluster", *, instances: bool = True) -> Leftovers:
    """A cluster that is ACTIVE, with the services in it, and the ACTIVE container instances where the lab has some."""

    def left(account: Account, lab: Names) -> Iterator[str]:
        name = lab[parameter]
        if _ecs.active_cluster(account, name) is None:
            return
        for service in _ecs.service_names(account, name):
            yield f"service {service} in cluster {name}"
        for instance in _ecs.active_instances(account, name) if instances else ():
            kind = next(
                (each["value"] for each in instance["attributes"] if each["name"] == "ecs.instance-type"), ""
            )
            yield f"instance {instance['ec2InstanceId']}{f' ({kind})' if kind else ''} in cluster {name}"
        yield f"cluster {name}"

    return left


def family(parameter: str = "family") -> Leftovers:
    """A task definition's newest ACTIVE revision."""

    def left(account: Account, lab: Names) -> Iterator[str]:
        found = _ecs.newest_definition(account, lab[parameter])
        if found:
            yield f"task definition {found['family']}:{found['revision']}"

    return left


def repository(parameter: str = "repository") -> Leftovers:
    """A private ECR repository."""

    def left(account: Account, lab: Names) -> Iterator[str]:
        if _ecr.repository_or_none(account, lab[parameter]):
            yield f"repository {lab[parameter]}"

    return left


def role(name: Callable[[Names], str]) -> Leftovers:
    """An IAM role."""

    def left(account: Account, lab: Names) -> Iterator[str]:
        try:
            account.iam.get_role(RoleName=name(lab))
        except account.iam.exceptions.NoSuchEntityException:
            return
        yield f"role {name(lab)}"

    return left


def log_group(name: Callable[[Names], str]) -> Leftovers:
    """A log group."""

    def left(account: Account, lab: Names) -> Iterator[str]:
        if _logs.group_or_none(account, name(lab)):
            yield f"log group {name(lab)}"

    return left


def instance(*parameters: str) -> Leftovers:
    """EC2 instances by their Name that are not terminated."""

    def left(account: Account, lab: Names) -> Iterator[str]:
        from . import _ec2

        for parameter in parameters or ("instance",):
            for found in _ec2.named(account, lab[parameter], _ec2.STANDING):
                yield f"instance {found['InstanceId']} ({found['InstanceType']}), named {lab[parameter]}"

    return left


def security_group(parameter: str) -> Leftovers:
    """A security group."""

    def left(account: Account, lab: Names) -> Iterator[str]:
        from . import _ec2

        for found in _ec2.groups_named(account, lab[parameter]):
            yield f"security group {found['GroupId']}, named {lab[parameter]}"

    return left


def group_named(name: Callable[[Names], str]) -> Leftovers:
    """A security group whose name follows from the lab's names."""

    def left(account: Account, lab: Names) -> Iterator[str]:
        from . import _ec2

        for found in _ec2.groups_named(account, name(lab)):
            yield f"security group {found['GroupId']}, named {name(lab)}"

    return left


def file_system(name: Callable[[Names], str]) -> Leftovers:
    """An EFS file system, by its Name or its creation token."""

    def left(account: Account, lab: Names) -> Iterator[str]:
        from . import _efs

        for found in _efs.file_systems_called(account, name(lab)):
            yield f"file system {found['FileSystemId']}, named {name(lab)}"

    return left


def provider(parameter: str = "provider") -> Leftovers:
    """A capacity provider, and the Auto Scaling group behind it with its instances."""

    def left(account: Account, lab: Names) -> Iterator[str]:
        from . import _autoscaling, _providers

        found = _providers.provider_or_none(account, lab[parameter])
        if found is None:
            return
        yield f"capacity provider {lab[parameter]}"
        backing = found.get("autoScalingGroupProvider")
        group = _autoscaling.group_or_none(account, backing["autoScalingGroupArn"]) if backing else None
        if group:
            yield f"Auto Scaling group {group['AutoScalingGroupName']} with {len(group['Instances'])} instances"

    return left


def scalable_service(cluster: str = "cluster", service: str = "service") -> Leftovers:
    """A service's scalable target, which outlives the service; its policies and schedules go with it."""

    def left(account: Account, lab: Names) -> Iterator[str]:
        from . import _scaling

        resource = _scaling.resource_id(lab[cluster], lab[service])
        if _scaling.target_or_none(account, resource):
            yield f"scalable target {resource}"

    return left


def alarm(name: Callable[[Names], str]) -> Leftovers:
    """A CloudWatch alarm."""

    def left(account: Account, lab: Names) -> Iterator[str]:
        from . import _alarms

        if _alarms.alarm_or_none(account, name(lab)):
            yield f"alarm {name(lab)}"

    return left
