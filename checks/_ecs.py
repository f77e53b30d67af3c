"""Typed readers of ECS that several labs share: ACTIVE resources, by their whole name."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import TYPE_CHECKING, Any

import msgspec

from labs.sdk import Account, CannotTell, Failed, Outcome, Passed, batches

if TYPE_CHECKING:
    from mypy_boto3_ecs.literals import DesiredStatusType
    from mypy_boto3_ecs.type_defs import (
        AwsVpcConfigurationOutputTypeDef,
        CapacityProviderStrategyItemTypeDef,
        ClusterTypeDef,
        ContainerInstanceTypeDef,
        LoadBalancerTypeDef,
        NetworkConfigurationOutputTypeDef,
        ServiceTypeDef,
        TaskDefinitionTypeDef,
        TaskTypeDef,
    )

CLUSTER_READS = ("ecs:DescribeClusters", "ecs:ListClusters")
SERVICE_READS = ("ecs:DescribeServices", "ecs:ListServices")
INSTANCE_READS = ("ecs:ListContainerInstances", "ecs:DescribeContainerInstances")
TASK_READS = ("ecs:ListTasks", "ecs:DescribeTasks")
DEFINITION_READS = ("ecs:DescribeTaskDefinition", "ecs:ListTaskDefinitionFamilies")


def cluster_is_active(account: Account, name: str) -> Outcome:
    """The cluster of this name is ACTIVE; else the failure, with similar names."""
    if active_cluster(account, name):
        return Passed(f"cluster {name} is ACTIVE", evidence="clusters[0].status")
    return Failed(
        found=f"no ACTIVE cluster {name} in {account.region}",
        expected=f"an ACTIVE cluster {name}",
        hint="Check the name of the cluster and the Region.",
        near=account.nearby(name, cluster_names),
    )


def active_cluster(account: Account, name: str) -> ClusterTypeDef | None:
    """The ACTIVE cluster of this name; a deleted one is still described, as INACTIVE."""
    answer = account.ecs.describe_clusters(clusters=[name])
    return next((cluster for cluster in answer["clusters"] if cluster["status"] == "ACTIVE"), None)


def cluster_names(account: Account) -> list[str]:
    """The names of all clusters of the region."""
    pages = account.ecs.get_paginator("list_clusters").paginate()
    return [arn.rpartition("/")[2] for page in pages for arn in page["clusterArns"]]


def active_service(account: Account, cluster: str, name: str) -> ServiceTypeDef | None:
    """The ACTIVE service of this name; a deleted one is still described, as INACTIVE."""
    answer = account.ecs.describe_services(cluster=cluster, services=[name])
    return next((service for service in answer["services"] if service["status"] == "ACTIVE"), None)


def the_service(account: Account, cluster: str, name: str) -> ServiceTypeDef:
    """The ACTIVE service of this name. Raises CannotTell where it is gone: a needed objective has found it."""
    service = active_service(account, cluster, name)
    if service is None:
        raise CannotTell(f"service {name} was deleted during the check")
    return service


def service_or_why(account: Account, cluster: str, name: str) -> ServiceTypeDef | Failed:
    """The ACTIVE service; else the failure for a missing cluster or service."""
    there = cluster_is_active(account, cluster)
    if isinstance(there, Failed):
        return there
    return active_service(account, cluster, name) or missing_service(account, cluster, name)


def missing_service(account: Account, cluster: str, name: str) -> Failed:
    """The failure for a service that does not exist or is not ACTIVE."""
    return Failed(
        found=f"no ACTIVE service {name} in cluster {cluster}",
        expected=f"an ACTIVE service {name} in {cluster}",
        hint="Check the name of the service, the cluster and the Region.",
        near=account.nearby(name, lambda where: service_names(where, cluster)),
    )


class LaunchSettings(msgspec.Struct, frozen=True):
    """The settings by which a service launches its tasks, for every deployment controller.

    Where the service itself does not say it, its PRIMARY deployment or task set does: an Express Mode service has no
    task definition of its own (kayac/ecspresso#902). With the controller EXTERNAL, task sets launch all tasks, and
    the service may still name its default launch type (AWS CLI, example of create-service).
    """

    service: ServiceTypeDef

    @property
    def definition(self) -> str:
        """The ARN of the task definition; empty where there is no deployment yet."""
        return self._of("taskDefinition") or ""

    @property
    def network(self) -> AwsVpcConfigurationOutputTypeDef | None:
        """The subnets and groups of the tasks' own interfaces."""
        found: NetworkConfigurationOutputTypeDef | None = self._of("networkConfiguration")
        return found.get("awsvpcConfiguration") if found else None

    @property
    def launch_type(self) -> str:
        """The launch type; empty where there is a strategy instead."""
        return self._of("launchType") or ""

    @property
    def strategy(self) -> list[CapacityProviderStrategyItemTypeDef]:
        """The capacity provider strategy."""
        return self._of("capacityProviderStrategy") or []

    @property
    def balancers(self) -> list[LoadBalancerTypeDef]:
        """The load balancers that the tasks are registered with."""
        return self._of("loadBalancers") or []

    def _of(self, key: str) -> Any:
        service: Any = self.service
        external = service.get("deploymentController", {}).get("type") == "EXTERNAL"
        launched = (*service.get("deployments", []), *service.get("taskSets", []))
        primary = [each for each in launched if each["status"] == "PRIMARY"]
        sources = (*primary, service) if external else (service, *primary)
        return next((each[key] for each in sources if each.get(key)), None)


def definition_of(account: Account, service: ServiceTypeDef) -> TaskDefinitionTypeDef:
    """The revision that a service runs. Raises CannotTell where it has no deployment or task set that names one."""
    arn = LaunchSettings(service).definition
    if not arn:
        raise CannotTell(f"service {service['serviceName']} has no PRIMARY deployment or task set yet")
    return definition(account, arn)


def service_names(account: Account, cluster: str) -> list[str]:
    """The names of all services of a cluster; none where the cluster does not exist."""
    try:
        pages = account.ecs.get_paginator("list_services").paginate(cluster=cluster)
        return [arn.rpartition("/")[2] for page in pages for arn in page["serviceArns"]]
    except account.ecs.exceptions.ClusterNotFoundException:
        return []


def newest_definition(account: Account, family: str) -> TaskDefinitionTypeDef | None:
    """The newest ACTIVE revision of a family, which is what AWS means by the family's name alone."""
    try:
        return account.ecs.describe_task_definition(taskDefinition=family)["taskDefinition"]
    except account.ecs.exceptions.ClientException as error:
        if "Unable to describe" in str(error):
            return None
        raise


def the_definition(account: Account, family: str) -> TaskDefinitionTypeDef:
    """The newest ACTIVE revision of a family. Raises CannotTell where a needed objective found one that is gone."""
    found = newest_definition(account, family)
    if found is None:
        raise CannotTell(f"the last ACTIVE revision of {family} was deregistered during the check")
    return found


def family_is_active(account: Account, family: str) -> Outcome:
    """The family has an ACTIVE revision; else the failure, with similar names."""
    found = newest_definition(account, family)
    if found:
        return Passed(f"{revision_name(found)} is ACTIVE", evidence="taskDefinition.[revision, status]")
    return Failed(
        found=f"no ACTIVE revision of {family} in {account.region}",
        expected=f"an ACTIVE revision of {family}",
        hint="Check the family name and the Region. A deregistered revision is INACTIVE.",
        near=account.nearby(family, family_names),
    )


def revision_name(found: TaskDefinitionTypeDef) -> str:
    """The family and revision number (`labs-web:3`)."""
    return f"{found['family']}:{found['revision']}"


def definition(account: Account, arn: str) -> TaskDefinitionTypeDef:
    """One revision by its ARN; a service may still run a revision that is INACTIVE by now."""
    return account.ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]


def family_names(account: Account) -> list[str]:
    """The names of all families that have an ACTIVE revision."""
    pages = account.ecs.get_paginator("list_task_definition_families").paginate(status="ACTIVE")
    return [family for page in pages for family in page["families"]]


def active_instances(account: Account, cluster: str) -> list[ContainerInstanceTypeDef]:
    """The ACTIVE container instances of a cluster on EC2, whether their agents are connected or not.

    An agent disconnects and reconnects several times an hour ("Container instance state change events" of the
    developer guide), so only an objective about an effect may ask for `connected_instances`.
    """
    return [each for each in registered_instances(account, cluster) if each["status"] == "ACTIVE"]


def connected_instances(account: Account, cluster: str) -> list[ContainerInstanceTypeDef]:
    """The ACTIVE container instances of a cluster on EC2 whose agents are connected now."""
    return [each for each in active_instances(account, cluster) if each["agentConnected"]]


def registered_instances(account: Account, cluster: str) -> list[ContainerInstanceTypeDef]:
    """The container instances of a cluster on EC2, in any status.

    Instances of ECS Anywhere are left out: they take no tasks of the other launch types.
    """
    found = container_instances(account, cluster)
    return [each for each in found if not each.get("ec2InstanceId", "").startswith(_ANYWHERE)]


_ANYWHERE = "mi-"
"""The prefix of the ids of instances that ECS Anywhere registers."""


def container_instances(account: Account, cluster: str) -> list[ContainerInstanceTypeDef]:
    """All container instances of a cluster, in any status, on EC2 or elsewhere."""
    pages = account.ecs.get_paginator("list_container_instances").paginate(cluster=cluster)
    arns = [arn for page in pages for arn in page["containerInstanceArns"]]
    return describe_instances(account, cluster, arns)


def describe_instances(account: Account, cluster: str, arns: Iterable[str]) -> list[ContainerInstanceTypeDef]:
    """Container instances by ARN; DescribeContainerInstances takes 100 in one call."""
    return [
        instance
        for some in batches(arns, 100)
        for instance in account.ecs.describe_container_instances(cluster=cluster, containerInstances=some)[
            "containerInstances"
        ]
    ]


def running_tasks(account: Account, cluster: str, service: str) -> list[TaskTypeDef]:
    """The tasks of a service that are running."""
    pages = account.ecs.get_paginator("list_tasks").paginate(
        cluster=cluster, serviceName=service, desiredStatus=_RUNNING
    )
    return running_of(account, cluster, [arn for page in pages for arn in page["taskArns"]])


def running_of(account: Account, cluster: str, arns: Iterable[str]) -> list[TaskTypeDef]:
    """Those of these tasks that are running now."""
    return [task for task in describe_tasks(account, cluster, arns) if task["lastStatus"] == "RUNNING"]


def all_tasks(account: Account, cluster: str) -> list[TaskTypeDef]:
    """The tasks of a cluster, including those that stopped within about the last hour."""
    list_tasks = account.ecs.get_paginator("list_tasks")
    pages = [list_tasks.paginate(cluster=cluster, desiredStatus=status) for status in (_RUNNING, _STOPPED)]
    return describe_tasks(account, cluster, [arn for page in chain(*pages) for arn in page["taskArns"]])


def describe_tasks(account: Account, cluster: str, arns: Iterable[str]) -> list[TaskTypeDef]:
    """Tasks by ARN; DescribeTasks takes 100 in one call."""
    return [
        task
        for some in batches(arns, 100)
        for task in account.ecs.describe_tasks(cluster=cluster, tasks=some)["tasks"]
    ]


_RUNNING: DesiredStatusType = "RUNNING"
_STOPPED: DesiredStatusType = "STOPPED"


def service_runs(account: Account, cluster: str, name: str, wanted: int, revision: str = "") -> Outcome:
    """The wanted number of tasks of the service are running; else its latest event, which gives the reason.

    Where a revision is given, by its ARN, those of another one do not count: a rolling update keeps them until the
    new ones run.
    """
    tasks = running_tasks(account, cluster, name)
    running = sum(not revision or task["taskDefinitionArn"] == revision for task in tasks)
    what = f"tasks of {revision.rpartition('/')[2]}" if revision else "tasks"
    if running >= wanted:
        return Passed(f"{running} of {wanted} {what} are running", evidence="tasks[].lastStatus")
    service = active_service(account, cluster, name)
    desired = service.get("desiredCount", wanted) if service else wanted
    events = service.get("events", []) if service else []
    why = f"; latest event: {events[0]['message']}" if events else ""
    hint = (
        "Read the service events and the stopped reason of a stopped task. AWS may also need another minute."
    )
    if desired < wanted:
        why = f"; desired count {desired}"
        hint = "The desired count is the number of tasks that the service keeps running."
    expected = f"{wanted} running {'task' if wanted == 1 else 'tasks'} of {name}"
    return Failed(f"{running} of {wanted} {what} are running{why}", expected, hint)
