"""Deployments of a service: start, finish, describe as deployments, service deployments and service revisions."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable

from labs.sandbox.ecs.api.handlers import answers
from labs.sandbox.ecs.launch.task_launch import platform
from labs.sandbox.ecs.model.documents import check_length, new_deployment_id, paged, picked
from labs.sandbox.ecs.model.errors import invalid
from labs.sandbox.ecs.model.records import Deployment, Doc, Service, TaskDefinition
from labs.sandbox.ecs.model.state import Ecs
from labs.sandbox.ecs.rules.service_rules import kind_of
from labs.sandbox.world import clock

_SHOWN = (
    "launchType",
    "capacityProviderStrategy",
    "platformVersion",
    "networkConfiguration",
    "serviceConnectConfiguration",
    "volumeConfigurations",
)
_REVISED = (*_SHOWN, "loadBalancers", "serviceRegistries")


def start_deployment(service: Service, definition: TaskDefinition) -> Deployment:
    """Starts a new PRIMARY deployment of the service with its current configuration."""
    now = clock.now()
    identity = new_deployment_id()
    document: Doc = {
        "id": identity,
        "status": "PRIMARY",
        "taskDefinition": definition.arn,
        "createdAt": now,
        "updatedAt": now,
        **copy.deepcopy(picked(service.doc, _SHOWN)),
        "rolloutState": "IN_PROGRESS",
        "rolloutStateReason": f"ECS deployment {identity} in progress.",
    }
    if kind_of(service.doc) == "FARGATE":
        document |= platform(document)
    for other in service.deployments:
        other.doc |= {"status": "ACTIVE", "updatedAt": now}
    deployment = Deployment(service, definition, document, copy.deepcopy(service.doc))
    service.deployments.insert(0, deployment)
    service.steady = False
    return deployment


def described(deployment: Deployment) -> Doc:
    """A deployment as DescribeServices returns it."""
    running, pending = counts(deployment)
    primary = deployment is deployment.service.primary
    wanted = sum(task.wanted for task in deployment.tasks.values())
    return {
        **deployment.doc,
        "desiredCount": deployment.service.doc["desiredCount"] if primary else wanted,
        "runningCount": running,
        "pendingCount": pending,
        "failedTasks": deployment.failed,
    }


def described_task_set(task_set: Deployment, *, tags: bool) -> Doc:
    """A task set as AWS describes it."""
    running, pending = counts(task_set)
    document = {
        **task_set.doc,
        "computedDesiredCount": desired_in(task_set),
        "runningCount": running,
        "pendingCount": pending,
    }
    if not tags:
        del document["tags"]
    return document


def desired_in(task_set: Deployment) -> int:
    """The desired number of tasks of a task set: its share of the service's, rounded up (API reference, TaskSet)."""
    share = float(task_set.doc["scale"]["value"]) / 100
    return math.ceil(int(task_set.service.doc["desiredCount"]) * share)


def counts(deployment: Deployment) -> tuple[int, int]:
    """The numbers of running and pending tasks."""
    states = [task.status for task in deployment.tasks.values()]
    return states.count("RUNNING"), states.count("PENDING") + states.count("PROVISIONING")


def finish(deployment: Deployment, state: str, reason: str) -> None:
    """Ends a rollout: COMPLETED or FAILED."""
    deployment.doc |= {"rolloutState": state, "rolloutStateReason": reason, "updatedAt": clock.now()}


def revision_arn(ecs: Ecs, deployment: Deployment) -> str:
    """The ARN of the service revision of a deployment."""
    return _arn(ecs, "service-revision", deployment)


def deployment_arn(ecs: Ecs, deployment: Deployment) -> str:
    """The ARN of a deployment in the newer operations."""
    return _arn(ecs, "service-deployment", deployment)


def _arn(ecs: Ecs, kind: str, deployment: Deployment) -> str:
    service = deployment.service
    return ecs.arn(kind, service.cluster.name, service.name, deployment.id.removeprefix("ecs-svc/"))


@answers("ListServiceDeployments", "moto does not have it")
def list_service_deployments(ecs: Ecs, request: Doc) -> Doc:
    """The deployments of a service, the newest first."""
    service = ecs.service(ecs.cluster(request.get("cluster")), request["service"])
    found = {deployment_arn(ecs, each): each for each in _all(service)}
    wanted = request.get("status") or []
    arns = [arn for arn, each in found.items() if not wanted or _status(each) in wanted]
    page = paged(arns, request, "serviceDeployments", default=20)
    page["serviceDeployments"] = [_brief(ecs, found[arn]) for arn in page["serviceDeployments"]]
    return page


@answers("DescribeServiceDeployments", "moto does not have it")
def describe_service_deployments(ecs: Ecs, request: Doc) -> Doc:
    """Deployments by ARN."""
    known = {deployment_arn(ecs, each): each for each in _everywhere(ecs)}
    return _described(ecs, request, "serviceDeployment", known, _full)


@answers("DescribeServiceRevisions", "moto does not have it")
def describe_service_revisions(ecs: Ecs, request: Doc) -> Doc:
    """The configuration of each deployment, by the ARN of its service revision."""
    known = {revision_arn(ecs, each): each for each in _everywhere(ecs)}
    return _described(ecs, request, "serviceRevision", known, _revision)


def _described(
    ecs: Ecs,
    request: Doc,
    what: str,
    known: dict[str, Deployment],
    describe: Callable[[Ecs, Deployment], Doc],
) -> Doc:
    """The requested resources by ARN, and failures for those that do not exist."""
    arns = request.get(f"{what}Arns") or []
    _check_names(arns, f"{what}Arns")
    return {
        f"{what}s": [describe(ecs, known[arn]) for arn in arns if arn in known],
        "failures": [{"arn": arn, "reason": "MISSING"} for arn in arns if arn not in known],
    }


def _check_names(arns: list[str], member: str) -> None:
    if not arns:
        raise invalid(f"{member} can not be empty.")
    check_length(member, arns, 20)


def _all(service: Service) -> list[Deployment]:
    return [*service.deployments, *reversed(service.finished)]


def _everywhere(ecs: Ecs) -> list[Deployment]:
    services = (service for cluster in ecs.clusters.values() for service in cluster.services.values())
    return [deployment for service in services for deployment in _all(service)]


def _status(deployment: Deployment) -> str:
    state = deployment.doc["rolloutState"]
    if state == "IN_PROGRESS":
        return "IN_PROGRESS" if deployment.doc["status"] == "PRIMARY" else "STOPPED"
    return "SUCCESSFUL" if state == "COMPLETED" else "STOPPED"


def _brief(ecs: Ecs, deployment: Deployment) -> Doc:
    service, created = deployment.service, deployment.doc["createdAt"]
    document: Doc = {
        "serviceDeploymentArn": deployment_arn(ecs, deployment),
        "serviceArn": service.arn,
        "clusterArn": service.cluster.arn,
        "createdAt": created,
        "startedAt": created,
        "targetServiceRevisionArn": revision_arn(ecs, deployment),
        "status": _status(deployment),
    }
    if document["status"] != "IN_PROGRESS":
        document["finishedAt"] = deployment.doc["updatedAt"]
    return document


def _full(ecs: Ecs, deployment: Deployment) -> Doc:
    running, pending = counts(deployment)
    document = _brief(ecs, deployment)
    breaker = deployment.request["deploymentConfiguration"]["deploymentCircuitBreaker"]["enable"]
    document["targetServiceRevision"] = {
        "arn": document.pop("targetServiceRevisionArn"),
        "requestedTaskCount": deployment.service.doc["desiredCount"],
        "runningTaskCount": running,
        "pendingTaskCount": pending,
    }
    return document | {
        "updatedAt": deployment.doc["updatedAt"],
        "sourceServiceRevisions": [],
        "deploymentConfiguration": deployment.request["deploymentConfiguration"],
        "statusReason": deployment.doc["rolloutStateReason"],
        "deploymentCircuitBreaker": {
            "status": "MONITORING" if breaker else "DISABLED",
            "failureCount": deployment.failed,
        },
    }


def _revision(ecs: Ecs, deployment: Deployment) -> Doc:
    service, definition = deployment.service, deployment.definition
    images = [{"containerName": each["name"], "image": each["image"]} for each in definition.containers]
    return {
        "serviceRevisionArn": revision_arn(ecs, deployment),
        "serviceArn": service.arn,
        "clusterArn": service.cluster.arn,
        "taskDefinition": definition.arn,
        "containerImages": images,
        "createdAt": deployment.doc["createdAt"],
        **picked(deployment.request, _REVISED),
        **picked(deployment.doc, ("platformVersion", "platformFamily")),
    }
