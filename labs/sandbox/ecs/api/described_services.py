"""DescribeServices and ListServices."""

from __future__ import annotations

from labs.sandbox.ecs.api.deployments import (
    counts,
    deployment_arn,
    described_task_set,
    revision_arn,
)
from labs.sandbox.ecs.api.deployments import described as described_deployment
from labs.sandbox.ecs.api.handlers import answers
from labs.sandbox.ecs.model.documents import check_choice, check_length, paged, picked, tag_list, wants_tags
from labs.sandbox.ecs.model.errors import invalid
from labs.sandbox.ecs.model.records import Doc, Service
from labs.sandbox.ecs.model.state import Ecs
from labs.sandbox.ecs.rules.service_rules import kind_of
from labs.sandbox.source import recorded

MAX_DESCRIBED_SERVICES = 10
_SHOWN = (
    "loadBalancers",
    "serviceRegistries",
    "desiredCount",
    "launchType",
    "capacityProviderStrategy",
    "deploymentConfiguration",
    "createdAt",
    "placementConstraints",
    "placementStrategy",
    "networkConfiguration",
    "healthCheckGracePeriodSeconds",
    "schedulingStrategy",
    "deploymentController",
    "createdBy",
    "enableECSManagedTags",
    "propagateTags",
    "enableExecuteCommand",
    "availabilityZoneRebalancing",
)


@answers(
    "DescribeServices", "moto has no events, no counts and no limit of 10", recorded("ecs:DescribeServices")
)
def describe_services(ecs: Ecs, request: Doc) -> Doc:
    """Services by name or ARN, including deleted ones; a missing one is a failure with the reason MISSING."""
    cluster = ecs.cluster(request.get("cluster"))
    names = request.get("services") or []
    if not names:
        raise invalid("Services cannot be empty.")
    check_length("service names", names, MAX_DESCRIBED_SERVICES)
    found = [(name, ecs.find_service(cluster, name)) for name in names]
    return {
        "services": [described(ecs, each, tags=wants_tags(request)) for _, each in found if each],
        "failures": ecs.missing("service", found, cluster.name),
    }


@answers("ListServices", "moto does not page", recorded("ecs:ListServices"))
def list_services(ecs: Ecs, request: Doc) -> Doc:
    """The ARNs of the services of a cluster, ten on a page by default."""
    cluster = ecs.cluster(request.get("cluster"))
    kind, scheduling = request.get("launchType"), request.get("schedulingStrategy")
    check_choice("launchType", kind, ("EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES"))
    check_choice("schedulingStrategy", scheduling, ("REPLICA", "DAEMON"))
    arns = [
        service.arn
        for service in cluster.services.values()
        if service.status != "INACTIVE"
        and kind in (None, service.doc.get("launchType"))
        and scheduling in (None, service.doc["schedulingStrategy"])
    ]
    return paged(arns, request, "serviceArns", default=10)


def described(ecs: Ecs, service: Service, *, tags: bool) -> Doc:
    """A service as AWS describes it."""
    totals = [counts(deployment) for deployment in (*service.deployments, *service.task_sets)]
    inactive = service.status == "INACTIVE"
    document: Doc = {
        "serviceArn": service.arn,
        "serviceName": service.name,
        "clusterArn": service.cluster.arn,
        "status": service.status,
        "runningCount": sum(running for running, _ in totals),
        "pendingCount": sum(pending for _, pending in totals),
        "deployments": [] if inactive else [described_deployment(each) for each in service.deployments],
        "events": service.events,
        "tags": tag_list(service.tags) if tags else [],
        "resourceManagementType": "CUSTOMER",
        **picked(service.doc, _SHOWN),
    }
    if service.external:
        document = _with_primary_task_set(document, service)
        document["taskSets"] = [described_task_set(each, tags=tags) for each in service.task_sets]
    else:
        document |= _deployed(ecs, service)
    if service.doc.get("role"):
        document["roleArn"] = _role_arn(ecs, service.doc["role"])
    elif service.doc["loadBalancers"] or service.doc.get("networkConfiguration"):
        linked = "aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"
        document["roleArn"] = f"arn:aws:iam::{ecs.account}:role/{linked}"
    return document


_OF_TASK_SET = (
    "taskDefinition",
    "launchType",
    "capacityProviderStrategy",
    "platformVersion",
    "platformFamily",
    "networkConfiguration",
    "loadBalancers",
    "serviceRegistries",
)


def _with_primary_task_set(document: Doc, service: Service) -> Doc:
    """The service with the configuration of its primary task set, if it has one.

    Source: "Deploy Amazon ECS services using a third-party controller" of the developer guide.
    """
    primary = next((each.doc for each in service.task_sets if each.doc["status"] == "PRIMARY"), None)
    if primary is None:
        return document
    rest = {name: value for name, value in document.items() if name != "launchType"}
    return {**rest, **picked(primary, _OF_TASK_SET)}


def _deployed(ecs: Ecs, service: Service) -> Doc:
    """The members of a service that are derived from its deployments."""
    document = {
        "taskDefinition": service.definition.arn,
        "currentServiceRevisions": [_revision(ecs, service)],
    }
    if service.primary.doc["rolloutState"] != "IN_PROGRESS":
        document["currentServiceDeployment"] = deployment_arn(ecs, service.primary)
    if kind_of(service.doc) == "FARGATE":
        document |= {
            "platformVersion": service.doc.get("platformVersion") or "LATEST",
            **picked(service.primary.doc, ("platformFamily",)),
        }
    return document


def _revision(ecs: Ecs, service: Service) -> Doc:
    running, pending = counts(service.primary)
    return {
        "arn": revision_arn(ecs, service.primary),
        "requestedTaskCount": service.doc["desiredCount"],
        "runningTaskCount": running,
        "pendingTaskCount": pending,
    }


def _role_arn(ecs: Ecs, role: str) -> str:
    return role if role.startswith("arn:") else f"arn:aws:iam::{ecs.account}:role/{role}"
