"""Brings a REPLICA service to its desired state: scaling, rollouts, draining.

Each function takes one step; the scheduler calls again until nothing changes.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from moto.moto_api._internal import mock_random

from labs.sandbox.ecs.api.services import stop_reason
from labs.sandbox.ecs.api.tasks import task_tags
from labs.sandbox.ecs.launch.provider_strategy import split, surplus
from labs.sandbox.ecs.launch.task_launch import FreeCapacity, TaskLaunch, start, stop
from labs.sandbox.ecs.launch.task_roles import inadmissible
from labs.sandbox.ecs.model.records import Deployment, Doc, Moment, Service, Task
from labs.sandbox.ecs.model.state import Ecs
from labs.sandbox.ecs.placement.resources import host, resource_request
from labs.sandbox.ecs.placement.selection import SERVICE_DEFAULT, Placed, ResourceRequest, Unplaced, to_stop
from labs.sandbox.ecs.rules.service_rules import kind_of
from labs.sandbox.world import clock, delays, settling

_REPORTED_AT_ONCE = 10
_FAILING = (
    "is unable to consistently start tasks successfully. For more information, see the Troubleshooting section "
    "of the Amazon ECS Developer Guide."
)


def replicas(ecs: Ecs, service: Service) -> bool:
    """Keeps the desired count of tasks of the newest deployment, within the deployment's percentages."""
    desired, configuration = service.doc["desiredCount"], service.doc["deploymentConfiguration"]
    live = [task for task in service.tasks() if task.wanted]
    fresh = [task for task in live if task.deployment is service.primary and not _leaving(task)]
    stale = [task for task in live if task.deployment is not service.primary or _leaving(task)]
    changed = False
    if stale:
        least = math.ceil(desired * configuration["minimumHealthyPercent"] / 100)
        changed = stop_tasks(ecs, service, _replaceable(live, stale, least))
    if len(fresh) > desired:
        return stop_tasks(ecs, service, _superfluous(service, fresh, len(fresh) - desired)) or changed
    most = max(desired, desired * configuration["maximumPercent"] // 100)
    return _start(ecs, service, fresh, min(desired - len(fresh), most - len(live))) or changed


def _leaving(task: Task) -> bool:
    return task.instance is not None and task.instance.status == "DRAINING"


def _replaceable(live: Sequence[Task], stale: Sequence[Task], least: int) -> list[Task]:
    """The old tasks that can be stopped now: those that do not run, and those above the minimum healthy percent."""
    running = [task for task in stale if task.status == "RUNNING"]
    idle = [task for task in stale if task.status != "RUNNING"]
    spare = sum(task.status == "RUNNING" for task in live) - least
    return [*idle, *running[: max(spare, 0)]]


def _superfluous(service: Service, fresh: Sequence[Task], count: int) -> list[Task]:
    """The tasks that a scale-in stops: first those that do not run yet, then by capacity provider and placement."""
    idle = [task for task in fresh if task.status != "RUNNING"][:count]
    running = [task for task in fresh if task.status == "RUNNING"]
    strategy: list[Doc] = service.doc.get("capacityProviderStrategy") or []
    if not strategy:
        return [*idle, *_least_missed(service, running, count - len(idle))]
    held = Counter(str(task.doc.get("capacityProviderName")) for task in running)
    quota: Counter[str] = Counter()
    for _ in range(count - len(idle)):
        name = surplus(strategy, held)
        held[name] -= 1
        quota[name] += 1
    chosen = idle
    for name, number in quota.items():
        of_provider = [task for task in running if task.doc.get("capacityProviderName") == name]
        chosen += _least_missed(service, of_provider, number)
    return chosen


def _least_missed(service: Service, tasks: list[Task], count: int) -> list[Task]:
    instances = {task.instance.arn: task.instance for task in tasks if task.instance}
    if not instances:
        return _from_fullest_zones(tasks, count)
    needs = needs_of(service)
    placed = [Placed(task.id, task.instance.arn, needs) for task in tasks if task.instance]
    hosts = [host(instance) for instance in instances.values()]
    chosen = to_stop(count, placed, hosts, needs.strategies, mock_random)
    return [service.cluster.tasks[each.task] for each in chosen]


def _from_fullest_zones(tasks: Sequence[Task], count: int) -> list[Task]:
    """The tasks to stop on Fargate: repeatedly the newest task of the zone with the most tasks."""
    left, chosen = list(tasks), []
    for _ in range(min(count, len(left))):
        zones = Counter(str(task.doc.get("availabilityZone")) for task in left)
        zone = max(zones, key=lambda name: zones[name])
        task = [each for each in left if str(each.doc.get("availabilityZone")) == zone][-1]
        left.remove(task)
        chosen.append(task)
    return chosen


def needs_of(service: Service, task_set: Deployment | None = None) -> ResourceRequest:
    """The resources and attributes that a task of the service, or of its task sets, needs of an instance."""
    deployment = task_set or service.primary
    return resource_request(
        deployment.definition, service.doc, f"service:{service.name}", SERVICE_DEFAULT, deployment
    )


def moment(ecs: Ecs) -> Moment:
    """The current counters of calls and changes."""
    return settling.mutations, ecs.changes


def breaker(service: Service) -> Doc:
    """The circuit breaker configuration of the service."""
    configuration: Doc = service.doc["deploymentConfiguration"]["deploymentCircuitBreaker"]
    return configuration


def may_start(ecs: Ecs, service: Service) -> bool:
    """Whether tasks can be started: not if nothing has changed since the last failure, when AWS backs off."""
    primary = service.primary
    if primary.doc["rolloutState"] == "FAILED" or service.unplaced == moment(ecs):
        return False
    if not primary.failed or breaker(service)["enable"]:
        return True
    return service.tried != settling.mutations or _may_retry(service)


def _may_retry(service: Service) -> bool:
    """Whether enough time has passed since the last attempt, in a realistic world."""
    return bool(delays.current.retry) and delays.has_passed(service.tried_at, delays.current.retry)


def admitted(ecs: Ecs, service: Service) -> bool:
    """Whether ECS can assume the roles of the service's tasks; if not, adds an event."""
    reason = inadmissible(ecs, service.primary.definition, service.primary.request)
    if reason is None:
        return True
    service.add_event(f"failed to launch a task with (error {reason}).")
    return False


def admitted_now(ecs: Ecs, service: Service) -> bool:
    """Whether a task can be started now; if failures prevent it, adds an event."""
    if not may_start(ecs, service):
        if service.primary.failed and service.primary.doc["rolloutState"] != "FAILED":
            service.add_event(_FAILING)
        return False
    return admitted(ecs, service)


def _start(ecs: Ecs, service: Service, fresh: Sequence[Task], missing: int) -> bool:
    """Starts the missing tasks, as far as they can be placed; after a failure, one at a time."""
    if missing <= 0 or not admitted_now(ecs, service):
        return False
    return start_tasks(ecs, service, fresh, 1 if service.primary.failed else missing)


def start_tasks(
    ecs: Ecs, service: Service, present: Iterable[Task], count: int, task_set: Deployment | None = None
) -> bool:
    """Starts additional tasks, on the capacity providers of the strategy. Returns whether any was started."""
    configured = task_set.request if task_set else service.doc
    strategy: list[Doc] = configured.get("capacityProviderStrategy") or []
    held = Counter(str(task.doc.get("capacityProviderName")) for task in present)
    providers: list[str | None] = [*split(strategy, held, count)] if strategy else [None] * count
    started, unplaced = _place(ecs, service, providers, task_set)
    return note_attempt(ecs, service, started, unplaced, "capacity provider" if strategy else "cluster")


def note_attempt(
    ecs: Ecs, service: Service, started: Sequence[Task], unplaced: Unplaced | None, within: str = "cluster"
) -> bool:
    """Records an attempt to start tasks, and adds its events. Returns whether any task was started."""
    service.tried, service.tried_at = settling.mutations, clock.now()
    add_task_events(service, "started", started)
    if unplaced:
        service.unplaced = moment(ecs)
        service.write(unplaced.event(service.name, within))
    return bool(started)


def _place(
    ecs: Ecs, service: Service, providers: Sequence[str | None], task_set: Deployment | None = None
) -> tuple[list[Task], Unplaced | None]:
    """Starts one task for each provider, until one cannot be placed."""
    configured = task_set.request if task_set else service.doc
    if kind_of(configured) == "FARGATE":
        launches = (launch_of(service, "FARGATE", provider, task_set) for provider in providers)
        return [start(ecs, launch, None) for launch in launches], None
    capacity, needs, started = FreeCapacity(ecs, service.cluster), needs_of(service, task_set), []
    for provider in providers:
        instance = capacity.place(needs, provider)
        if not isinstance(instance, Unplaced):
            started.append(start(ecs, launch_of(service, "EC2", provider, task_set), instance))
        elif provider and ecs.providers[provider].managed_scaling:
            started.append(start(ecs, launch_of(service, "EC2", provider, task_set), None))
        else:
            return started, instance
    return started, None


def launch_of(
    service: Service, kind: str, provider: str | None, task_set: Deployment | None = None
) -> TaskLaunch:
    """A task of a task set, or else of the service's newest deployment."""
    deployment = task_set or service.primary
    return TaskLaunch(
        cluster=service.cluster,
        definition=deployment.definition,
        kind=kind,
        group=f"service:{service.name}",
        request=deployment.request,
        provider=provider,
        started_by=deployment.id,
        deployment=deployment,
        tags=task_tags(service.cluster, deployment.definition, service.doc, service),
    )


def stop_tasks(ecs: Ecs, service: Service, tasks: Sequence[Task]) -> bool:
    """Stops tasks, and adds an event."""
    reason = stop_reason(service.primary)
    for task in tasks:
        stop(ecs, task, reason, "ServiceSchedulerInitiated")
    pending = [task for task in tasks if task.status in ("PROVISIONING", "PENDING")]
    if pending:
        service.add_event(f"stopped {len(pending)} pending tasks.")
    add_task_events(service, "stopped", [task for task in tasks if task not in pending])
    return bool(tasks)


def add_task_events(service: Service, did: str, tasks: Sequence[Task]) -> None:
    """Adds events with the tasks that the service has `started` or `stopped`, ten in each."""
    what = "running tasks" if did == "stopped" else "tasks"
    for first in range(0, len(tasks), _REPORTED_AT_ONCE):
        some = tasks[first : first + _REPORTED_AT_ONCE]
        names = " ".join(f"(task {task.id})" for task in some)
        service.add_event(f"has {did} {len(some)} {what}: {names}.")
