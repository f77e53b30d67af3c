"""Availability Zone rebalancing: distributes the tasks of a steady service on instances evenly across zones.

AWS "looks at the number of tasks running in each Availability Zone" once the service is steady, starts tasks where
the fewest are and stops them where most are (developer guide, service-rebalancing.html). Here one task comes at a
time; it is one too many, so the scale-in that follows takes one from the fullest zone. On Fargate, where no zone
lacks room, tasks are spread when they start.
"""

from __future__ import annotations

from collections import Counter

from moto.moto_api._internal import mock_random

from labs.sandbox.ecs.launch.task_launch import FreeCapacity, start
from labs.sandbox.ecs.model.records import Service, Task
from labs.sandbox.ecs.model.state import Ecs
from labs.sandbox.ecs.placement.selection import Unplaced, choose_host
from labs.sandbox.ecs.rules.service_rules import kind_of
from labs.sandbox.ecs.scheduling.rollout import launch_of, may_start, needs_of


def rebalance(ecs: Ecs, service: Service) -> bool:
    """Starts a task in the zone that has two fewer than the fullest one, if an instance there can take it."""
    if not _may(ecs, service):
        return False
    tasks = [task for task in service.tasks() if task.instance]
    active = {each.zone for each in service.cluster.instances.values() if each.status == "ACTIVE"}
    zones = Counter(dict.fromkeys(active, 0))
    zones.update(str(task.doc["availabilityZone"]) for task in tasks)
    short = sorted((zone for zone in active if max(zones.values()) - zones[zone] > 1), key=zones.__getitem__)
    return any(_start_in(ecs, service, zone, _fullest(tasks, zones), zones) for zone in short)


def _may(ecs: Ecs, service: Service) -> bool:
    """Whether rebalancing is enabled, the service is steady, and the deployment configuration allows one more task."""
    desired = service.doc["desiredCount"]
    capacity = desired * service.doc["deploymentConfiguration"]["maximumPercent"] // 100 > desired
    on = service.doc["availabilityZoneRebalancing"] == "ENABLED" and kind_of(service.doc) != "FARGATE"
    return on and capacity and service.steady and may_start(ecs, service)


def _fullest(tasks: list[Task], zones: Counter[str]) -> Task:
    """A task of the zone with the most tasks."""
    return max(tasks, key=lambda task: zones[str(task.doc["availabilityZone"])])


def _start_in(ecs: Ecs, service: Service, zone: str, leaving: Task, zones: Counter[str]) -> bool:
    """Starts a task in the zone, with the capacity provider of the leaving one. Returns False if there is no room."""
    provider = leaving.doc.get("capacityProviderName")
    instances = service.cluster.instances
    hosts = [
        each for each in FreeCapacity(ecs, service.cluster).hosts(provider) if instances[each.id].zone == zone
    ]
    host = choose_host(needs_of(service), hosts, mock_random)
    if isinstance(host, Unplaced):
        return False
    balance = ", ".join(f"{count} tasks in {name}" for name, count in sorted(zones.items()))
    service.add_event(f"is not AZ balanced with {balance}. AZ Rebalancing in progress.")
    task = start(ecs, launch_of(service, "EC2", provider), instances[host.id])
    service.write(f"{service.name} has started 1 tasks in {zone} to AZ Rebalance: {task.id}.")
    return True
