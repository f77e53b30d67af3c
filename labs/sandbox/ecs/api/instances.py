"""Container instances: register (by agents or requests), list by query, drain, deregister."""

from __future__ import annotations

import json
import re
from typing import Any

from labs.sandbox.ec2.images import system_of
from labs.sandbox.ecs.api.handlers import answers
from labs.sandbox.ecs.launch.provider_groups import provider_of
from labs.sandbox.ecs.launch.task_launch import stop
from labs.sandbox.ecs.model.documents import (
    check_choice,
    check_length,
    new_id,
    paged,
    tag_list,
    tags_of,
    wants_tags,
)
from labs.sandbox.ecs.model.errors import client, invalid
from labs.sandbox.ecs.model.records import Cluster, Doc, Instance
from labs.sandbox.ecs.model.state import Ecs
from labs.sandbox.ecs.placement import query
from labs.sandbox.ecs.placement.resources import host, registered, remaining
from labs.sandbox.ecs.rules.requirements import EVERY_AGENT, TASK_ROLE, TASK_ROLE_HOST
from labs.sandbox.source import recorded
from labs.sandbox.world import clock
from labs.userdata import WINDOWS

AGENT_VERSION = "1.98.0"
_GRAVITON = re.compile(r"[a-z]+\d+g")
MAX_DESCRIBED_INSTANCES = 100
MAX_UPDATED_INSTANCES = 10


def register(
    ecs: Ecs,
    *,
    cluster: str,
    instance_id: str,
    cpu: int,
    memory: int,
    zone: str,
    instance_type: str,
    ami: str,
    attributes: dict[str, str | None],
    agent_version: str = AGENT_VERSION,
    gpus: int = 0,
) -> str:
    """Adds an EC2 instance to a cluster and returns the ARN; CPU units and MiB are those of the agent.

    The attributes that every agent of an ECS-optimized AMI reports are added; `attributes` are further ones, such as
    the capabilities for task roles. Raises ClusterNotFoundException.
    """
    into = ecs.cluster(cluster)
    facts = {"ecs.availability-zone": zone, "ecs.instance-type": instance_type, "ecs.ami-id": ami}
    instance = Instance(
        arn=ecs.arn("container-instance", into.name, new_id()),
        instance_id=instance_id,
        cpu=cpu,
        memory=memory,
        gpus=gpus,
        attributes={**_common(ecs, instance_id, instance_type), **facts, **attributes},
        agent_version=agent_version,
        registered_at=clock.now(),
    )
    into.instances[instance.id] = instance
    ecs.changes += 1
    return instance.arn


def set_connected(ecs: Ecs, arn: str, connected: bool) -> None:
    """Sets whether the agent of a container instance is connected."""
    instance = _anywhere(ecs, arn)[1]
    if instance.connected != connected:
        instance.connected = connected
        instance.version += 1
        ecs.changes += 1


def deregister(ecs: Ecs, arn: str, reason: str = "") -> None:
    """Deregisters a container instance; the tasks on it stop."""
    cluster, instance = _anywhere(ecs, arn)
    del cluster.instances[instance.id]
    instance.status, instance.connected = "INACTIVE", False
    for task in list(instance.tasks.values()):
        stop(
            ecs,
            task,
            reason or f"Host EC2 (instance {instance.instance_id}) terminated.",
            "TerminationNotice",
        )


@answers("RegisterContainerInstance", "moto gives every instance the same size, whatever its type")
def register_container_instance(ecs: Ecs, request: Doc) -> Doc:
    """Registers an EC2 instance, with the given resources or those of its type."""
    cluster = ecs.cluster(request.get("cluster"))
    document = json.loads(request.get("instanceIdentityDocument") or "{}")
    machine = ecs.ec2.get_instance_by_id(document.get("instanceId", ""))
    if machine is None:
        raise client("The instance identity document names no instance of this account in this region.")
    old = next((each for each in cluster.instances.values() if each.instance_id == machine.id), None)
    if old is None:
        cpu, memory = _size(machine, request.get("totalResources") or [])
        given = {each["name"]: each.get("value") for each in request.get("attributes") or []}
        arn = register(
            ecs,
            cluster=cluster.name,
            instance_id=machine.id,
            cpu=cpu,
            memory=memory,
            zone=machine.placement.zone,
            instance_type=machine.instance_type,
            ami=machine.image_id,
            attributes={TASK_ROLE: None, TASK_ROLE_HOST: None, **given},
            agent_version=(request.get("versionInfo") or {}).get("agentVersion", AGENT_VERSION),
        )
        old = ecs.instance(cluster, arn)
        old.tags.update(tags_of(request))
    return {"containerInstance": described(ecs, cluster, old, tags=True)}


@answers("DeregisterContainerInstance", "moto forgets the tasks of an instance that goes")
def deregister_container_instance(ecs: Ecs, request: Doc) -> Doc:
    """Deregisters an instance; one with tasks only with `force`."""
    cluster = ecs.cluster(request.get("cluster"))
    instance = ecs.instance(cluster, request["containerInstance"])
    if instance.tasks and not request.get("force"):
        raise invalid("Found running tasks on the instance.")
    deregister(ecs, instance.arn, "Container instance deregistration forced by user.")
    return {"containerInstance": described(ecs, cluster, instance, tags=True)}


@answers(
    "DescribeContainerInstances",
    "moto fails on a cluster without instances, and has no limit of 100",
    recorded("ecs:DescribeContainerInstances"),
)
def describe_container_instances(ecs: Ecs, request: Doc) -> Doc:
    """Container instances by id or ARN; a missing one is a failure with the reason MISSING."""
    cluster = ecs.cluster(request.get("cluster"))
    names = request.get("containerInstances") or []
    if not names:
        raise invalid("Container instance cannot be empty.")
    check_length("container instance names", names, MAX_DESCRIBED_INSTANCES)
    return _found(ecs, cluster, names, tags=wants_tags(request))


@answers(
    "ListContainerInstances",
    "moto ignores the filter and does not page",
    recorded("ecs:ListContainerInstances"),
)
def list_container_instances(ecs: Ecs, request: Doc) -> Doc:
    """The ARNs of instances with one status that match an expression of the cluster query language."""
    cluster = ecs.cluster(request.get("cluster"))
    status = request.get("status")
    check_choice(
        "status", status, ("ACTIVE", "DRAINING", "REGISTERING", "DEREGISTERING", "REGISTRATION_FAILED")
    )
    instances = [each for each in cluster.instances.values() if status in (None, each.status)]
    if request.get("filter"):
        try:
            expression = query.parse(request["filter"])
        except query.BadExpression as error:
            raise invalid(str(error)) from error
        instances = [each for each in instances if query.matches(expression, host(each))]
    return paged([each.arn for each in instances], request, "containerInstanceArns")


@answers("UpdateContainerInstancesState", "moto keeps the tasks of a draining instance where they are")
def update_container_instances_state(ecs: Ecs, request: Doc) -> Doc:
    """Sets instances to DRAINING, so that services move their tasks, or to ACTIVE."""
    cluster = ecs.cluster(request.get("cluster"))
    names = request.get("containerInstances") or []
    check_length("container instance names", names, MAX_UPDATED_INSTANCES)
    check_choice("status", request["status"], ("ACTIVE", "DRAINING"))
    for name in names:
        instance = ecs.find_instance(cluster, name)
        if instance and instance.status != request["status"]:
            instance.status = request["status"]
            instance.version += 1
    return _found(ecs, cluster, names, tags=True)


def described(ecs: Ecs, cluster: Cluster, instance: Instance, *, tags: bool) -> Doc:
    """A container instance as AWS describes it."""
    tasks = instance.tasks.values()
    document: Doc = {
        "containerInstanceArn": instance.arn,
        "ec2InstanceId": instance.instance_id,
        "version": instance.version,
        "versionInfo": {
            "agentVersion": instance.agent_version,
            "agentHash": "2bd1a3a5",
            "dockerVersion": "DockerVersion: 25.0.13",
        },
        "remainingResources": remaining(instance),
        "registeredResources": registered(instance),
        "status": instance.status,
        "agentConnected": instance.connected,
        "runningTasksCount": sum(task.status == "RUNNING" for task in tasks),
        "pendingTasksCount": sum(task.status == "PENDING" for task in tasks),
        "attributes": [attribute(name, value) for name, value in instance.attributes.items()],
        "registeredAt": instance.registered_at,
        "attachments": [],
        "tags": tag_list(instance.tags) if tags else [],
    }
    provider = provider_of(ecs, cluster, instance.instance_id)
    if provider:
        document["capacityProviderName"] = provider
    return document


def attribute(name: str, value: str | None) -> Doc:
    """An attribute as a document; a capability has no value."""
    return {"name": name} if value is None else {"name": name, "value": value}


def _found(ecs: Ecs, cluster: Cluster, names: list[str], *, tags: bool) -> Doc:
    found = [(name, ecs.find_instance(cluster, name)) for name in names]
    return {
        "containerInstances": [described(ecs, cluster, each, tags=tags) for _, each in found if each],
        "failures": ecs.missing("container-instance", found, cluster.name),
    }


def _anywhere(ecs: Ecs, arn: str) -> tuple[Cluster, Instance]:
    for cluster in ecs.clusters.values():
        instance = ecs.find_instance(cluster, arn)
        if instance:
            return cluster, instance
    raise client("The referenced container instance was not found.")


def _common(ecs: Ecs, instance_id: str, instance_type: str) -> dict[str, str | None]:
    """The attributes that every agent reports, with the instance's zone and subnet."""
    machine = ecs.ec2.get_instance_by_id(instance_id)
    common: dict[str, str | None] = dict.fromkeys(EVERY_AGENT)
    common |= {
        "ecs.os-type": "linux",
        "ecs.os-family": "LINUX",
        "ecs.cpu-architecture": "arm64" if _GRAVITON.match(instance_type) else "x86_64",
    }
    if machine is not None:
        common |= _windows(machine)
        common |= {"ecs.subnet-id": machine.subnet_id, "ecs.vpc-id": machine.vpc_id}
    return common


def _windows(machine: Any) -> dict[str, str | None]:
    """The capabilities that the agent reports on Windows instead of those on Linux."""
    image = machine.ec2_backend.amis.get(machine.image_id)
    if system_of(image) != WINDOWS:
        return {}
    year, _, edition = re.findall(r"Windows_Server-(\d+)-(\w+)-(\w+)-", image.name)[0]
    return {"ecs.os-type": "windows", "ecs.os-family": f"WINDOWS_SERVER_{year}_{edition.upper()}"}


def _size(machine: Any, resources: list[Doc]) -> tuple[int, int]:
    """The CPU units and MiB: the given ones, or those of the instance type."""
    from moto.ec2.models.instance_types import INSTANCE_TYPES

    given = {each["name"]: each.get("integerValue", 0) for each in resources}
    kind = INSTANCE_TYPES.get(machine.instance_type, {})
    cpu = kind.get("VCpuInfo", {}).get("DefaultVCpus", 2) * 1024
    memory = kind.get("MemoryInfo", {}).get("SizeInMiB", 4096)
    return given.get("CPU", cpu), given.get("MEMORY", memory)
