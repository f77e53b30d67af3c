"""Probes of ECS: the fields that a service keeps, and what becomes of services, tasks and instances."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from labs.sandbox.fidelity.probes import ECS, FARGATE, TASKS, Bench, Doc, Probe, allow, keys

_KEPT: Doc = {
    "placementStrategy": [{"type": "binpack", "field": "memory"}],
    "placementConstraints": [{"type": "memberOf", "expression": "attribute:ecs.instance-type == t3.small"}],
    "desiredCount": 2,
    "launchType": "EC2",
    "schedulingStrategy": "REPLICA",
    "healthCheckGracePeriodSeconds": 30,
    "enableECSManagedTags": True,
    "availabilityZoneRebalancing": "DISABLED",
    "propagateTags": "SERVICE",
}
"""Fields of CreateService that DescribeServices answers as they were given."""


def _kept(name: str, bench: Bench) -> bool:
    bench.define()
    return bool(bench.serve(**{"count": 0, **_renamed(name)}).get(name) == _KEPT[name])


def _renamed(name: str) -> Doc:
    return {"count" if name == "desiredCount" else name: _KEPT[name]}


def _network(bench: Bench) -> bool:
    found = bench.serve_on_fargate()["networkConfiguration"]["awsvpcConfiguration"]
    given = bench.network["awsvpcConfiguration"]
    return all(found[name] == given[name] for name in given)


def _strategy(bench: Bench) -> bool:
    bench.define(**FARGATE)
    bench.client("ecs").put_cluster_capacity_providers(
        cluster=bench.cluster,
        capacityProviders=["FARGATE", "FARGATE_SPOT"],
        defaultCapacityProviderStrategy=[],
    )
    wanted = [
        {"capacityProvider": "FARGATE", "weight": 1, "base": 1},
        {"capacityProvider": "FARGATE_SPOT", "weight": 3, "base": 0},
    ]
    found = bench.serve(5, capacityProviderStrategy=wanted, networkConfiguration=bench.network)
    return bool(found.get("capacityProviderStrategy") == wanted)


def _split(bench: Bench) -> bool:
    _strategy(bench)
    used = [task.get("capacityProviderName") for task in bench.tasks()]
    return (used.count("FARGATE"), used.count("FARGATE_SPOT")) == (2, 3)


def _deployment_configuration(bench: Bench) -> bool:
    bench.define()
    wanted = {"minimumHealthyPercent": 50, "maximumPercent": 150}
    found: Doc = bench.serve(0, deploymentConfiguration=wanted).get("deploymentConfiguration") or {}
    return wanted.items() <= found.items()


def _configured_at_launch(bench: Bench) -> Doc:
    role = bench.role(ECS, allow("ec2:*"))
    bench.define(volumes=[{"name": "data", "configuredAtLaunch": True}], **FARGATE)
    volume = {"name": "data", "managedEBSVolume": {"roleArn": role, "sizeInGiB": 20}}
    return bench.serve_on_fargate(taskDefinition=bench.name, volumeConfigurations=[volume])


def _volume_configurations(bench: Bench) -> bool:
    return bool(_configured_at_launch(bench)["deployments"][0].get("volumeConfigurations"))


def _volumes(bench: Bench) -> bool:
    _configured_at_launch(bench)
    created = [{"Name": "tag:AmazonECSCreated", "Values": [bench.tasks()[0]["taskArn"]]}]
    [volume] = bench.client("ec2").describe_volumes(Filters=created)["Volumes"]
    return bool(volume["Size"] == 20)


def _runs(bench: Bench) -> bool:
    found = bench.serve_on_fargate(2)
    return bool(found["runningCount"] == 2 and len(bench.tasks(serviceName=bench.name)) == 2)


def _events(bench: Bench) -> bool:
    found = bench.serve_on_fargate()
    return any("has reached a steady state" in each["message"] for each in found["events"])


def _completes(bench: Bench) -> bool:
    return bool(bench.serve_on_fargate()["deployments"][0]["rolloutState"] == "COMPLETED")


def _rolls(bench: Bench) -> bool:
    bench.serve_on_fargate()
    revision = bench.define(**FARGATE)
    bench.client("ecs").update_service(cluster=bench.cluster, service=bench.name, taskDefinition=revision)
    return all(task["taskDefinitionArn"].endswith(revision) for task in bench.tasks()) and bool(bench.tasks())


def _task_details(bench: Bench) -> bool:
    bench.serve_on_fargate()
    [task] = bench.tasks()
    return {"availabilityZone", "cpu", "memory", "startedAt", "attachments"} <= task.keys()


def _definition(bench: Bench) -> bool:
    bench.define(container={"readonlyRootFilesystem": True, "mountPoints": []})
    answer = bench.client("ecs").describe_task_definition(taskDefinition=bench.name)["taskDefinition"]
    families = bench.client("ecs").list_task_definition_families(familyPrefix=bench.name)["families"]
    return bool(answer["containerDefinitions"][0]["readonlyRootFilesystem"] and families == [bench.name])


def _newest_active(bench: Bench) -> bool:
    ecs, _, second = bench.client("ecs"), bench.define(), bench.define()
    ecs.deregister_task_definition(taskDefinition=second)
    return bool(ecs.describe_task_definition(taskDefinition=bench.name)["taskDefinition"]["revision"] == 1)


def _fargate_sizes(bench: Bench) -> bool:
    return bench.refuses(partial(bench.define, **{**FARGATE, "memory": "4096"}))


def _registers(bench: Bench) -> bool:
    host = bench.boot()
    [found] = bench.instances()
    return bool(found["ec2InstanceId"] == host and found["agentConnected"])


def _capability(bench: Bench) -> bool:
    bench.boot()
    [found] = bench.instances()
    names = {each["name"] for each in found["attributes"]}
    return {"com.amazonaws.ecs.capability.task-iam-role", "ecs.instance-type"} <= names


def _own_size(bench: Bench) -> bool:
    bench.boot()
    [found] = bench.instances()
    sizes: dict[str, int] = {
        each["name"]: each.get("integerValue", 0) for each in found["registeredResources"]
    }
    return 1024 < sizes["MEMORY"] < 2048


def _cluster_counts(bench: Bench) -> bool:
    bench.serve_on_fargate()
    [found] = bench.client("ecs").describe_clusters(clusters=[bench.cluster])["clusters"]
    return bool((found["activeServicesCount"], found["runningTasksCount"]) == (1, 1))


def _listed(bench: Bench) -> bool:
    found, ecs = bench.serve_on_fargate(0), bench.client("ecs")
    services = ecs.list_services(cluster=bench.cluster)["serviceArns"]
    return bool(
        services == [found["serviceArn"]] and found["clusterArn"] in ecs.list_clusters()["clusterArns"]
    )


def _cannot_place(bench: Bench) -> bool:
    bench.define()
    found = bench.serve()
    return any("unable to place a task" in each["message"] for each in found["events"])


def _constrained(bench: Bench) -> bool:
    bench.boot()
    bench.define()
    found = bench.serve(2, placementConstraints=[{"type": "distinctInstance"}])
    return bool(found["runningCount"] == 1)


def _ports(bench: Bench) -> bool:
    bench.boot()
    bench.define(container={"portMappings": [{"containerPort": 80, "hostPort": 0}]})
    bench.serve(2)
    bound = {task["containers"][0]["networkBindings"][0]["hostPort"] for task in bench.tasks()}
    return len(bound) == 2 and min(bound) > 1023


def _targets(bench: Bench) -> bool:
    bench.boot()
    bench.define(container={"portMappings": [{"containerPort": 80, "hostPort": 0}]})
    group = bench.target_group()
    balancer = {"targetGroupArn": group, "containerName": "web", "containerPort": 80}
    bench.serve(2, loadBalancers=[balancer])
    health = bench.client("elbv2").describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    return len({each["Target"]["Port"] for each in health}) == 2


def _pulls(bench: Bench) -> bool:
    made = bench.client("ecr").create_repository(repositoryName=bench.name)["repository"]
    role = bench.role(TASKS)
    container = {"image": f"{made['repositoryUri']}:latest"}
    bench.define(container=container, executionRoleArn=role, **FARGATE)
    bench.serve_on_fargate(taskDefinition=bench.name)
    return any("CannotPullContainerError" in task["stoppedReason"] for task in bench.tasks("STOPPED"))


def _roles(bench: Bench) -> bool:
    bench.define(taskRoleArn=bench.role("lambda.amazonaws.com"), **FARGATE)
    bench.serve_on_fargate(taskDefinition=bench.name)
    return any("unable to assume the role" in task["stoppedReason"] for task in bench.tasks("STOPPED"))


def _files(bench: Bench, *, mounted: bool = False) -> bool:
    efs = bench.client("efs")
    system = efs.create_file_system(CreationToken=bench.name)["FileSystemId"]
    if mounted:
        efs.create_mount_target(FileSystemId=system, SubnetId=bench.subnets[0], SecurityGroups=[bench.group])
    volume = {"name": "data", "efsVolumeConfiguration": {"fileSystemId": system}}
    bench.define(volumes=[volume], **FARGATE)
    bench.serve_on_fargate(taskDefinition=bench.name)
    wanted = "Connection timed out" if mounted else "Failed to resolve"
    return any(wanted in task["stoppedReason"] for task in bench.tasks("STOPPED"))


def _provider(bench: Bench) -> Any:
    group = bench.scaling_group()
    provider = {"autoScalingGroupArn": group, "managedScaling": {"status": "ENABLED", "targetCapacity": 100}}
    name = f"p-{bench.name}"
    return bench.client("ecs").create_capacity_provider(name=name, autoScalingGroupProvider=provider)


def _provider_kept(bench: Bench) -> bool:
    name = _provider(bench)["capacityProvider"]["name"]
    [found] = bench.client("ecs").describe_capacity_providers(capacityProviders=[name])["capacityProviders"]
    return bool(found["autoScalingGroupProvider"]["managedScaling"]["status"] == "ENABLED")


def _provider_tags(bench: Bench) -> bool:
    _provider(bench)
    return "AmazonECSManaged" in {tag["Key"] for tag in bench.groups()[0]["Tags"]}


def _provider_grows(bench: Bench) -> bool:
    name = _provider(bench)["capacityProvider"]["name"]
    bench.client("ecs").put_cluster_capacity_providers(
        cluster=bench.cluster, capacityProviders=[name], defaultCapacityProviderStrategy=[]
    )
    bench.define()
    bench.serve(1, capacityProviderStrategy=[{"capacityProvider": name, "weight": 1}])
    return bool(bench.groups()[0]["DesiredCapacity"] == 1)


_SERVICES, _TASKS = "ecs:DescribeServices", "ecs:DescribeTasks"
_PLACED = keys(_TASKS, "containerInstanceArn", "availabilityZone")
_STOPPED = keys(_TASKS, "stoppedReason", "lastStatus")


def _service_keeps(name: str, run: Callable[[Bench], bool]) -> Probe:
    return Probe(f"ecs.service.{name}", f"a service keeps its {name}", run, keys(_SERVICES, name))


PROBES = (
    *(_service_keeps(name, partial(_kept, name)) for name in _KEPT),
    _service_keeps("networkConfiguration", _network),
    _service_keeps("capacityProviderStrategy", _strategy),
    _service_keeps("deploymentConfiguration", _deployment_configuration),
    Probe(
        "ecs.service.volumeConfigurations",
        "a deployment keeps its volumeConfigurations",
        _volume_configurations,
        keys(_SERVICES, "volumeConfigurations"),
    ),
    Probe(
        "ecs.service.tasks",
        "a service reaches its desired count, and its tasks are listed",
        _runs,
        (
            *keys(_SERVICES, "runningCount", "pendingCount"),
            *keys("ecs:ListTasks", "taskArns"),
            *keys(_TASKS, "tasks"),
        ),
    ),
    Probe("ecs.service.events", "a service tells what it does", _events, keys(_SERVICES, "events")),
    Probe("ecs.service.deployments", "a deployment completes", _completes, keys(_SERVICES, "rolloutState")),
    Probe(
        "ecs.service.rolls",
        "a new revision replaces the tasks of the old one",
        _rolls,
        keys(_TASKS, "taskDefinitionArn"),
    ),
    Probe(
        "ecs.service.unplaced",
        "a service says why it cannot place a task",
        _cannot_place,
        keys(_SERVICES, "events"),
    ),
    Probe(
        "ecs.task.details",
        "a task shows its zone, sizes, times and network",
        _task_details,
        keys(_TASKS, "availabilityZone", "cpu", "memory", "createdAt", "startedAt", "attachments"),
    ),
    Probe(
        "ecs.task-definition.fields",
        "a task definition keeps its fields, and its family is listed",
        _definition,
        (
            *keys("ecs:DescribeTaskDefinition", "containerDefinitions"),
            *keys("ecs:ListTaskDefinitionFamilies", "families"),
        ),
    ),
    Probe(
        "ecs.task-definition.newest",
        "a family stands for its newest ACTIVE revision",
        _newest_active,
        keys("ecs:DescribeTaskDefinition", "status"),
    ),
    Probe("ecs.task-definition.fargate", "sizes that Fargate does not have are refused", _fargate_sizes),
    Probe(
        "ecs.cluster.counts",
        "a cluster counts its services and tasks",
        _cluster_counts,
        keys("ecs:DescribeClusters", "activeServicesCount", "runningTasksCount", "pendingTasksCount"),
    ),
    Probe(
        "ecs.cluster.lists",
        "clusters and their services are listed",
        _listed,
        (*keys("ecs:ListClusters", "clusterArns"), *keys("ecs:ListServices", "serviceArns")),
    ),
    Probe(
        "ecs.agent.registers",
        "an instance that boots with the agent registers itself",
        _registers,
        (
            *keys("ecs:DescribeClusters", "registeredContainerInstancesCount"),
            *keys("ecs:ListContainerInstances", "containerInstanceArns"),
            *keys("ecs:DescribeContainerInstances", "containerInstances"),
        ),
    ),
    Probe(
        "ecs.agent.capabilities",
        "an agent reports its attributes",
        _capability,
        keys("ecs:DescribeContainerInstances", "attributes"),
    ),
    Probe(
        "ecs.agent.size",
        "a container instance has the size of its type",
        _own_size,
        keys("ecs:DescribeContainerInstances", "registeredResources", "remainingResources"),
    ),
    Probe("ecs.placement.constraints", "placement constraints hold", _constrained, _PLACED),
    Probe(
        "ecs.placement.ports", "tasks get host ports of their own", _ports, keys(_TASKS, "networkBindings")
    ),
    Probe(
        "ecs.balancing.targets",
        "each task is a target on its own port",
        _targets,
        keys("elbv2:DescribeTargetHealth", "TargetHealthDescriptions"),
    ),
    Probe("ecs.pulls", "a task whose image cannot be pulled stops and says so", _pulls, _STOPPED),
    Probe("ecs.roles", "a task whose role does not trust ECS stops and says so", _roles, _STOPPED),
    Probe(
        "ecs.volumes.ebs",
        "each task gets the EBS volume that is configured at launch",
        _volumes,
        keys("ec2:DescribeVolumes", "Volumes"),
    ),
    Probe(
        "ecs.volumes.efs",
        "a task whose file system has no mount target stops and says so",
        _files,
        _STOPPED,
    ),
    Probe(
        "ecs.volumes.efs-groups",
        "a mount target's security groups decide",
        partial(_files, mounted=True),
        _STOPPED,
    ),
    Probe(
        "ecs.capacity.split",
        "base and weight divide the tasks between capacity providers",
        _split,
        keys(_TASKS, "capacityProviderName"),
    ),
    Probe(
        "ecs.capacity.provider",
        "a capacity provider keeps its settings",
        _provider_kept,
        keys("ecs:DescribeCapacityProviders", "autoScalingGroupProvider"),
    ),
    Probe(
        "ecs.capacity.tag",
        "a capacity provider tags its group",
        _provider_tags,
        keys("autoscaling:DescribeAutoScalingGroups", "Tags"),
    ),
    Probe(
        "ecs.capacity.managed-scaling",
        "a capacity provider grows its group for tasks that wait",
        _provider_grows,
        keys("autoscaling:DescribeAutoScalingGroups", "DesiredCapacity", "Instances"),
    ),
)
"""Each is tried in a world of its own, or under names of its own."""
