"""Validation of the load balancers of a service."""

from __future__ import annotations

from typing import Any

from labs.sandbox.ecs.model.documents import check_length
from labs.sandbox.ecs.model.errors import invalid
from labs.sandbox.ecs.model.records import Doc, TaskDefinition
from labs.sandbox.ecs.model.state import Ecs

MAX_TARGET_GROUPS = 5


def check_balancers(ecs: Ecs, definition: TaskDefinition, balancers: list[Doc], role: str | None) -> None:
    """Raises InvalidParameterException for a load balancer with which the tasks cannot be registered."""
    if role and not balancers:
        raise invalid("You cannot specify an IAM role for services that do not use a load balancer.")
    if role and definition.network_mode == "awsvpc":
        raise invalid("You cannot specify an IAM role for services that require a service linked role.")
    check_length("load balancers", balancers, MAX_TARGET_GROUPS)
    for balancer in balancers:
        _check_container(definition, balancer)
        if balancer.get("targetGroupArn"):
            _check_group(ecs, definition, balancer["targetGroupArn"])
        elif not balancer.get("loadBalancerName"):
            raise invalid("A load balancer name or a target group ARN must be specified.")


def _check_container(definition: TaskDefinition, balancer: Doc) -> None:
    name, port = balancer.get("containerName"), balancer.get("containerPort")
    if not name:
        raise invalid("Container Name can not be blank.")
    container = definition.container(name)
    if container is None:
        raise invalid(f"The container {name} does not exist in the task definition.")
    if port not in [mapping.get("containerPort") for mapping in container["portMappings"]]:
        raise invalid(f"The container {name} did not have a container port {port} defined.")


def _check_group(ecs: Ecs, definition: TaskDefinition, arn: str) -> None:
    backend = ecs.elbv2
    group = backend.target_groups.get(arn)
    if group is None:
        raise invalid(
            "Unable to assume role and validate the specified targetGroupArn. Please verify that the ECS service "
            "role being passed has the proper permissions."
        )
    if not _balanced(backend, arn):
        raise invalid(
            f"The target group with targetGroupArn {arn} does not have an associated load balancer."
        )
    mode = definition.network_mode
    if (group.target_type == "ip") != (mode == "awsvpc"):
        raise invalid(
            f"The provided target group {arn} has target type {group.target_type}, which is incompatible with "
            f"the {mode} network mode specified in the task definition."
        )


def _balanced(backend: Any, arn: str) -> bool:
    """Whether a listener or one of its rules forwards to the target group."""
    rules = (
        rule
        for balancer in backend.load_balancers.values()
        for listener in balancer.listeners.values()
        for rule in listener.rules.values()
    )
    actions = (action for rule in rules for action in rule.actions if action.type == "forward")
    return any(arn in backend._get_target_group_arns_from(action_data=action.data) for action in actions)
