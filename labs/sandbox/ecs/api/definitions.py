"""Task definitions: register with AWS's defaults, list, describe, deregister, delete."""

from __future__ import annotations

import copy
from datetime import timedelta

from moto.utilities.utils import get_partition

from labs.sandbox.ecs.api.handlers import answers, caller
from labs.sandbox.ecs.model.documents import check_choice, paged, picked, tag_list, tags_of, wants_tags
from labs.sandbox.ecs.model.errors import client, invalid
from labs.sandbox.ecs.model.records import Doc, TaskDefinition
from labs.sandbox.ecs.model.state import Ecs
from labs.sandbox.ecs.rules.definition_rules import check, units
from labs.sandbox.ecs.rules.requirements import compatibilities, required_attributes
from labs.sandbox.source import recorded
from labs.sandbox.world import clock

_ROLES = ("taskRoleArn", "executionRoleArn")
_GIVEN = (
    *_ROLES,
    "networkMode",
    "requiresCompatibilities",
    "runtimePlatform",
    "pidMode",
    "ipcMode",
    "proxyConfiguration",
    "inferenceAccelerators",
    "ephemeralStorage",
    "enableFaultInjection",
    "trustedExecutionConfiguration",
)
_EMPTY_LISTS = ("portMappings", "environment", "mountPoints", "volumesFrom", "systemControls")
MAX_DELETED_DEFINITIONS = 10
DELETION_TIME = timedelta(hours=1)
"""The time for which a deleted revision can still be described; AWS documents none."""


@answers("RegisterTaskDefinition", "moto takes what Fargate refuses, and refuses memoryReservation alone")
def register_task_definition(ecs: Ecs, request: Doc) -> Doc:
    """Registers a new revision of the family."""
    document = _with_defaults(request)
    check(document)
    document |= {name: _role_arn(ecs, document[name]) for name in _ROLES if document.get(name)}
    family = document["family"]
    revision = ecs.newest.get(family, 0) + 1
    document |= {
        "taskDefinitionArn": ecs.arn("task-definition", f"{family}:{revision}"),
        "revision": revision,
        "status": "ACTIVE",
        "compatibilities": compatibilities(document),
        "registeredAt": clock.now(),
        "registeredBy": caller(ecs),
    }
    if required := required_attributes(document):
        document["requiresAttributes"] = [{"name": name} for name in required]
    definition = TaskDefinition(document, tags_of(request))
    ecs.newest[family] = revision
    ecs.families.setdefault(family, {})[revision] = definition
    return {"taskDefinition": document, "tags": tag_list(definition.tags)}


@answers(
    "DescribeTaskDefinition",
    "moto answers a family with its newest revision, even a deregistered one",
    recorded("ecs:DescribeTaskDefinition"),
)
def describe_task_definition(ecs: Ecs, request: Doc) -> Doc:
    """A revision by ARN or `family:revision`, or the newest ACTIVE one of a family."""
    _forget_deleted(ecs)
    definition = ecs.find_definition(request["taskDefinition"])
    if definition is None:
        raise client("Unable to describe task definition.")
    answer: Doc = {"taskDefinition": definition.doc}
    if wants_tags(request):
        answer["tags"] = tag_list(definition.tags)
    return answer


@answers("ListTaskDefinitions", "moto neither pages nor sorts")
def list_task_definitions(ecs: Ecs, request: Doc) -> Doc:
    """The ARNs of the revisions with one status, of one family if it is given."""
    status, sort = request.get("status") or "ACTIVE", request.get("sort") or "ASC"
    check_choice("status", status, ("ACTIVE", "INACTIVE", "DELETE_IN_PROGRESS"))
    check_choice("sort", sort, ("ASC", "DESC"))
    wanted = request.get("familyPrefix")
    _forget_deleted(ecs)
    arns = [
        revisions[number].arn
        for family, revisions in sorted(ecs.families.items())
        # Despite its name, the parameter is the full family (API reference, ListTaskDefinitions).
        if wanted in (None, family)
        for number in sorted(revisions)
        if revisions[number].doc["status"] == status
    ]
    return paged(arns if sort == "ASC" else arns[::-1], request, "taskDefinitionArns")


@answers(
    "ListTaskDefinitionFamilies",
    "moto knows no status and does not page",
    recorded("ecs:ListTaskDefinitionFamilies"),
)
def list_task_definition_families(ecs: Ecs, request: Doc) -> Doc:
    """The families with a prefix: those with an ACTIVE revision, those without one, or both."""
    status = request.get("status") or "ALL"
    check_choice("status", status, ("ACTIVE", "INACTIVE", "ALL"))
    families = [
        family
        for family, revisions in sorted(ecs.families.items())
        if family.startswith(request.get("familyPrefix") or "")
        and status in ("ALL", "ACTIVE" if any(each.active for each in revisions.values()) else "INACTIVE")
    ]
    return paged(families, request, "families")


@answers("DeregisterTaskDefinition", "moto does not tell when a revision was deregistered")
def deregister_task_definition(ecs: Ecs, request: Doc) -> Doc:
    """Makes one revision INACTIVE; it can still be described, and running services keep it."""
    name = request["taskDefinition"]
    definition = ecs.find_definition(name)
    if ":" not in name.rpartition("/")[2]:
        raise client("Revision is missing.")
    if definition is None:
        raise client("Unable to describe task definition.")
    if not definition.active:
        raise client(
            "The specified task definition is inactive. You can't deregister an inactive task definition."
        )
    definition.doc |= {"status": "INACTIVE", "deregisteredAt": clock.now()}
    return {"taskDefinition": definition.doc}


@answers("DeleteTaskDefinitions", "moto deletes at once", recorded("ecs:DescribeTaskDefinition"))
def delete_task_definitions(ecs: Ecs, request: Doc) -> Doc:
    """Deletes INACTIVE revisions, which can be described for an hour after the last task has stopped."""
    _forget_deleted(ecs)
    names = request.get("taskDefinitions") or []
    if not names:
        raise invalid("size of TaskDefinition references list must be greater than 0")
    if len(names) > MAX_DELETED_DEFINITIONS:
        raise invalid("Size of TaskDefinition references list cannot exceed 10")
    deleted, failures = [], []
    for name in names:
        definition = ecs.find_definition(name)
        why = _undeletable(name, definition)
        if why or definition is None:
            failures.append({"arn": name, "reason": why})
            continue
        definition.doc |= {"status": "DELETE_IN_PROGRESS", "deleteRequestedAt": clock.now()}
        deleted.append(definition.doc)
    return {"taskDefinitions": deleted, "failures": failures}


def _forget_deleted(ecs: Ecs) -> None:
    """Removes revisions that were deleted some time ago and that no task runs."""
    old = clock.now() - DELETION_TIME
    for revisions in ecs.families.values():
        for definition in list(revisions.values()):
            deleted = definition.doc.get("deleteRequestedAt")
            if deleted and deleted < old and not _in_use(ecs, definition):
                del revisions[definition.revision]


def _undeletable(name: str, definition: TaskDefinition | None) -> str:
    if ":" not in name.rpartition("/")[2]:
        return (
            "The specified task definition identifier is invalid. Specify a valid name or ARN and try again."
        )
    if definition is None:
        return "The specified task definition does not exist. Specify a valid account, family, revision and try again."
    if definition.active:
        return "The specified task definition is still in ACTIVE status. Please deregister the target and try again."
    return ""


def _in_use(ecs: Ecs, definition: TaskDefinition) -> bool:
    clusters = ecs.active_clusters()
    services = (service for cluster in clusters for service in cluster.services.values())
    tasks = (task for cluster in clusters for task in cluster.tasks.values() if task.status != "STOPPED")
    deployments = (each for service in services for each in (*service.deployments, *service.task_sets))
    return any(task.definition is definition for task in tasks) or any(
        each.definition is definition for each in deployments
    )


def _with_defaults(request: Doc) -> Doc:
    """The request as AWS stores it: missing lists are empty, units are plain numbers."""
    document: Doc = {"family": request.get("family", ""), **copy.deepcopy(picked(request, _GIVEN))}
    for name in ("cpu", "memory"):
        number = units(request.get(name), name)
        if number is not None:
            document[name] = number
    for name in ("volumes", "placementConstraints"):
        document[name] = copy.deepcopy(request.get(name) or [])
    for volume in document["volumes"]:
        _complete_volume(volume)
    document["containerDefinitions"] = [
        _complete_container(container, document) for container in request.get("containerDefinitions") or []
    ]
    return document


def _role_arn(ecs: Ecs, given: str) -> str:
    """The ARN of a role, which may be given by name only.

    Source: aws-actions/amazon-ecs-render-task-definition, issue 19.
    """
    return (
        given
        if given.startswith("arn:")
        else f"arn:{get_partition(ecs.region)}:iam::{ecs.account}:role/{given}"
    )


def _complete_container(given: Doc, document: Doc) -> Doc:
    container = {"cpu": 0, "essential": True, **copy.deepcopy(given)}
    for name in _EMPTY_LISTS:
        container[name] = container.get(name) or []
    same_port = document.get("networkMode") in ("awsvpc", "host")
    for mapping in container["portMappings"]:
        mapping.setdefault("protocol", "tcp")
        if "containerPortRange" in mapping:
            continue
        unset = not mapping.get("hostPort")
        mapping["hostPort"] = (
            mapping.get("containerPort", 0) if same_port and unset else mapping.get("hostPort", 0)
        )
    check_health = container.get("healthCheck")
    if check_health:
        container["healthCheck"] = {"interval": 30, "timeout": 5, "retries": 3, **check_health}
    return container


def _complete_volume(volume: Doc) -> None:
    efs = volume.get("efsVolumeConfiguration")
    if efs:
        efs.setdefault("rootDirectory", "/")
    elif not any(name.endswith("Configuration") or name == "configuredAtLaunch" for name in volume):
        volume.setdefault("host", {})
