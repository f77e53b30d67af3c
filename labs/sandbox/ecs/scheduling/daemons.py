"""DAEMON services: one task on each ACTIVE instance that meets the constraints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from labs.sandbox.ecs.launch.task_launch import FreeCapacity, start
from labs.sandbox.ecs.model.records import Instance, Service, Task
from labs.sandbox.ecs.model.state import Ecs
from labs.sandbox.ecs.placement.selection import ResourceRequest, Unplaced, lack_of
from labs.sandbox.ecs.scheduling.rollout import (
    admitted,
    launch_of,
    may_start,
    needs_of,
    note_attempt,
    stop_tasks,
)


def daemons(ecs: Ecs, service: Service) -> bool:
    """One step: stops tasks in the wrong place or of an old revision, then starts missing ones."""
    capacity, needs = FreeCapacity(ecs, service.cluster), needs_of(service)
    eligible = [
        service.cluster.instances[each.id]
        for each in capacity.hosts()
        if lack_of(each, _no_size(needs)) is None
    ]
    service.doc["desiredCount"] = len(eligible)
    kept = {instance.id: _kept(service, instance) for instance in eligible}
    wrong = [task for task in service.tasks() if task.wanted and task not in kept.values()]
    changed = stop_tasks(ecs, service, wrong)
    # An instance whose old task has still to stop gets its new one in a later step.
    free = [each for each in eligible if not any(task.service is service for task in each.tasks.values())]
    return _fill(ecs, service, capacity, needs, free) or changed


def _no_size(needs: ResourceRequest) -> ResourceRequest:
    """The requirements without resources, which decide whether an instance is eligible at all."""
    members = tuple(each for each in needs.constraints if each.type == "memberOf")
    return replace(needs, cpu=0, memory=0, gpus=0, ports=frozenset(), interfaces=0, constraints=members)


def _kept(service: Service, instance: Instance) -> Task | None:
    tasks = (task for task in instance.tasks.values() if task.deployment is service.primary and task.wanted)
    return next(tasks, None)


def _fill(
    ecs: Ecs, service: Service, capacity: FreeCapacity, needs: ResourceRequest, free: Sequence[Instance]
) -> bool:
    if not free or not may_start(ecs, service) or not admitted(ecs, service):
        return False
    started: list[Task] = []
    unplaced: Unplaced | None = None
    for instance in free[:1] if service.primary.failed else free:
        lacks = capacity.place_on(instance, needs)
        if lacks is None:
            started.append(start(ecs, launch_of(service, "EC2", None), instance))
        else:
            unplaced = lacks
    return note_attempt(ecs, service, started, unplaced)
