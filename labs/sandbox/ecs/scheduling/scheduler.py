"""The scheduler of ECS: advances tasks from status to status, and services to their desired state."""

from __future__ import annotations

from datetime import datetime, timedelta

from labs.sandbox import hooks
from labs.sandbox.ecs.launch.containers import end_awaited, identify
from labs.sandbox.ecs.launch.network import detach
from labs.sandbox.ecs.launch.task_launch import FreeCapacity, assign, stop, waits
from labs.sandbox.ecs.launch.task_roles import awaits_role
from labs.sandbox.ecs.model.records import Cluster, Task
from labs.sandbox.ecs.model.regions import regions
from labs.sandbox.ecs.model.state import Ecs
from labs.sandbox.ecs.placement.resources import resource_request
from labs.sandbox.ecs.placement.selection import SERVICE_DEFAULT, STANDALONE_DEFAULT, Unplaced
from labs.sandbox.ecs.scheduling.reconciliation import reconcile_service
from labs.sandbox.world import clock, delays, settling

STOPPED_TASK_RETENTION = timedelta(hours=1)
"""The time for which a stopped task can still be described."""

MAX_STEPS = 20_000
"""Maximum number of steps, more than the largest service needs to replace its tasks one by one."""


@hooks.reconcilers.add("ecs scheduler")
def schedule(account: str) -> bool:
    """Advances tasks, and services towards their desired state, in every Region of the account."""
    # Each region is to settle, whatever the others changed.
    return any([settling.attempt(f"ECS in {ecs.region}", _region, ecs) for ecs in regions(account)])  # noqa: C419


def _region(ecs: Ecs) -> bool:
    for done in range(MAX_STEPS):
        if not _round(ecs):
            return done > 0
    raise RuntimeError(f"the services of {ecs.account} in {ecs.region} did not settle in {MAX_STEPS} steps")


def _round(ecs: Ecs) -> bool:
    changed = _place_waiting(ecs)
    changed = advance(ecs) or changed
    for cluster in ecs.active_clusters():
        for service in cluster.services.values():
            step = settling.attempt(f"service {service.name}", reconcile_service, ecs, service)
            changed = step or changed
        if cluster.tasks:
            _forget_stopped(cluster)
    return changed


def advance(ecs: Ecs) -> bool:
    """Advances every task that is due. Returns whether any was."""
    if not ecs.moving:
        return False
    now, changed = clock.now(), False
    for task in list(ecs.moving.values()):
        while task.arn in ecs.moving and not _held(ecs, task, now):
            _step(ecs, task, now)
            changed = True
    return changed


def _held(ecs: Ecs, task: Task, now: datetime) -> bool:
    if waits(task) or now < _due(task):
        return True
    return task.wanted and task.status == "PENDING" and awaits_role(ecs, task)


def _due(task: Task) -> datetime:
    """The time at which the task leaves its current status."""
    current = delays.current
    if task.wanted:
        seconds = {"PROVISIONING": current.provisioning, "PENDING": current.pending}.get(task.status, 0)
        return task.since + timedelta(seconds=seconds)
    seconds = {
        "STOPPING": current.stopping,
        "DEPROVISIONING": current.stopping + current.deprovisioning,
    }.get(task.status, 0)
    stopping: datetime = task.doc["stoppingAt"]
    return stopping + timedelta(seconds=seconds)


def _step(ecs: Ecs, task: Task, now: datetime) -> None:
    """Advances a task by one status, at the time when it was due."""
    if not task.wanted:
        _wind_down(ecs, task, now)
    elif task.status == "PROVISIONING":
        task.since = _due(task)
        _become(task, "PENDING")
    elif task.status == "PENDING":
        _launch(ecs, task, _due(task))
    else:
        del ecs.moving[task.arn]


def _wind_down(ecs: Ecs, task: Task, now: datetime) -> None:
    """Advances a stopping task: stopping, and releasing its network interface, take time."""
    current = delays.current
    if task.status == "RUNNING" and current.stopping:
        _become(task, "STOPPING")
    elif task.status == "STOPPING" and current.deprovisioning and task.definition.network_mode == "awsvpc":
        _become(task, "DEPROVISIONING")
    else:
        _stopped(ecs, task, _due(task) if current.stopping else now)


def _launch(ecs: Ecs, task: Task, now: datetime) -> None:
    reasons = (check(ecs, task) for check in hooks.launch_checks)
    reason = next((each for each in reasons if each), None)
    task.doc["pullStartedAt"] = now
    if reason:
        _fail(ecs, task, reason)
        return
    task.doc |= {"pullStoppedAt": now, "startedAt": now, "connectivity": "CONNECTED", "connectivityAt": now}
    identify(task)
    _become(task, "RUNNING")
    end_awaited(task)
    _pass_health_checks(task)
    del ecs.moving[task.arn]
    if task.deployment:
        task.deployment.failed = 0
    for call in hooks.on_start:
        call(ecs, task)


def _pass_health_checks(task: Task) -> None:
    """Sets a task with health checks to HEALTHY; without one, its health is UNKNOWN."""
    for container in task.doc["containers"]:
        definition = task.definition.container(container["name"]) or {}
        if definition.get("healthCheck"):
            container["healthStatus"] = "HEALTHY"
            if definition["essential"]:
                task.doc["healthStatus"] = "HEALTHY"


def _fail(ecs: Ecs, task: Task, reason: str) -> None:
    """Stops a task that could not start, and counts the failure for its service."""
    for container in task.doc["containers"]:
        container["reason"] = reason
    if task.deployment:
        task.deployment.failed += 1
    stop(ecs, task, reason, "TaskFailedToStart")


def _stopped(ecs: Ecs, task: Task, now: datetime) -> None:
    started = "startedAt" in task.doc
    _become(task, "STOPPED")
    task.doc |= {"stoppedAt": now, "executionStoppedAt": now}
    for container in task.doc["containers"]:
        if started:
            # What a container that heeds SIGTERM leaves behind.
            container["exitCode"] = 0
    del ecs.moving[task.arn]
    for call in hooks.on_stop:
        call(ecs, task)
    detach(ecs, task)
    if task.instance:
        task.instance.tasks.pop(task.id, None)
    if task.deployment:
        task.deployment.tasks.pop(task.id, None)
    if task.doc["stopCode"] != "TaskFailedToStart":
        ecs.changes += 1


def _become(task: Task, status: str) -> None:
    task.doc["lastStatus"] = status
    task.doc["version"] += 1
    for container in task.doc["containers"]:
        if container["lastStatus"] != "STOPPED":
            container["lastStatus"] = status if status != "PROVISIONING" else "PENDING"


def _place_waiting(ecs: Ecs) -> bool:
    """Places the tasks that wait for instances of a capacity provider."""
    tasks = [task for task in ecs.moving.values() if waits(task)]
    capacities: dict[str, FreeCapacity] = {}
    placed = False
    for task in tasks:
        capacity = capacities.setdefault(task.cluster.name, FreeCapacity(ecs, task.cluster))
        service = task.service
        default = SERVICE_DEFAULT if service else STANDALONE_DEFAULT
        request = service.doc if service else task.request
        needs = resource_request(task.definition, request, task.group, default, task.deployment)
        instance = capacity.place(needs, task.doc.get("capacityProviderName"))
        if not isinstance(instance, Unplaced):
            assign(ecs, task, instance)
            placed = True
    return placed


def _forget_stopped(cluster: Cluster) -> None:
    old = clock.now() - STOPPED_TASK_RETENTION
    gone = [key for key, task in cluster.tasks.items() if task.doc.get("stoppedAt", old) < old]
    for key in gone:
        del cluster.tasks[key]


@hooks.before_answer.add("due tasks")
def _catch_up(ecs: Ecs) -> None:
    """Carries out due steps before a request reads their results."""
    advance(ecs)
