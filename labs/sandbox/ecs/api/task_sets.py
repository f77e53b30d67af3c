"""Task sets, which replace deployments in services with an external deployment controller."""

from __future__ import annotations

import copy

from labs.sandbox.ecs.api.deployments import described_task_set
from labs.sandbox.ecs.api.handlers import answers
from labs.sandbox.ecs.launch.task_launch import platform
from labs.sandbox.ecs.model.documents import (
    check_choice,
    new_deployment_id,
    picked,
    tag_list,
    tags_of,
    wants_tags,
)
from labs.sandbox.ecs.model.errors import invalid, refusal
from labs.sandbox.ecs.model.records import Deployment, Doc, Service, TaskDefinition
from labs.sandbox.ecs.model.state import Ecs
from labs.sandbox.ecs.rules.service_rules import capacity, check, kind_of
from labs.sandbox.world import clock

NO_SCALE: Doc = {"value": 0.0, "unit": "PERCENT"}
"""A task set has no tasks until it is scaled (AWS CLI, example of create-task-set)."""

_GIVEN = ("platformVersion", "networkConfiguration", "loadBalancers", "serviceRegistries")
_WHY = "moto looks for the cluster and the service in a state that is not the sandbox's"


@answers("CreateTaskSet", _WHY)
def create_task_set(ecs: Ecs, request: Doc) -> Doc:
    """Creates a task set, for which the scheduler starts its share of the service's tasks."""
    service = _active(ecs, request)
    if not service.external:
        raise invalid("CreateTaskSet is only supported for services with the EXTERNAL deployment controller.")
    if not request.get("taskDefinition"):
        raise invalid("TaskDefinition can not be blank.")
    definition = ecs.runnable_definition(request["taskDefinition"])
    configured = _configured(ecs, service, definition, request)
    document = _document(ecs, service, definition, configured, request)
    task_set = Deployment(service, definition, document, configured)
    service.task_sets.append(task_set)
    return {"taskSet": described_task_set(task_set, tags=True)}


@answers("DescribeTaskSets", _WHY)
def describe_task_sets(ecs: Ecs, request: Doc) -> Doc:
    """The given task sets of a service, or all."""
    service = ecs.service(ecs.cluster(request.get("cluster")), request["service"])
    names = request.get("taskSets") or [each.id for each in service.task_sets]
    found = [(name, _find(service, name)) for name in names]
    return {
        "taskSets": [described_task_set(each, tags=wants_tags(request)) for _, each in found if each],
        "failures": [{"arn": name, "reason": "MISSING"} for name, each in found if not each],
    }


@answers("UpdateTaskSet", _WHY)
def update_task_set(ecs: Ecs, request: Doc) -> Doc:
    """Changes the scale of a task set, its share of the service's tasks."""
    task_set = _named(_active(ecs, request), request["taskSet"])
    task_set.doc |= {"scale": _scale(request["scale"]), "updatedAt": clock.now()}
    return {"taskSet": described_task_set(task_set, tags=True)}


@answers("UpdateServicePrimaryTaskSet", _WHY)
def update_service_primary_task_set(ecs: Ecs, request: Doc) -> Doc:
    """Makes a task set the primary one of its service."""
    service = _active(ecs, request)
    primary = _named(service, request["primaryTaskSet"])
    for each in service.task_sets:
        if each.doc["status"] != "DRAINING":
            each.doc |= {"status": "PRIMARY" if each is primary else "ACTIVE", "updatedAt": clock.now()}
    return {"taskSet": described_task_set(primary, tags=True)}


@answers("DeleteTaskSet", _WHY)
def delete_task_set(ecs: Ecs, request: Doc) -> Doc:
    """Deletes a task set with scale 0, or any with `force`, and stops its tasks."""
    task_set = _named(_active(ecs, request), request["taskSet"])
    if task_set.doc["scale"]["value"] and not request.get("force"):
        raise invalid("The task set cannot be deleted while it is scaled above 0.")
    task_set.doc |= {"status": "DRAINING", "scale": dict(NO_SCALE), "updatedAt": clock.now()}
    return {"taskSet": described_task_set(task_set, tags=True)}


def _active(ecs: Ecs, request: Doc) -> Service:
    service = ecs.service(ecs.cluster(request.get("cluster")), request["service"])
    if service.status != "ACTIVE":
        raise refusal("ServiceNotActiveException", "Service was not ACTIVE.")
    return service


def _find(service: Service, name_or_arn: str) -> Deployment | None:
    names = (name_or_arn, f"ecs-svc/{name_or_arn}")
    return next(
        (each for each in service.task_sets if each.doc["taskSetArn"] == name_or_arn or each.id in names),
        None,
    )


def _named(service: Service, name_or_arn: str) -> Deployment:
    found = _find(service, name_or_arn)
    if found is None:
        raise refusal("TaskSetNotFoundException", "The specified task set was not found.")
    return found


def _configured(ecs: Ecs, service: Service, definition: TaskDefinition, request: Doc) -> Doc:
    """The launch configuration of a task set: its own parameters, else those of the service."""
    own = copy.deepcopy(picked(request, _GIVEN)) | capacity(ecs, service.cluster, request)
    shared = {name: value for name, value in service.doc.items() if name not in ("launchType", *_GIVEN)}
    configured = {**shared, "loadBalancers": [], "serviceRegistries": [], **own}
    check(ecs, definition, configured)
    return configured


def _document(ecs: Ecs, service: Service, definition: TaskDefinition, configured: Doc, request: Doc) -> Doc:
    now, identity = clock.now(), new_deployment_id()
    document: Doc = {
        "id": identity,
        "taskSetArn": ecs.arn("task-set", service.cluster.name, service.name, identity),
        "serviceArn": service.arn,
        "clusterArn": service.cluster.arn,
        "status": "ACTIVE",
        "taskDefinition": definition.arn,
        "createdAt": now,
        "updatedAt": now,
        **picked(request, ("externalId",)),
        **picked(configured, (*_GIVEN, "launchType", "capacityProviderStrategy")),
        "scale": _scale(request.get("scale") or NO_SCALE),
        "stabilityStatus": "STABILIZING",
        "stabilityStatusAt": now,
        "tags": tag_list(tags_of(request)),
    }
    if kind_of(configured) == "FARGATE":
        document |= platform(document)
    return document


def _scale(given: Doc) -> Doc:
    check_choice("unit", given.get("unit"), ("PERCENT",))
    value = float(given.get("value") or 0)
    if not 0 <= value <= 100:
        raise invalid("The scale of a task set must be between 0 and 100.")
    return {"value": value, "unit": "PERCENT"}
