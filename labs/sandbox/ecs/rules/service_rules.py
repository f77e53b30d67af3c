"""Validation of a service: its whole configuration, on creation and on update."""

from __future__ import annotations

import re
from collections.abc import Sequence

from labs.errors import BadPlacement
from labs.sandbox.ecs.launch.network import check_network
from labs.sandbox.ecs.model.documents import check_choice
from labs.sandbox.ecs.model.errors import client, invalid, refusal
from labs.sandbox.ecs.model.records import FARGATE_PROVIDERS, Cluster, Doc, TaskDefinition
from labs.sandbox.ecs.model.state import Ecs
from labs.sandbox.ecs.placement.rules import (
    ZONE,
    check_together,
    read_constraints,
    read_strategies,
)
from labs.sandbox.ecs.rules.load_balancer_rules import check_balancers
from labs.sandbox.ecs.rules.provider_rules import check_strategy, check_weights

_PLATFORMS = ("LATEST", "1.4.0", "1.3.0", "1.0.0")
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,255}")
_REBALANCING = "Availability Zone Rebalancing"


def check(ecs: Ecs, definition: TaskDefinition, doc: Doc, *, reached: bool = True) -> None:
    """Raises AWS's first error for a service with this configuration.

    `reached`: also validates how its tasks are reached, which other resources may have changed since.
    """
    kind = kind_of(doc)
    check_runs_on(definition, kind)
    check_placement(definition, doc, kind)
    check_platform(doc, kind)
    _check_scheduling(doc, kind)
    _check_percents(doc)
    if reached:
        check_network(ecs, definition, doc.get("networkConfiguration"), kind)
        check_balancers(ecs, definition, doc["loadBalancers"], doc.get("role"))
    _check_volumes(definition, doc.get("volumeConfigurations") or [])
    _check_connect(definition, doc.get("serviceConnectConfiguration") or {})
    check_choice("propagateTags", doc["propagateTags"], ("TASK_DEFINITION", "SERVICE", "NONE"))
    check_choice(
        "availabilityZoneRebalancing", doc.get("availabilityZoneRebalancing"), ("ENABLED", "DISABLED")
    )
    if doc["enableExecuteCommand"] and not definition.doc.get("taskRoleArn"):
        raise invalid(
            "The service couldn't be updated because a valid taskRoleArn is not being used. Specify a valid "
            "task role in your task definition and try again."
        )


def new_rebalancing(doc: Doc) -> str:
    """Whether a new service has Availability Zone rebalancing: by default if its configuration supports it."""
    wanted, refused = doc.get("availabilityZoneRebalancing"), why_no_rebalancing(doc)
    if wanted == "ENABLED" and refused:
        raise invalid(refused)
    return str(wanted or ("DISABLED" if refused else "ENABLED"))


def check_rebalancing(doc: Doc) -> None:
    """Refuses to update a service to a configuration that its Availability Zone rebalancing does not support."""
    refused = why_no_rebalancing(doc)
    if doc["availabilityZoneRebalancing"] == "ENABLED" and refused:
        raise invalid(f"The service couldn't be updated because {refused}")


def check_external(doc: Doc) -> None:
    """Raises AWS's first error for a service with an external deployment controller."""
    kind = kind_of(doc)
    _check_scheduling(doc, kind)
    _check_percents(doc)
    try:
        read_strategies(doc.get("placementStrategy") or ())
        read_constraints(doc.get("placementConstraints") or ())
    except BadPlacement as error:
        raise invalid(str(error)) from error


def check_name(name: str) -> None:
    """Refuses a service name with characters that AWS does not allow."""
    if not _NAME.fullmatch(name):
        raise invalid(f"Service name must match ^[a-zA-Z0-9\\-_]{{1,255}}$, but was {name}")


def capacity(ecs: Ecs, cluster: Cluster, request: Doc) -> Doc:
    """The capacity of a service: a launch type or a strategy, else the cluster's default strategy, else EC2."""
    kind, strategy = request.get("launchType"), request.get("capacityProviderStrategy") or []
    check_choice("launchType", kind, ("EC2", "FARGATE", "EXTERNAL"))
    if kind and strategy:
        raise invalid(
            "Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again."
        )
    if kind:
        return {"launchType": kind}
    named = strategy or cluster.doc["defaultCapacityProviderStrategy"]
    if not named:
        return {"launchType": "EC2"}
    checked = check_strategy(ecs, named, cluster.doc["capacityProviders"])
    check_weights(checked, default=not strategy)
    return {"capacityProviderStrategy": checked}


def kind_of(doc: Doc) -> str:
    """The launch type of a configuration, given directly or by a strategy."""
    strategy: Sequence[Doc] = doc.get("capacityProviderStrategy") or ()
    if strategy:
        return "FARGATE" if strategy[0]["capacityProvider"] in FARGATE_PROVIDERS else "EC2"
    return str(doc.get("launchType") or "EC2")


def check_runs_on(definition: TaskDefinition, kind: str) -> None:
    """Refuses a task definition that is not valid for the launch type."""
    if kind not in definition.doc["compatibilities"]:
        raise invalid(f"Task definition does not support launch_type {kind}.")


def check_placement(definition: TaskDefinition, doc: Doc, kind: str) -> None:
    """Refuses invalid placement strategies and constraints, and all of them on Fargate."""
    strategies, constraints = doc.get("placementStrategy") or (), doc.get("placementConstraints") or ()
    if kind == "FARGATE":
        for what, given in (("strategies", strategies), ("constraints", constraints)):
            if given:
                raise invalid(f"Placement {what} are not supported with FARGATE launch type.")
    try:
        read_strategies(strategies)
        here = read_constraints(constraints)
        check_together(
            here, read_constraints(definition.doc["placementConstraints"], in_task_definition=True)
        )
    except BadPlacement as error:
        raise invalid(str(error)) from error


def check_platform(doc: Doc, kind: str) -> None:
    """Refuses a platform version that does not exist, and any of them on instances."""
    version = doc.get("platformVersion")
    if version and kind != "FARGATE":
        raise invalid(f"The platform version must be null when specifying an {kind} launch type.")
    if version and version not in _PLATFORMS:
        raise refusal("PlatformUnknownException", "The specified platform version does not exist.")


def why_no_rebalancing(doc: Doc) -> str:
    """AWS's message on why the configuration excludes Availability Zone rebalancing; empty if it does not."""
    strategies = doc["placementStrategy"]
    if doc["schedulingStrategy"] != "REPLICA":
        return f"{_REBALANCING} does not support DAEMON services"
    if strategies and (strategies[0]["type"], strategies[0].get("field")) != ("spread", ZONE):
        return f"{_REBALANCING} only supports availability zone spread as task placement strategy."
    if doc["deploymentConfiguration"]["maximumPercent"] <= 100:
        return f"{_REBALANCING} does not support maximumPercent <= 100 % as deployment configuration."
    if any(balancer.get("loadBalancerName") for balancer in doc["loadBalancers"]):
        return f"{_REBALANCING} does not support Classic Load Balancers."
    return ""


def _check_scheduling(doc: Doc, kind: str) -> None:
    check_choice("schedulingStrategy", doc["schedulingStrategy"], ("REPLICA", "DAEMON"))
    controller = doc["deploymentController"]["type"]
    check_choice("deploymentController.type", controller, ("ECS", "CODE_DEPLOY", "EXTERNAL"))
    if doc["schedulingStrategy"] == "REPLICA":
        return
    if kind == "FARGATE":
        raise invalid("The Fargate launch type does not support the DAEMON scheduling strategy.")
    if controller != "ECS":
        raise invalid(
            f"The {controller} deployment controller does not support the DAEMON scheduling strategy."
        )
    if doc["placementStrategy"]:
        raise invalid("Placement strategies are not supported with the DAEMON scheduling strategy.")


def _check_percents(doc: Doc) -> None:
    configuration = doc["deploymentConfiguration"]
    least, most = configuration["minimumHealthyPercent"], configuration["maximumPercent"]
    if least < 0 or most < 0:
        raise invalid("minimumHealthyPercent and maximumPercent must not be negative.")
    if least == most == 100:
        raise invalid(
            "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments."
        )
    if least > most:
        raise invalid("maximumPercent must not be less than minimumHealthyPercent.")
    if least > 100:
        raise invalid("minimumHealthyPercent must not be greater than 100.")
    if doc["schedulingStrategy"] == "REPLICA" and most < 100:
        raise invalid(
            "maximumPercent must not be less than 100 for a service with the REPLICA scheduling strategy."
        )
    grace = doc.get("healthCheckGracePeriodSeconds")
    if grace is not None and not 0 <= grace <= 2_147_483_647:
        raise invalid("healthCheckGracePeriodSeconds must be between 0 and 2147483647.")


def _check_volumes(definition: TaskDefinition, configurations: list[Doc]) -> None:
    """Refuses a volume configured at launch without a configuration, and a configuration without such a volume."""
    at_launch = [volume["name"] for volume in definition.doc["volumes"] if volume.get("configuredAtLaunch")]
    named = [each["name"] for each in configurations]
    for name in named:
        if name not in at_launch:
            raise invalid(f"The volume '{name}' is not configured at launch in the task definition.")
    for name in at_launch:
        if name not in named:
            raise invalid(
                f"The volume '{name}' is configured at launch: a volume configuration must be provided."
            )
    for each in configurations:
        _check_ebs(each.get("managedEBSVolume") or {})


def _check_ebs(volume: Doc) -> None:
    if not volume.get("roleArn"):
        raise invalid("An infrastructure role must be specified for a managed EBS volume.")
    if not volume.get("sizeInGiB") and not volume.get("snapshotId"):
        raise invalid("Either a size or a snapshot must be specified for a managed EBS volume.")
    if volume.get("sizeInGiB") is not None and not 1 <= volume["sizeInGiB"] <= 65536:
        raise invalid("The size of a managed EBS volume must be between 1 and 65536 GiB.")
    kinds = ("gp2", "gp3", "io1", "io2", "sc1", "st1", "standard")
    check_choice("volumeType", volume.get("volumeType"), kinds)
    check_choice("filesystemType", volume.get("filesystemType"), ("ext3", "ext4", "xfs", "ntfs"))


def _check_connect(definition: TaskDefinition, configuration: Doc) -> None:
    names = {mapping.get("name") for each in definition.containers for mapping in each["portMappings"]}
    for service in configuration.get("services") or ():
        if service["portName"] not in names:
            raise invalid(f"Service Connect portName '{service['portName']}' is not in the task definition.")


def check_count(count: int | None, *, daemon: bool) -> int:
    """Validates the desired count of a request. Raises InvalidParameterException."""
    if daemon:
        if count is not None:
            raise invalid(
                "The daemon scheduling strategy does not support a desired count for services. "
                "Remove the desired count value and try again"
            )
        return 0
    if count is None:
        raise invalid("A desired count must be specified for a service with the REPLICA scheduling strategy.")
    if count < 0:
        raise invalid("The desired count must not be negative.")
    if count > 5000:
        raise client("The desired count must not be greater than 5000.")
    return count
