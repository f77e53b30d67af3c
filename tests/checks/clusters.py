"""Responses of ECS about a small cluster, in the order of a check's requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.checks.canned import Answer

ARN = "arn:aws:ecs:eu-west-1:123456789012:task-definition/labs:1"
ZONE, TYPE = "ecs.availability-zone", "ecs.instance-type"


def cluster(*, active: bool = True) -> list[Answer]:
    """The cluster; where it has gone, names that may have been meant are asked for."""
    if active:
        return [("describe_clusters", {"clusters": [{"status": "ACTIVE"}]})]
    gone: Answer = ("describe_clusters", {"clusters": [{"status": "INACTIVE"}]})
    return [gone, ("list_clusters", {"clusterArns": []})]


def service(**more: Any) -> Answer:
    """An ACTIVE service."""
    return "describe_services", {"services": [{"status": "ACTIVE", "taskDefinition": ARN, **more}]}


def hosts(**attributes: Mapping[str, str]) -> Answer:
    """Container instances by a short name, with these attributes; connected."""
    return "describe_container_instances", {
        "containerInstances": [_host(*each) for each in attributes.items()]
    }


def connected(**attributes: Mapping[str, str]) -> list[Answer]:
    """The same, listed and then described."""
    listed: Answer = ("list_container_instances", {"containerInstanceArns": list(attributes)})
    return [listed, hosts(**attributes)] if attributes else [listed]


def matching(*names: str) -> Answer:
    """The container instances that an expression selects."""
    return "list_container_instances", {"containerInstanceArns": list(names)}


def _host(name: str, attributes: Mapping[str, str]) -> dict[str, Any]:
    return {
        "containerInstanceArn": name,
        "ec2InstanceId": f"i-{name}",
        "status": "ACTIVE",
        "agentConnected": True,
        "attributes": [{"name": key, "value": value} for key, value in attributes.items()],
    }


def tasks(on: Sequence[str | None]) -> list[Answer]:
    """Running tasks on these container instances; on none where AWS keeps the host to itself."""
    arns = [f"task-{number}" for number in range(len(on))]
    running = [
        {"taskArn": arn, "lastStatus": "RUNNING", **({"containerInstanceArn": host} if host else {})}
        for arn, host in zip(arns, on, strict=True)
    ]
    listed: Answer = ("list_tasks", {"taskArns": arns})
    return [listed, ("describe_tasks", {"tasks": running})] if on else [listed]


def definition(cpu: int = 0, memory: int = 256, *ports: int, **more: Any) -> Answer:
    """A task definition with one container that takes these ports of its host."""
    mappings = [{"containerPort": 80, "hostPort": port} for port in ports]
    container = {"name": "app", "cpu": cpu, "memory": memory, "portMappings": mappings}
    found = {"taskDefinitionArn": ARN, "family": "labs", "revision": 1, "compatibilities": ["EC2"]}
    return "describe_task_definition", {
        "taskDefinition": {**found, "containerDefinitions": [container], **more}
    }
