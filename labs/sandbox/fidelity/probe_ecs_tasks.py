"""Probes of what ECS tasks depend on: targets, images, roles, volumes and capacity providers."""

from __future__ import annotations

from functools import partial
from typing import Any

from labs.sandbox.fidelity.probe_ecs import configured_at_launch, strategy_kept
from labs.sandbox.fidelity.probes import FARGATE, TASKS, Bench, Probe, keys


def _split(bench: Bench) -> bool:
    strategy_kept(bench)
    used = [task.get("capacityProviderName") for task in bench.tasks()]
    return (used.count("FARGATE"), used.count("FARGATE_SPOT")) == (2, 3)


def _volumes(bench: Bench) -> bool:
    configured_at_launch(bench)
    created = [{"Name": "tag:AmazonECSCreated", "Values": [bench.tasks()[0]["taskArn"]]}]
    [volume] = bench.client("ec2").describe_volumes(Filters=created)["Volumes"]
    return bool(volume["Size"] == 20)


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
    return any("unable to assume the role" in each["message"] for each in bench.service()["events"])


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

_STOPPED = keys(_TASKS, "stoppedReason", "lastStatus")


PROBES = (
    Probe(
        "ecs.balancing.targets",
        "each task is a target on its own port",
        _targets,
        keys("elbv2:DescribeTargetHealth", "TargetHealthDescriptions"),
    ),
    Probe("ecs.pulls", "a task whose image cannot be pulled stops and says so", _pulls, _STOPPED),
    Probe(
        "ecs.roles",
        "no task starts whose role does not trust ECS, and an event says so",
        _roles,
        keys("ecs:DescribeServices", "events"),
    ),
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
"""Each is tried under names of its own."""
