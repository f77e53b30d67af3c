"""A task definition for Fargate: size, network, port, logs and the execution role."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labs.sdk import Account, CannotTell, Failed, Names, Objective, Outcome, Passed, iam_roles, log_groups

from . import _ecs, _execution, _fargate, _leftovers, _logs

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import (
        ContainerDefinitionOutputTypeDef,
        PortMappingTypeDef,
        TaskDefinitionTypeDef,
    )


_DECISIONS = "EvaluationResults[].[EvalActionName, EvalDecision]"
_CONTAINER = "taskDefinition.containerDefinitions[].[name, essential, image, portMappings]"
_LOGS = "taskDefinition.containerDefinitions[].[name, logConfiguration]"


def family_has_an_active_revision(account: Account, lab: Names) -> Outcome:
    """The family has a revision that is ACTIVE."""
    return _ecs.family_is_active(account, lab["family"])


def definition_is_valid_for_fargate(account: Account, lab: Names) -> Outcome:
    """The newest ACTIVE revision is valid for Fargate."""
    definition = _ecs.the_definition(account, lab["family"])
    name = _ecs.revision_name(definition)
    wrong = _fargate.why_not_fargate(definition)
    where = (
        "taskDefinition.[networkMode, cpu, memory, compatibilities]",
        "taskDefinition.containerDefinitions[].portMappings[]",
    )
    if wrong is None:
        size = f"{definition['cpu']} CPU units and {definition['memory']} MiB"
        return Passed(f"{name} is valid for Fargate: {size}", evidence=where)
    return Failed(
        found=f"{name}: {wrong}",
        expected="a revision that is valid for Fargate",
        hint="Fargate needs awsvpc mode and a supported size; no host paths, other host ports or EC2-only options.",
        evidence=where,
    )


def container_exposes_the_port(account: Account, lab: Names) -> Outcome:
    """An essential container of this name has an image and exposes the port."""
    definition = _ecs.the_definition(account, lab["family"])
    container = _container(definition, lab["container"])
    if container is None:
        others = ", ".join(each["name"] for each in definition["containerDefinitions"])
        return _not_exposed(
            f"{_ecs.revision_name(definition)} has no container {lab['container']}; its containers are {others}",
            lab,
        )
    wrong = _wrong_container(container, lab)
    if wrong:
        return _not_exposed(wrong, lab)
    return Passed(
        f"container {lab['container']} is essential, runs {container['image']} and exposes TCP port {lab['port']}",
        evidence=_CONTAINER,
    )


def _not_exposed(found: str, lab: Names) -> Failed:
    return Failed(
        found=found,
        expected=f"an essential container {lab['container']} with an image and a port mapping for TCP {lab['port']}",
        hint="Check the name, the image, the essential flag and the port mappings of the container.",
        evidence=_CONTAINER,
    )


def _wrong_container(container: ContainerDefinitionOutputTypeDef, lab: Names) -> str:
    name = lab["container"]
    if not container.get("essential", True):
        return f"container {name} is not essential"
    if not container.get("image"):
        return f"container {name} has no image"
    mappings = container.get("portMappings", [])
    if any(_exposes(mapping, int(lab["port"])) for mapping in mappings):
        return ""
    return f"container {name} exposes {', '.join(map(_mapping_text, mappings)) or 'no port'}"


def _exposes(mapping: PortMappingTypeDef, port: int) -> bool:
    """Whether a TCP port is among those of a mapping, which can be a range (`8000-8010`)."""
    ports = mapping.get("containerPortRange") or str(mapping["containerPort"])
    first, _, last = ports.partition("-")
    return mapping.get("protocol", "tcp") == "tcp" and int(first) <= port <= int(last or first)


def _mapping_text(mapping: PortMappingTypeDef) -> str:
    ports = mapping.get("containerPortRange") or mapping.get("containerPort")
    return f"{mapping.get('protocol', 'tcp')} {ports}"


def container_logs_to_a_group(account: Account, lab: Names) -> Outcome:
    """The container logs by awslogs to a group of this Region that exists or that the driver creates."""
    container = _container(_ecs.the_definition(account, lab["family"]), lab["container"])
    if container is None:
        raise CannotTell(f"container {lab['container']} was removed during the check")
    logs = _logs.AwsLogs.of(container)
    if logs is None:
        return _not_logging(account, f"container {lab['container']} {_other_driver(container)}")
    wrong = _wrong_logs(account, logs)
    if wrong:
        return _not_logging(account, f"container {lab['container']} {wrong}")
    return Passed(
        f"container {lab['container']} logs to {logs.group} with stream prefix {logs.prefix}", evidence=_LOGS
    )


def _not_logging(account: Account, found: str) -> Failed:
    return Failed(
        found=found,
        expected=f"awslogs with a stream prefix, to a log group that exists in {account.region} or is created",
        hint="Check the awslogs options of the container: group, Region and stream prefix.",
        evidence=_LOGS,
    )


def _other_driver(container: ContainerDefinitionOutputTypeDef) -> str:
    configuration = container.get("logConfiguration")
    return f"uses log driver {configuration['logDriver']}" if configuration else "has no log configuration"


def _wrong_logs(account: Account, logs: _logs.AwsLogs) -> str:
    if not logs.group:
        return "has no awslogs-group"
    if logs.region != account.region:
        return f"logs to Region {logs.region}" if logs.region else "has no awslogs-region"
    if not logs.prefix:
        return "has no awslogs-stream-prefix"
    if logs.creates or log_groups.group_or_none(account, logs.group):
        return ""
    return f"logs to {logs.group}, which does not exist, and awslogs-create-group is not true"


def execution_role_can_start_the_task(account: Account, lab: Names) -> Outcome:
    """ECS tasks can assume the execution role, which is allowed to pull the images and write the logs."""
    definition = _ecs.the_definition(account, lab["family"])
    arn = definition.get("executionRoleArn", "")
    role = iam_roles.role_or_none(account, arn) if arn else None
    if role is None:
        return Failed(
            found=f"execution role {arn} does not exist"
            if arn
            else f"{_ecs.revision_name(definition)} has no execution role",
            expected="an execution role that exists",
            hint="ECS pulls the image and writes the logs with the execution role. Check executionRoleArn.",
            evidence="taskDefinition.executionRoleArn",
        )
    trust = iam_roles.trust_outcome(account, role, iam_roles.ECS_TASKS)
    if isinstance(trust, Failed):
        return trust
    wrong = _execution.why_no_pull(account, role, definition) or _execution.why_no_logs(
        account, role, definition
    )
    if not wrong:
        return Passed(
            f"{iam_roles.ECS_TASKS} can assume {role['RoleName']}, which is allowed to pull and to write logs",
            evidence=_DECISIONS,
        )
    return Failed(
        found=wrong,
        expected=f"{role['RoleName']} allowed to log in to ECR, to pull the images and to write the logs",
        hint="Check every policy of the role and its permissions boundary for these actions, and their resources.",
        evidence=_DECISIONS,
    )


def _container(definition: TaskDefinitionTypeDef, name: str) -> ContainerDefinitionOutputTypeDef | None:
    return next((each for each in definition["containerDefinitions"] if each["name"] == name), None)


READS = (*_ecs.DEFINITION_READS, *_execution.READS)
LEFTOVERS = (
    _leftovers.of(
        *_leftovers.DEFINITIONS,
        *_leftovers.ROLES,
        "log group",
        family=["{family}"],
        role=["{family}-execution"],
        log_group=["/ecs/{family}"],
    ),
)
OBJECTIVES = (
    Objective("family", family_has_an_active_revision),
    Objective("fargate", definition_is_valid_for_fargate, needs=("family",)),
    Objective("container", container_exposes_the_port, needs=("family",)),
    Objective("logs", container_logs_to_a_group, needs=("container",)),
    Objective("execution-role", execution_role_can_start_the_task, needs=("family",)),
)
