"""CreateService, UpdateService and DeleteService."""

from __future__ import annotations

import copy

from labs.sandbox.ecs.api.deployments import (
    start_deployment,
)
from labs.sandbox.ecs.api.described_services import described
from labs.sandbox.ecs.api.handlers import answers, caller
from labs.sandbox.ecs.launch.linked_role import require_linked_role
from labs.sandbox.ecs.launch.task_launch import stop
from labs.sandbox.ecs.model.documents import picked, tags_of
from labs.sandbox.ecs.model.errors import invalid, refusal, service_not_found
from labs.sandbox.ecs.model.records import Cluster, Deployment, Doc, Service
from labs.sandbox.ecs.model.state import Ecs
from labs.sandbox.ecs.rules.service_rules import (
    capacity,
    check,
    check_count,
    check_external,
    check_name,
    check_rebalancing,
    kind_of,
    new_rebalancing,
)
from labs.sandbox.world import clock

CIRCUIT_BREAKER: Doc = {
    "enable": False,
    "rollback": False,
    "resetOnHealthyTask": True,
    "thresholdConfiguration": {"type": "BOUNDED_PERCENT", "value": 50},
}
"""The defaults that AWS sets, as recorded."""
_GIVEN = (
    "networkConfiguration",
    "healthCheckGracePeriodSeconds",
    "serviceConnectConfiguration",
    "volumeConfigurations",
    "platformVersion",
    "role",
)
_CHANGEABLE = (
    *_GIVEN[:-1],
    "placementConstraints",
    "placementStrategy",
    "availabilityZoneRebalancing",
    "deploymentController",
    "enableExecuteCommand",
    "enableECSManagedTags",
    "loadBalancers",
    "propagateTags",
    "serviceRegistries",
)
_DEPLOYING = (
    "networkConfiguration",
    "platformVersion",
    "loadBalancers",
    "serviceRegistries",
    "serviceConnectConfiguration",
    "volumeConfigurations",
)
"""Parameters that start a new deployment (API reference, UpdateService), as task definition and force do."""

_SHARED_BY_TASK_SETS = (
    "placementConstraints",
    "placementStrategy",
    "healthCheckGracePeriodSeconds",
    "enableECSManagedTags",
    "propagateTags",
)

_REACHED = ("taskDefinition", "loadBalancers", "networkConfiguration")
"""Without a change of these, a service can be scaled after its listener was deleted, as `terraform destroy` does."""


@answers("CreateService", "moto drops most fields and takes what AWS refuses")
def create_service(ecs: Ecs, request: Doc) -> Doc:
    """Creates a service; the scheduler starts its tasks."""
    cluster = ecs.cluster(request.get("cluster"))
    name = request.get("serviceName") or ""
    check_name(name)
    _check_free(cluster, name)
    doc = _configuration(ecs, cluster, request)
    service = Service(name, ecs.arn("service", cluster.name, name), cluster, doc, tags_of(request))
    if service.external:
        check_external(doc)
    else:
        _deploy_first(ecs, service, request)
    cluster.services.pop(name, None)
    cluster.services[name] = service
    return {"service": described(ecs, service, tags=True)}


def _deploy_first(ecs: Ecs, service: Service, request: Doc) -> None:
    if not request.get("taskDefinition"):
        raise invalid("TaskDefinition can not be blank.")
    definition, doc = ecs.runnable_definition(request["taskDefinition"]), service.doc
    check(ecs, definition, doc)
    if doc["loadBalancers"] or definition.network_mode == "awsvpc":
        require_linked_role(ecs)
    doc["availabilityZoneRebalancing"] = new_rebalancing(doc)
    start_deployment(service, definition)


@answers("UpdateService", "moto stores the task definition as typed and leaves the deployments alone")
def update_service(ecs: Ecs, request: Doc) -> Doc:
    """Updates a service; a change of the tasks' configuration starts a new deployment."""
    cluster = ecs.cluster(request.get("cluster"))
    service = ecs.service(cluster, request["service"])
    if service.status != "ACTIVE":
        raise refusal("ServiceNotActiveException", "Service was not ACTIVE.")
    if service.external:
        return _update_external(ecs, service, request)
    doc = copy.deepcopy(service.doc)
    doc |= copy.deepcopy(picked(request, _CHANGEABLE))
    _update_capacity(ecs, cluster, doc, request)
    doc["deploymentConfiguration"] = _deployment(doc["deploymentConfiguration"], request)
    if "desiredCount" in request:
        doc["desiredCount"] = check_count(request["desiredCount"], daemon=service.daemon)
    named = request.get("taskDefinition")
    definition = ecs.runnable_definition(named) if named else service.definition
    check(ecs, definition, doc, reached=any(name in request for name in _REACHED))
    check_rebalancing(doc)
    deploys = any(doc.get(name) != service.doc.get(name) for name in _DEPLOYING)
    if doc["desiredCount"] != service.doc["desiredCount"]:
        service.steady = False
    service.doc = doc
    if deploys or request.get("forceNewDeployment") or definition is not service.definition:
        start_deployment(service, definition)
    return {"service": described(ecs, service, tags=True)}


def _update_external(ecs: Ecs, service: Service, request: Doc) -> Doc:
    """Updates the parameters that task sets share; others require a new task set (API reference, UpdateService)."""
    doc = {**service.doc, **copy.deepcopy(picked(request, _SHARED_BY_TASK_SETS))}
    if "desiredCount" in request:
        doc["desiredCount"] = check_count(request["desiredCount"], daemon=False)
    check_external(doc)
    service.doc = doc
    return {"service": described(ecs, service, tags=True)}


@answers("DeleteService", "moto does not stop the tasks of a service that is deleted")
def delete_service(ecs: Ecs, request: Doc) -> Doc:
    """Deletes a service with desired count 0, or any with `force`: it is DRAINING, then INACTIVE."""
    cluster = ecs.cluster(request.get("cluster"))
    service = ecs.service(cluster, request["service"])
    if service.status == "INACTIVE":
        raise service_not_found()
    if service.doc["desiredCount"] > 0 and not service.daemon and not request.get("force"):
        raise invalid("The service cannot be stopped while it is scaled above 0.")
    service.status = "DRAINING"
    service.doc["desiredCount"] = 0
    for task in list(service.tasks()):
        stop(ecs, task, stop_reason(task.deployment or service.primary), "ServiceSchedulerInitiated")
    return {"service": described(ecs, service, tags=True)}


def _check_free(cluster: Cluster, name: str) -> None:
    existing = cluster.services.get(name)
    if existing and existing.status == "DRAINING":
        raise invalid("Unable to Start a service that is still Draining.")
    if existing and existing.status == "ACTIVE":
        raise invalid("Creation of service was not idempotent.")


def _configuration(ecs: Ecs, cluster: Cluster, request: Doc) -> Doc:
    """The request with AWS's defaults filled in."""
    scheduling = request.get("schedulingStrategy") or "REPLICA"
    daemon = scheduling == "DAEMON"
    percents = (0, 100) if daemon else (100, 200)
    doc: Doc = {
        "desiredCount": check_count(request.get("desiredCount"), daemon=daemon),
        "schedulingStrategy": scheduling,
        "deploymentController": request.get("deploymentController") or {"type": "ECS"},
        "loadBalancers": request.get("loadBalancers") or [],
        "serviceRegistries": request.get("serviceRegistries") or [],
        "placementConstraints": request.get("placementConstraints") or [],
        "placementStrategy": request.get("placementStrategy") or [],
        "enableECSManagedTags": bool(request.get("enableECSManagedTags")),
        "enableExecuteCommand": bool(request.get("enableExecuteCommand")),
        "propagateTags": request.get("propagateTags") or "NONE",
        "deploymentConfiguration": _deployment(
            {"minimumHealthyPercent": percents[0], "maximumPercent": percents[1]}, request
        ),
        "createdAt": clock.now(),
        "createdBy": caller(ecs),
        **picked(request, (*_GIVEN, "availabilityZoneRebalancing")),
        **capacity(ecs, cluster, request),
    }
    if doc["loadBalancers"]:
        doc.setdefault("healthCheckGracePeriodSeconds", 0)
    return copy.deepcopy(doc)


def _deployment(before: Doc, request: Doc) -> Doc:
    """The deployment configuration: the given values, else the previous ones, else AWS's defaults."""
    defaults = {"strategy": "ROLLING", "bakeTimeInMinutes": 0}
    configuration = request.get("deploymentConfiguration") or {}
    after = {**defaults, **before, **picked(configuration, configuration.keys())}
    return {
        **after,
        "deploymentCircuitBreaker": {**CIRCUIT_BREAKER, **after.get("deploymentCircuitBreaker", {})},
    }


def _update_capacity(ecs: Ecs, cluster: Cluster, doc: Doc, request: Doc) -> None:
    if "capacityProviderStrategy" not in request:
        return
    before = kind_of(doc)
    doc.pop("launchType", None)
    doc.pop("capacityProviderStrategy", None)
    if request["capacityProviderStrategy"]:
        doc |= capacity(ecs, cluster, {"capacityProviderStrategy": request["capacityProviderStrategy"]})
    else:
        doc["launchType"] = before


def stop_reason(deployment: Deployment) -> str:
    """The reason with which the scheduler stops a task of a deployment."""
    return f"Scaling activity initiated by (deployment {deployment.id})"
