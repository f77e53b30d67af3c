"""Starts a task on an instance or on Fargate, and stops it."""

from __future__ import annotations

from dataclasses import dataclass, field

from moto.moto_api._internal import mock_random

from labs.sandbox.ecs.launch.network import attach, subnet_exists, zone_of
from labs.sandbox.ecs.launch.provider_groups import group_instances
from labs.sandbox.ecs.model.documents import new_id, new_uuid, picked
from labs.sandbox.ecs.model.records import Cluster, Deployment, Doc, Instance, Tags, Task, TaskDefinition
from labs.sandbox.ecs.model.state import Ecs
from labs.sandbox.ecs.placement.resources import bind, host, size
from labs.sandbox.ecs.placement.selection import Host, ResourceRequest, Unplaced, choose_host, take
from labs.sandbox.world import clock

PLATFORM = "1.4.0"
"""The platform version that LATEST means for Fargate on Linux."""

FARGATE_STORAGE = 20
"""The default ephemeral storage of a task on Fargate, in GiB."""


@dataclass(frozen=True, slots=True)
class TaskLaunch:
    """The parameters of a task before it is launched.

    `request` is RunTask's, or the service's configuration: overrides, networkConfiguration and the like.
    `kind` is the launch type; `provider` the capacity provider, where a strategy chose one.
    """

    cluster: Cluster
    definition: TaskDefinition
    kind: str
    group: str
    request: Doc
    provider: str | None = None
    started_by: str = ""
    deployment: Deployment | None = None
    tags: Tags = field(default_factory=dict)


class FreeCapacity:
    """The free capacity of a cluster's instances, updated while several tasks are placed."""

    def __init__(self, ecs: Ecs, cluster: Cluster) -> None:
        self._ecs = ecs
        self._cluster = cluster
        active = (each for each in cluster.instances.values() if each.status == "ACTIVE")
        self._hosts: dict[str, Host] = {each.arn: host(each) for each in active}
        self._members: dict[str, frozenset[str]] = {}

    def place(self, needs: ResourceRequest, provider: str | None = None) -> Instance | Unplaced:
        """The instance for the task, which belongs to the capacity provider's group if one is given."""
        chosen = choose_host(needs, self.hosts(provider), mock_random)
        if isinstance(chosen, Unplaced):
            return chosen
        self._hosts[chosen.arn] = take(chosen, needs)
        return self._cluster.instances[chosen.id]

    def place_on(self, instance: Instance, needs: ResourceRequest) -> Unplaced | None:
        """Places the task on this instance, or raises what the instance lacks."""
        chosen = choose_host(needs, [self._hosts[instance.arn]], mock_random)
        if isinstance(chosen, Unplaced):
            return chosen
        self._hosts[chosen.arn] = take(chosen, needs)
        return None

    def hosts(self, provider: str | None = None) -> list[Host]:
        """The hosts with their current free capacity."""
        if provider is None:
            return list(self._hosts.values())
        if provider not in self._members:
            self._members[provider] = group_instances(self._ecs, self._ecs.providers[provider])
        members = self._members[provider]
        return [each for each in self._hosts.values() if each.instance_id in members]


def start(ecs: Ecs, launch: TaskLaunch, instance: Instance | None) -> Task:
    """Starts a task on the instance or on Fargate; without either, it waits for its capacity provider to scale out."""
    document = _document(ecs, launch, instance)
    task = Task(
        document,
        launch.cluster,
        launch.definition,
        None,
        launch.deployment,
        dict(launch.tags),
        launch.request,
    )
    launch.cluster.tasks[task.id] = ecs.moving[task.arn] = task
    if launch.deployment:
        launch.deployment.tasks[task.id] = task
    if launch.kind == "FARGATE":
        _on_fargate(ecs, task)
    elif instance:
        assign(ecs, task, instance)
    return task


def _document(ecs: Ecs, launch: TaskLaunch, instance: Instance | None) -> Doc:
    """The description of the task before it is placed."""
    arn = ecs.arn("task", launch.cluster.name, new_id())
    cpu, memory = size(launch.definition, launch.request.get("overrides") or {})
    document: Doc = {
        "attachments": [],
        "attributes": [{"name": "ecs.cpu-architecture", "value": _architecture(launch, instance)}],
        "clusterArn": launch.cluster.arn,
        "containers": [_container(ecs, launch, arn, each) for each in launch.definition.containers],
        "cpu": str(cpu),
        "createdAt": clock.now(),
        "desiredStatus": "RUNNING",
        "enableExecuteCommand": bool(launch.request.get("enableExecuteCommand")),
        "group": launch.group,
        "healthStatus": "UNKNOWN",
        "lastStatus": "PENDING" if _ready(launch, instance) else "PROVISIONING",
        "launchType": launch.kind,
        "memory": str(memory),
        "overrides": _overrides(launch),
        "taskArn": arn,
        "taskDefinitionArn": launch.definition.arn,
        "version": 1,
    }
    optional = {"startedBy": launch.started_by, "capacityProviderName": launch.provider}
    return document | {name: value for name, value in optional.items() if value}


def assign(ecs: Ecs, task: Task, instance: Instance) -> None:
    """Assigns a task to an instance, with ports, or with a network interface in a subnet of the instance's zone."""
    bindings = bind(task.definition, instance)
    for container in task.doc["containers"]:
        container["networkBindings"] = bindings[container["name"]]
    task.instance, task.since = instance, clock.now()
    instance.tasks[task.id] = task
    task.doc |= {"containerInstanceArn": instance.arn, "availabilityZone": instance.zone}
    configuration = _vpc(task)
    if configuration:
        subnets = [name for name in configuration["subnets"] if subnet_exists(ecs, name)]
        near = [name for name in subnets if zone_of(ecs, name) == instance.zone]
        for subnet in (near or subnets)[:1]:
            attach(ecs, task, subnet, configuration)


def stop(ecs: Ecs, task: Task, reason: str, code: str) -> None:
    """Sets the desired status STOPPED; the scheduler stops the task. The first reason is kept."""
    if not task.wanted:
        return
    task.doc |= {
        "desiredStatus": "STOPPED",
        "stoppedReason": reason,
        "stopCode": code,
        "stoppingAt": clock.now(),
    }
    ecs.moving[task.arn] = task


def platform(request: Doc) -> Doc:
    """The platform version and family on Fargate for a configuration, as responses show them."""
    wanted = request.get("platformVersion") or "LATEST"
    return {"platformVersion": PLATFORM if wanted == "LATEST" else wanted, "platformFamily": "Linux"}


def waits(task: Task) -> bool:
    """Whether the task waits for its capacity provider to scale out."""
    return task.wanted and task.instance is None and task.doc["launchType"] == "EC2"


def waiting(ecs: Ecs, provider: str) -> list[Task]:
    """The tasks for which a capacity provider has no instance yet."""
    return [
        task
        for task in ecs.moving.values()
        if waits(task) and task.doc.get("capacityProviderName") == provider
    ]


def _ready(launch: TaskLaunch, instance: Instance | None) -> bool:
    """Whether nothing has to be provisioned first, neither a network interface nor an instance."""
    return instance is not None and launch.definition.network_mode != "awsvpc"


def _vpc(task: Task) -> Doc | None:
    if task.definition.network_mode != "awsvpc":
        return None
    configuration: Doc | None = (task.request.get("networkConfiguration") or {}).get("awsvpcConfiguration")
    return configuration


def _on_fargate(ecs: Ecs, task: Task) -> None:
    """Chooses the subnet of the zone where the group has the fewest tasks, as Fargate spreads a service."""
    storage = task.definition.doc.get("ephemeralStorage") or {"sizeInGiB": FARGATE_STORAGE}
    task.doc |= {
        **platform(task.request),
        "ephemeralStorage": dict(storage),
        "fargateEphemeralStorage": dict(storage),
    }
    configuration = _vpc(task)
    assert configuration, "Fargate runs awsvpc only, which was checked"
    subnets = [name for name in configuration["subnets"] if subnet_exists(ecs, name)]
    if not subnets:
        return
    others = [
        other.doc.get("availabilityZone")
        for other in task.cluster.tasks.values()
        if other.group == task.group and other.wanted
    ]
    subnet = min(subnets, key=lambda name: others.count(zone_of(ecs, name)))
    task.doc["availabilityZone"] = zone_of(ecs, subnet)
    attach(ecs, task, subnet, configuration)


def _container(ecs: Ecs, launch: TaskLaunch, task: str, definition: Doc) -> Doc:
    names = ("cpu", "memory", "memoryReservation")
    changed: Doc = next(
        (
            each
            for each in (launch.request.get("overrides") or {}).get("containerOverrides") or ()
            if each.get("name") == definition["name"]
        ),
        {},
    )
    sizes = picked({**definition, **picked(changed, names)}, names)
    task_id = task.rpartition("/")[2]
    return {
        "containerArn": ecs.arn("container", launch.cluster.name, task_id, new_uuid()),
        "taskArn": task,
        "name": definition["name"],
        "image": definition["image"],
        "lastStatus": "PENDING",
        "healthStatus": "UNKNOWN",
        "networkBindings": [],
        "networkInterfaces": [],
        **{name: str(value) for name, value in sizes.items()},
    }


def _overrides(launch: TaskLaunch) -> Doc:
    given = launch.request.get("overrides") or {}
    named = {each.get("name"): each for each in given.get("containerOverrides") or ()}
    containers = [named.get(each["name"], {"name": each["name"]}) for each in launch.definition.containers]
    return {**given, "containerOverrides": containers, "inferenceAcceleratorOverrides": []}


def _architecture(launch: TaskLaunch, instance: Instance | None) -> str:
    if instance:
        return instance.attributes.get("ecs.cpu-architecture") or "x86_64"
    platform = launch.definition.doc.get("runtimePlatform") or {}
    return "arm64" if platform.get("cpuArchitecture") == "ARM64" else "x86_64"
