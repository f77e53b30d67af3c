"""Registers each running task of a service with the service's target groups, and deregisters it when it stops.

A task in bridge or host mode is reached at its instance, on the host port that it was given; a task in awsvpc mode
at its own address, on the container's port (developer guide, "Use load balancing to distribute Amazon ECS service
traffic"). Events say how many targets came and went, in the words of answers of AWS that others published.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from labs.sandbox import hooks
from labs.sandbox.ecs.model.records import Doc, Service, Task
from labs.sandbox.ecs.model.state import Ecs
from labs.sandbox.elb_patches import Address, key

_COUNT = re.compile(r"(?<=registered )\d+(?= targets)|(?<=draining connections on )\d+(?= tasks)")


@hooks.on_start.add("targets")
def register(ecs: Ecs, task: Task) -> None:
    """Registers a started task with each target group of its service."""
    for group, address in _targets(ecs, task):
        group.targets[key(address)] = {"Id": address[0], "Port": address[1]}
        if task.service:
            _count(
                task.service,
                f"(service {task.service.name}) registered 1 targets in (target-group {group.arn})",
            )


@hooks.on_stop.add("targets")
def deregister(ecs: Ecs, task: Task) -> None:
    """Deregisters a stopped task."""
    gone = [group.arn for group, address in _targets(ecs, task) if group.targets.pop(key(address), None)]
    if gone and task.service and task.deployment:
        name = task.service.name
        for arn in gone:
            _count(task.service, f"(service {name}) deregistered 1 targets in (target-group {arn})")
        _count(
            task.service,
            f"(service {name}, taskSet {task.deployment.id}) has begun draining connections on 1 tasks.",
        )


def _count(service: Service, message: str) -> None:
    """Adds an event about one target, or adds the target to the newest event of this kind."""
    for event in service.events:
        told = _COUNT.search(event["message"])
        if told is None:
            break
        if _COUNT.sub("1", event["message"]) == message:
            event["message"] = _COUNT.sub(str(int(told[0]) + 1), message)
            return
    before = service.events[0]["id"] if service.events else ""
    # No random number is drawn: what saved worlds drew after it would become another.
    service.record(message, str(uuid5(NAMESPACE_URL, f"{service.arn} {before} {message}")))


def _targets(ecs: Ecs, task: Task) -> Iterator[tuple[Any, Address]]:
    """The target groups that still exist, each with the address of the task."""
    groups = ecs.elbv2.target_groups
    for balancer in task.deployment.request.get("loadBalancers") or () if task.deployment else ():
        group, address = groups.get(balancer.get("targetGroupArn")), _address(task, balancer)
        if group is not None and address is not None:
            yield group, address


def _address(task: Task, balancer: Doc) -> Address | None:
    """The address of a task for a load balancer; None if it has no such port."""
    name, port = balancer["containerName"], int(balancer["containerPort"])
    container = next((one for one in task.doc["containers"] if one["name"] == name), None)
    if container is None:
        return None
    if task.definition.network_mode == "awsvpc":
        return next(((one["privateIpv4Address"], port) for one in container["networkInterfaces"]), None)
    ports = [one["hostPort"] for one in container["networkBindings"] if one["containerPort"] == port]
    return (task.instance.instance_id, ports[0]) if ports and task.instance else None
