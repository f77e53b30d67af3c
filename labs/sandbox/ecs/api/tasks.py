"""RunTask, StartTask, StopTask, DescribeTasks and ListTasks."""

from __future__ import annotations

from collections.abc import Iterator

from labs.sandbox.ecs.api.handlers import answers
from labs.sandbox.ecs.launch.network import check_network
from labs.sandbox.ecs.launch.provider_strategy import split
from labs.sandbox.ecs.launch.task_launch import FreeCapacity, TaskLaunch, start, stop
from labs.sandbox.ecs.launch.task_roles import inadmissible
from labs.sandbox.ecs.model.documents import check_choice, check_length, paged, tag_list, tags_of, wants_tags
from labs.sandbox.ecs.model.errors import client, invalid
from labs.sandbox.ecs.model.records import Cluster, Doc, Service, Tags, Task, TaskDefinition
from labs.sandbox.ecs.model.state import Ecs
from labs.sandbox.ecs.placement.resources import resource_request
from labs.sandbox.ecs.placement.selection import STANDALONE_DEFAULT, Unplaced
from labs.sandbox.ecs.rules.service_rules import (
    capacity,
    check_placement,
    check_platform,
    check_runs_on,
    kind_of,
)
from labs.sandbox.source import recorded

MAX_TASKS_PER_CALL = 10
MAX_DESCRIBED_TASKS = 100
MAX_STARTED_BY_CHARACTERS = 128


@answers("RunTask", "moto takes the first instance with room, whatever the strategy, and fails without one")
def run_task(ecs: Ecs, request: Doc) -> Doc:
    """Places up to ten tasks; if one cannot be placed, there is a failure for each instance, with the reason."""
    cluster = ecs.cluster(request.get("cluster"))
    count = request.get("count", 1)
    if not 1 <= count <= MAX_TASKS_PER_CALL:
        raise invalid(f"count must be between 1 and {MAX_TASKS_PER_CALL}.")
    definition = ecs.runnable_definition(request["taskDefinition"])
    where = capacity(ecs, cluster, request)
    kind = kind_of(where)
    _check(ecs, definition, request, kind)
    providers: list[str | None] = [None] * count
    if "capacityProviderStrategy" in where:
        providers = [*split(where["capacityProviderStrategy"], {}, count)]
    tasks, failures = _run(ecs, cluster, definition, request, kind, providers)
    return {"tasks": [described(task, tags=True) for task in tasks], "failures": failures}


@answers("StartTask", "moto's container instances are not the sandbox's")
def start_task(ecs: Ecs, request: Doc) -> Doc:
    """Starts a task on each of the given instances, without placement strategies."""
    cluster = ecs.cluster(request.get("cluster"))
    names = request.get("containerInstances") or []
    if not 1 <= len(names) <= MAX_TASKS_PER_CALL:
        raise invalid(f"containerInstances must name between 1 and {MAX_TASKS_PER_CALL} instances.")
    definition = ecs.runnable_definition(request["taskDefinition"])
    _check(ecs, definition, request, "EC2")
    capacity, tasks, failures = FreeCapacity(ecs, cluster), [], []
    launch = _launch(cluster, definition, request, "EC2", None)
    for name in names:
        instance = ecs.find_instance(cluster, name)
        if instance is None or instance.status != "ACTIVE":
            failures.append({"arn": name, "reason": "MISSING" if instance is None else "INACTIVE"})
            continue
        lacks = capacity.place_on(
            instance, resource_request(definition, request, launch.group, STANDALONE_DEFAULT)
        )
        if lacks:
            failures.extend(lacks.failures())
        else:
            tasks.append(start(ecs, launch, instance))
    return {"tasks": [described(task, tags=True) for task in tasks], "failures": failures}


@answers("StopTask", "moto's tasks are not the sandbox's")
def stop_task(ecs: Ecs, request: Doc) -> Doc:
    """Stops a task; its service starts another one."""
    task = ecs.find_task(ecs.cluster(request.get("cluster")), request["task"])
    if task is None:
        raise invalid("The referenced task was not found.")
    stop(ecs, task, request.get("reason") or "Task stopped by user", "UserInitiated")
    return {"task": described(task, tags=True)}


@answers(
    "DescribeTasks",
    "moto moves a task towards STOPPED each time it is looked at",
    recorded("ecs:DescribeTasks"),
)
def describe_tasks(ecs: Ecs, request: Doc) -> Doc:
    """Tasks by id or ARN; a missing one is a failure with the reason MISSING."""
    cluster = ecs.cluster(request.get("cluster"))
    names = request.get("tasks") or []
    if not names:
        raise invalid("Tasks cannot be empty.")
    check_length("task names", names, MAX_DESCRIBED_TASKS)
    found = [(name, ecs.find_task(cluster, name)) for name in names]
    return {
        "tasks": [described(task, tags=wants_tags(request)) for _, task in found if task],
        "failures": ecs.missing("task", found, cluster.name),
    }


@answers(
    "ListTasks",
    "moto filters neither by service nor by exact cluster, and does not page",
    recorded("ecs:ListTasks"),
)
def list_tasks(ecs: Ecs, request: Doc) -> Doc:
    """The ARNs of the cluster's tasks with the given desired status, by default RUNNING."""
    cluster = ecs.cluster(request.get("cluster"))
    status, kind = request.get("desiredStatus") or "RUNNING", request.get("launchType")
    check_choice("desiredStatus", status, ("RUNNING", "PENDING", "STOPPED"))
    check_choice("launchType", kind, ("EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES"))
    tasks: Iterator[Task] = (task for task in cluster.tasks.values() if task.doc["desiredStatus"] == status)
    if kind:
        tasks = (task for task in tasks if task.doc["launchType"] == kind)
    if request.get("serviceName"):
        service = ecs.service(cluster, request["serviceName"])
        tasks = (task for task in tasks if task.service is service)
    if request.get("family"):
        tasks = (task for task in tasks if task.definition.family == request["family"])
    if request.get("startedBy"):
        tasks = (task for task in tasks if task.doc.get("startedBy") == request["startedBy"])
    if request.get("containerInstance"):
        instance = ecs.find_instance(cluster, request["containerInstance"])
        if instance is None:
            raise invalid("The referenced container instance was not found.")
        tasks = (task for task in tasks if task.instance is instance)
    return paged([task.arn for task in tasks], request, "taskArns")


def described(task: Task, *, tags: bool) -> Doc:
    """A task as AWS describes it."""
    return {**task.doc, "tags": tag_list(task.tags) if tags else []}


def task_tags(
    cluster: Cluster, definition: TaskDefinition, request: Doc, service: Service | None = None
) -> Tags:
    """The tags of a new task: ECS's own, those propagated from the task definition or service, the request's."""
    tags: Tags = {}
    if request.get("enableECSManagedTags"):
        tags["aws:ecs:clusterName"] = cluster.name
        if service:
            tags["aws:ecs:serviceName"] = service.name
    if request.get("propagateTags") == "TASK_DEFINITION":
        tags |= definition.tags
    if request.get("propagateTags") == "SERVICE" and service:
        tags |= service.tags
    return tags if service else tags | tags_of(request)


def _check(ecs: Ecs, definition: TaskDefinition, request: Doc, kind: str) -> None:
    check_runs_on(definition, kind)
    check_placement(definition, request, kind)
    check_platform(request, kind)
    check_network(ecs, definition, request.get("networkConfiguration"), kind)
    check_choice("propagateTags", request.get("propagateTags"), ("TASK_DEFINITION", "NONE"))
    for override in (request.get("overrides") or {}).get("containerOverrides") or ():
        if definition.container(override.get("name", "")) is None:
            name = override.get("name", "null")
            raise invalid(f"Override for container named {name} is not a container in the TaskDefinition.")
    if len(request.get("startedBy") or "") > MAX_STARTED_BY_CHARACTERS:
        raise invalid(f"startedBy must not be longer than {MAX_STARTED_BY_CHARACTERS} characters.")
    if (request.get("group") or "").startswith("service:"):
        raise invalid("The group name must not begin with 'service:', which is reserved for services.")
    reason = inadmissible(ecs, definition, request)
    if reason:
        raise client(reason)


def _run(
    ecs: Ecs,
    cluster: Cluster,
    definition: TaskDefinition,
    request: Doc,
    kind: str,
    providers: list[str | None],
) -> tuple[list[Task], list[Doc]]:
    capacity = FreeCapacity(ecs, cluster)
    tasks: list[Task] = []
    failures: list[Doc] = []
    for provider in providers:
        launch = _launch(cluster, definition, request, kind, provider)
        if kind == "FARGATE":
            tasks.append(start(ecs, launch, None))
            continue
        place = capacity.place(
            resource_request(definition, request, launch.group, STANDALONE_DEFAULT), provider
        )
        if not isinstance(place, Unplaced):
            tasks.append(start(ecs, launch, place))
        elif provider and ecs.providers[provider].managed_scaling:
            tasks.append(start(ecs, launch, None))
        elif not place.lacks and not tasks:
            within = "capacity provider" if provider else "cluster"
            raise invalid(f"No Container Instances were found in your {within}.")
        else:
            failures.extend(failure for failure in place.failures() if failure not in failures)
    return tasks, failures


def _launch(
    cluster: Cluster, definition: TaskDefinition, request: Doc, kind: str, provider: str | None
) -> TaskLaunch:
    return TaskLaunch(
        cluster=cluster,
        definition=definition,
        kind=kind,
        group=request.get("group") or f"family:{definition.family}",
        request=request,
        provider=provider,
        started_by=request.get("startedBy") or "",
        tags=task_tags(cluster, definition, request),
    )
