"""Further reasons why a task does not start: roles that ECS cannot assume, and missing log groups.

ECS assumes a role twice. When it accepts a task, it sends the literal `task/*` as aws:SourceArn: if the role does not
trust that, RunTask is refused, and a service launches nothing. A role that trusts it, but not the task's own ARN,
leaves the task PENDING (real RunTask calls of 2026; awsdocs/amazon-ecs-developer-guide#208).
Messages are AWS's; those of the awslogs driver as Fargate and Docker report them.
"""

from __future__ import annotations

from labs.sandbox import hooks
from labs.sandbox.access.roles import Role, find_role
from labs.sandbox.ecs.model.records import Doc, Task, TaskDefinition
from labs.sandbox.ecs.model.state import Ecs

TASKS = "ecs-tasks.amazonaws.com"
_TRUE = ("1", "t", "T", "true", "TRUE", "True")
"""The spellings that the awslogs driver reads as true (Go's strconv.ParseBool)."""


_ROLES = ("executionRoleArn", "taskRoleArn")


def inadmissible(ecs: Ecs, definition: TaskDefinition, request: Doc) -> str | None:
    """AWS's message for a role that ECS cannot assume, with the literal `task/*`, when it accepts a task."""
    for arn in _named(definition, request.get("overrides") or {}):
        if not _trusts(ecs, arn, f"arn:aws:ecs:{ecs.region}:{ecs.account}:task/*"):
            return (
                f"ECS was unable to assume the role '{arn}' that was provided for this task. Please verify that the "
                "role being passed has the proper trust relationship and permissions and that your IAM user has "
                "permissions to pass this role."
            )
    return None


def awaits_role(ecs: Ecs, task: Task) -> bool:
    """Whether a role does not trust ECS for this task's ARN, so that the task stays PENDING."""
    named = _named(task.definition, task.doc.get("overrides") or {})
    return not all(_trusts(ecs, arn, task.arn) for arn in named)


def _named(definition: TaskDefinition, overrides: Doc) -> list[str]:
    named = (overrides.get(field) or definition.doc.get(field) for field in _ROLES)
    return [arn for arn in named if arn]


def _trusts(ecs: Ecs, arn: str, source: str) -> bool:
    role = find_role(ecs.account, arn)
    return role is not None and role.trusts(TASKS, source)


@hooks.launch_checks.add("log streams")
def unlogged(ecs: Ecs, task: Task) -> str | None:
    """The reason why the awslogs driver cannot open its log stream before the container starts; None if it can."""
    for container in task.definition.containers:
        log = container.get("logConfiguration") or {}
        if log.get("logDriver") == "awslogs":
            fault = _log_fault(ecs, task, container["name"], log.get("options") or {})
            if fault:
                return _as_reported(task, fault)
    return None


def _as_reported(task: Task, fault: str) -> str:
    if task.doc["launchType"] == "FARGATE":
        return (
            "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: "
            f"failed to create Cloudwatch log stream: {fault} : exit status 1"
        )
    return (
        "CannotStartContainerError: Error response from daemon: failed to initialize logging driver: "
        f"failed to create Cloudwatch log stream: {fault}"
    )


def _log_fault(ecs: Ecs, task: Task, container: str, options: Doc) -> str | None:
    """The error of CloudWatch Logs for the driver; a missing group is created if the role allows that."""
    from moto.logs.models import logs_backends

    region, name = options.get("awslogs-region") or ecs.region, options.get("awslogs-group", "")
    backend = logs_backends[ecs.account][region]
    arn = f"arn:aws:logs:{region}:{ecs.account}:log-group:{name}"
    role = find_role(ecs.account, task.definition.doc.get("executionRoleArn"))
    missing = name not in backend.groups
    if missing and options.get("awslogs-create-group") in _TRUE:
        # AWS names the resource of this call with an empty stream, and documents it without.
        named = (arn, f"{arn}:log-stream:")
        if all(_denied(role, "logs:CreateLogGroup", name, region) for name in named):
            return _denial(role, task, "logs:CreateLogGroup", named[1])
        backend.create_log_group(name, {})
        missing = False
    if missing:
        return "ResourceNotFoundException: The specified log group does not exist."
    stream = f"{options.get('awslogs-stream-prefix', '')}/{container}/{task.id}"
    if _denied(role, "logs:CreateLogStream", f"{arn}:log-stream:{stream}", region):
        return _denial(role, task, "logs:CreateLogStream", f"{arn}:log-stream:")
    return None


def _denied(role: Role | None, action: str, resource: str, region: str) -> bool:
    """Whether the execution role is denied; on EC2 without one, the instance's role writes, which is not checked."""
    return role is not None and not role.may(action, resource, aws_RequestedRegion=region)


def _denial(role: Role | None, task: Task, action: str, resource: str) -> str:
    assert role is not None, "only a role can be denied something"
    who = f"arn:aws:sts::{role.account}:assumed-role/{role.name}/{task.id}"
    return (
        f"AccessDeniedException: User: {who} is not authorized to perform: {action} on resource: {resource} "
        f"because no identity-based policy allows the {action} action"
    )
