"""Fargate's rules for a task definition, and its compatibility."""

from __future__ import annotations

from labs.sandbox.ecs.model.errors import ServiceException, client
from labs.sandbox.ecs.model.records import Doc
from labs.sandbox.images.names import is_private_image

GIB = 1024
SIZES: dict[int, tuple[int, ...]] = {
    256: (512, GIB, 2 * GIB),
    512: tuple(range(GIB, 4 * GIB + 1, GIB)),
    1024: tuple(range(2 * GIB, 8 * GIB + 1, GIB)),
    2048: tuple(range(4 * GIB, 16 * GIB + 1, GIB)),
    4096: tuple(range(8 * GIB, 30 * GIB + 1, GIB)),
    8192: tuple(range(16 * GIB, 60 * GIB + 1, 4 * GIB)),
    16384: tuple(range(32 * GIB, 120 * GIB + 1, 8 * GIB)),
}
"""CPU units, each with the allowed MiB on Linux (API reference, RegisterTaskDefinition, memory)."""
ON_WINDOWS = (1024, 2048, 4096)
"""The CPU units for Windows containers (the same reference)."""

STORAGE = (20, 200)
"""GiB of ephemeral storage (API reference, EphemeralStorage, where 21 is the least).

The default size is accepted, unlike on AWS, because a lab judges whether it was raised.
"""

MAX_STOP_TIMEOUT_SECONDS = 120
_NO_SUPPORT = "Fargate compatible task definitions do not support"
_LOG_DRIVERS = ("awslogs", "splunk", "awsfirelens")


def check_fargate(document: Doc) -> None:
    """Raises AWS's error if FARGATE is among the required compatibilities and the definition is not valid for it."""
    if "FARGATE" in document.get("requiresCompatibilities", ()):
        refused = why_not(document)
        if refused:
            raise refused
    elif "ephemeralStorage" in document:
        _check_storage(document)


def why_not(document: Doc) -> ServiceException | None:
    """The first reason why the task definition cannot run on Fargate; None if it can."""
    try:
        _check_network(document)
        _check_namespaces(document)
        _check_size(document)
        _check_storage(document)
        _check_volumes(document)
        _check_roles(document)
        for container in document["containerDefinitions"]:
            _check_container(container)
    except ServiceException as refused:
        return refused
    return None


def _check_network(document: Doc) -> None:
    if document.get("networkMode") != "awsvpc":
        raise client("Fargate only supports network mode ‘awsvpc’.")


def _check_namespaces(document: Doc) -> None:
    if document.get("pidMode") == "host":
        raise client(
            "Tasks using the Fargate launch type do not support pidMode 'host'. "
            "The supported value for pidMode is 'task'."
        )
    if document.get("ipcMode"):
        raise client("Tasks using the Fargate launch type do not support ipcMode.")


def _check_size(document: Doc) -> None:
    for name in ("cpu", "memory"):
        if not document.get(name):
            raise client(f"Fargate requires that '{name}' be defined at the task level.")
    cpu, memory = int(document["cpu"]), int(document["memory"])
    system = (document.get("runtimePlatform") or {}).get("operatingSystemFamily") or "LINUX"
    if memory not in SIZES.get(cpu, ()) or (system.startswith("WINDOWS") and cpu not in ON_WINDOWS):
        raise client(
            f"No Fargate configuration exists for given values: {cpu} CPU, {memory} memory. "
            "See the Amazon ECS documentation for the valid values."
        )


def _check_storage(document: Doc) -> None:
    storage = document.get("ephemeralStorage")
    least, most = STORAGE
    if storage and not least <= storage["sizeInGiB"] <= most:
        which = f"at least {least}" if storage["sizeInGiB"] < least else f"at most {most}"
        raise client(f"EphemeralStorage size should be {which}")


def _check_volumes(document: Doc) -> None:
    for volume in document["volumes"]:
        if (volume.get("host") or {}).get("sourcePath"):
            raise client(f"{_NO_SUPPORT} sourcePath")
        if volume.get("dockerVolumeConfiguration"):
            raise client(f"{_NO_SUPPORT} dockerVolumeConfiguration")
    if document["placementConstraints"]:
        raise client(f"{_NO_SUPPORT} constraints")


def _check_roles(document: Doc) -> None:
    if document.get("executionRoleArn"):
        return
    needs = "Fargate requires task definition to have execution role ARN to support"
    for container in document["containerDefinitions"]:
        if is_private_image(container["image"]):
            raise client(f"{needs} ECR images.")
        if (container.get("logConfiguration") or {}).get("logDriver") == "awslogs":
            raise client(f"{needs} log driver awslogs.")


def _check_container(container: Doc) -> None:
    if container.get("stopTimeout", 0) > MAX_STOP_TIMEOUT_SECONDS:
        raise client(
            f"Invalid setting for container '{container['name']}'. On Fargate, 'stopTimeout' must be at most "
            f"{MAX_STOP_TIMEOUT_SECONDS} seconds."
        )
    driver = (container.get("logConfiguration") or {}).get("logDriver")
    if driver and driver not in _LOG_DRIVERS:
        raise client(f"{driver} is not a valid log driver. Must be one of [{','.join(_LOG_DRIVERS)}]")
    if container.get("privileged"):
        raise client(f"{_NO_SUPPORT} privileged containers")
    if container.get("dockerSecurityOptions"):
        raise client(f"{_NO_SUPPORT} dockerSecurityOptions")
    _check_linux(container.get("linuxParameters") or {})
    for requirement in container.get("resourceRequirements") or ():
        if requirement["type"] == "GPU":
            raise client(f"{_NO_SUPPORT} GPU resource requirements")


def _check_linux(parameters: Doc) -> None:
    for name in ("devices", "sharedMemorySize", "maxSwap", "swappiness"):
        if parameters.get(name):
            raise client(f"{_NO_SUPPORT} {name}")
    for name in (parameters.get("capabilities") or {}).get("add") or ():
        if name != "SYS_PTRACE":
            raise client(f"{_NO_SUPPORT} adding the Linux capability {name}")
