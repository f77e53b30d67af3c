"""The attributes that a task definition requires of a container instance.

The names are those of the agent (amazon-ecs-agent, agent/app/agent_capability.go).
"""

from __future__ import annotations

from collections.abc import Iterator

from labs.sandbox.ecs.model.records import Doc
from labs.sandbox.ecs.rules.fargate import why_not
from labs.sandbox.images.names import is_private_image

CAPABILITY = "com.amazonaws.ecs.capability."
TASK_ROLE = CAPABILITY + "task-iam-role"
TASK_ROLE_HOST = CAPABILITY + "task-iam-role-network-host"
_DOCKER = CAPABILITY + "docker-remote-api."
_TASK_SIZE = "ecs.capability.task-cpu-mem-limit"

EVERY_AGENT = (
    *(f"{_DOCKER}1.{minor}" for minor in range(17, 36)),
    *(f"{CAPABILITY}logging-driver.{name}" for name in ("json-file", "syslog", "awslogs", "fluentd", "none")),
    CAPABILITY + "ecr-auth",
    CAPABILITY + "privileged-container",
    "ecs.capability.container-health-check",
    "ecs.capability.container-ordering",
    "ecs.capability.docker-plugin.local",
    "ecs.capability.efs",
    "ecs.capability.efsAuth",
    "ecs.capability.env-files.s3",
    "ecs.capability.execution-role-awslogs",
    "ecs.capability.execution-role-ecr-pull",
    "ecs.capability.pid-ipc-namespace-sharing",
    "ecs.capability.secrets.asm.environment-variables",
    "ecs.capability.secrets.ssm.environment-variables",
    _TASK_SIZE,
    "ecs.capability.task-eni",
    "ecs.capability.storage.ebs-task-attach",
    "ecs.capability.firelens.fluentbit",
    "ecs.capability.firelens.fluentd",
)
"""The attributes that the agent of an ECS-optimized AMI always reports."""


def required_attributes(document: Doc) -> list[str]:
    """The attributes that an instance must have, sorted and distinct."""
    needed = set(_of_task(document))
    for container in document["containerDefinitions"]:
        needed.update(_of_container(container, document))
    if "FARGATE" in document.get("requiresCompatibilities", ()):
        # As recorded: sizes of the task demand nothing there, and Docker 1.18 is always asked for.
        needed = needed - {_TASK_SIZE} | {_DOCKER + "1.18"}
    return sorted(needed)


def compatibilities(document: Doc) -> list[str]:
    """The launch types for which a task definition is valid, in the order of recorded responses."""
    if document.get("networkMode") != "awsvpc":
        return ["EXTERNAL", "EC2"]
    return ["EC2"] if why_not(document) else ["EC2", "MANAGED_INSTANCES", "FARGATE"]


def _of_task(document: Doc) -> Iterator[str]:
    if document.get("taskRoleArn"):
        yield TASK_ROLE_HOST if document.get("networkMode") == "host" else TASK_ROLE
    if document.get("networkMode") == "awsvpc":
        yield "ecs.capability.task-eni"
    if document.get("cpu") or document.get("memory"):
        yield _TASK_SIZE
    if document.get("pidMode") or document.get("ipcMode"):
        yield "ecs.capability.pid-ipc-namespace-sharing"
    for volume in document["volumes"]:
        if volume.get("efsVolumeConfiguration"):
            yield "ecs.capability.efs"
            if volume["efsVolumeConfiguration"].get("authorizationConfig"):
                yield "ecs.capability.efsAuth"
        if volume.get("dockerVolumeConfiguration"):
            yield "ecs.capability.docker-plugin.local"
        if volume.get("configuredAtLaunch"):
            yield "ecs.capability.storage.ebs-task-attach"


def _of_container(container: Doc, document: Doc) -> Iterator[str]:
    yield from _of_sources(container, bool(document.get("executionRoleArn")))
    if container["portMappings"] or container["mountPoints"] or container["environment"]:
        yield _DOCKER + "1.18"
    if container.get("memoryReservation"):
        yield _DOCKER + "1.21"
    if container.get("privileged"):
        yield CAPABILITY + "privileged-container"
    if container.get("healthCheck"):
        yield "ecs.capability.container-health-check"
        yield _DOCKER + "1.24"
    if container.get("dependsOn"):
        yield "ecs.capability.container-ordering"
    if container.get("firelensConfiguration"):
        yield f"ecs.capability.firelens.{container['firelensConfiguration']['type']}"


def _of_sources(container: Doc, role: bool) -> Iterator[str]:
    """The attributes that image, environment files, secrets and logs require."""
    driver = (container.get("logConfiguration") or {}).get("logDriver")
    if driver in ("json-file", "syslog", "awslogs", "fluentd", "none"):
        yield CAPABILITY + f"logging-driver.{driver}"
        yield _DOCKER + "1.19"
        if driver == "awslogs" and role:
            yield "ecs.capability.execution-role-awslogs"
    if is_private_image(container["image"]):
        yield CAPABILITY + "ecr-auth"
        yield _DOCKER + "1.19"
        if role:
            yield "ecs.capability.execution-role-ecr-pull"
    if container.get("environmentFiles"):
        yield "ecs.capability.env-files.s3"
    for secret in container.get("secrets") or ():
        kind = "asm" if ":secretsmanager:" in secret["valueFrom"] else "ssm"
        yield f"ecs.capability.secrets.{kind}.environment-variables"
