"""What else keeps a task from starting: roles that ECS cannot assume, and log groups that are not there.

Texts are AWS's; those of the awslogs driver as Fargate and Docker report them.
"""

from __future__ import annotations

from labs.sandbox import hooks
from labs.sandbox.access.roles import Role, find_role
from labs.sandbox.ecs.model.records import Doc, Task
from labs.sandbox.ecs.model.state import Ecs

TASKS = "ecs-tasks.amazonaws.com"
_TRUE = ("1", "t", "T", "true", "TRUE", "True")
"""What the awslogs driver takes for true: Go's strconv.ParseBool reads the option."""


@hooks.launch_checks.add("roles")
def unassumable(ecs: Ecs, task: Task) -> str | None:
    """ECS assumes the task's roles when it starts: they must exist and trust it."""
    overrides = task.doc.get("overrides") or {}
    for field in ("executionRoleArn", "taskRoleArn"):
        arn = overrides.get(field) or task.definition.doc.get(field)
        role = find_role(ecs.account, arn)
        if arn and not (role and role.trusts(TASKS, task.arn)):
            return (
                f"ECS was unable to assume the role '{arn}' that was provided for this task. Please verify that the "
                "role being passed has the proper trust relationship and permissions and that your IAM user has "
                "permissions to pass this role."
            )
    return None


@hooks.launch_checks.add("log streams")
def unlogged(ecs: Ecs, task: Task) -> str | None:
    """The awslogs driver opens its stream before the container starts."""
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
    """What CloudWatch Logs answers to the driver; a group that may be created is."""
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
    """Whether the execution role may not; on EC2 without one the instance's role writes, which is not looked at."""
    return role is not None and not role.may(action, resource, aws_RequestedRegion=region)


def _denial(role: Role | None, task: Task, action: str, resource: str) -> str:
    assert role is not None, "only a role can be denied something"
    who = f"arn:aws:sts::{role.account}:assumed-role/{role.name}/{task.id}"
    return (
        f"AccessDeniedException: User: {who} is not authorized to perform: {action} on resource: {resource} "
        f"because no identity-based policy allows the {action} action"
    )
