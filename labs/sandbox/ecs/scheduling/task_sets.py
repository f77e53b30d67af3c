"""Scales the task sets of a service with an external deployment controller."""

from __future__ import annotations

from labs.sandbox.ecs.api.deployments import counts, desired_in
from labs.sandbox.ecs.api.services import stop_reason
from labs.sandbox.ecs.launch.task_launch import stop
from labs.sandbox.ecs.model.records import Deployment, Service
from labs.sandbox.ecs.model.state import Ecs
from labs.sandbox.ecs.scheduling.rollout import add_task_events, moment, start_tasks
from labs.sandbox.world import clock, settling


def scale_task_sets(ecs: Ecs, service: Service) -> bool:
    """Takes one step for each task set; a draining one is removed with its last task."""
    changed = [_scale(ecs, service, each) for each in service.task_sets]
    gone = [each for each in service.task_sets if each.doc["status"] == "DRAINING" and not each.tasks]
    for task_set in gone:
        service.task_sets.remove(task_set)
    return any(changed) or bool(gone)


def _scale(ecs: Ecs, service: Service, task_set: Deployment) -> bool:
    tasks = [task for task in task_set.tasks.values() if task.wanted]
    wanted = desired_in(task_set) if task_set.doc["status"] != "DRAINING" else 0
    for task in tasks[wanted:]:
        stop(ecs, task, stop_reason(task_set), "ServiceSchedulerInitiated")
    add_task_events(service, "stopped", tasks[wanted:])
    started = _start(ecs, service, task_set, wanted - len(tasks))
    return _settle(task_set, wanted) or started or len(tasks) > wanted


def _start(ecs: Ecs, service: Service, task_set: Deployment, missing: int) -> bool:
    """Starts missing tasks, unless nothing has changed since they could not be placed or started."""
    tried = task_set.failed and service.tried == settling.mutations
    if missing <= 0 or tried or service.unplaced == moment(ecs):
        return False
    return start_tasks(ecs, service, task_set.tasks.values(), missing, task_set)


def _settle(task_set: Deployment, wanted: int) -> bool:
    """Sets the stability status of a task set: stable if exactly the wanted tasks run."""
    status = "STEADY_STATE" if counts(task_set) == (wanted, 0) else "STABILIZING"
    if status == task_set.doc["stabilityStatus"]:
        return False
    task_set.doc |= {"stabilityStatus": status, "stabilityStatusAt": clock.now()}
    return True
