"""Validation of a task definition, in the order of its parts."""

from __future__ import annotations

import re
from collections.abc import Callable

from labs.errors import BadPlacement
from labs.sandbox.ecs.model.documents import check_choice
from labs.sandbox.ecs.model.errors import client, invalid
from labs.sandbox.ecs.model.records import Doc
from labs.sandbox.ecs.placement.rules import read_constraints
from labs.sandbox.ecs.rules.fargate import check_fargate

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,255}")
_IMAGE = re.compile(r"[a-zA-Z0-9_\-:./#@]{1,255}")
_VOLUME_KINDS = (
    "host",
    "dockerVolumeConfiguration",
    "efsVolumeConfiguration",
    "s3filesVolumeConfiguration",
    "fsxWindowsFileServerVolumeConfiguration",
)
_LOG_DRIVERS = (
    "json-file", "syslog", "journald", "gelf", "fluentd", "awslogs", "splunk", "awsfirelens",
)  # fmt: skip
MAX_CONTAINERS = 10
MIN_TIMEOUT_SECONDS = 2
MIN_CONTAINER_MEMORY_MIB = 6
"""MiB that Docker needs for a container."""


def check(document: Doc) -> None:
    """Raises AWS's first error for a task definition with its defaults filled in."""
    _check_family(document)
    containers: list[Doc] = document["containerDefinitions"]
    if not containers:
        raise client("Container list cannot be empty.")
    if len(containers) > MAX_CONTAINERS:
        raise client("Too many containers.")
    for container in containers:
        for rule in _CONTAINER_RULES:
            rule(container, document)
    _check_names(containers)
    _check_order(containers)
    if not any(container["essential"] for container in containers):
        raise client("Task definition doesn't have any essential container.")
    _check_sums(document, containers)
    for volume in document["volumes"]:
        _check_volume(volume)
    _check_volume_names(document)
    _check_placement(document)
    check_fargate(document)


def _check_family(document: Doc) -> None:
    if not document.get("family"):
        raise client("Family should not be null or empty.")
    if not _NAME.fullmatch(document["family"]):
        raise client("Family contains invalid characters.")
    check_choice("networkMode", document.get("networkMode"), ("bridge", "host", "awsvpc", "none"))
    for name in document.get("requiresCompatibilities", ()):
        check_choice("requiresCompatibilities", name, ("EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES"))


def _check_text(container: Doc, _document: Doc) -> None:
    for name, pattern in (("name", _NAME), ("image", _IMAGE)):
        if not container.get(name):
            raise client(f"Container.{name} should not be null or empty.")
        if not pattern.fullmatch(container[name]):
            raise client(f"Container.{name} contains invalid characters.")


def _check_memory(container: Doc, document: Doc) -> None:
    memory, soft = container.get("memory"), container.get("memoryReservation")
    setting = f"Invalid setting for container '{container['name']}'."
    if not memory and not soft and not document.get("memory"):
        raise client(f"{setting} At least one of 'memory' or 'memoryReservation' must be specified.")
    for name, value in (("memory", memory), ("memoryReservation", soft)):
        if value is not None and value < MIN_CONTAINER_MEMORY_MIB and value != 0:
            raise client(f"{setting} '{name}' must be at least {MIN_CONTAINER_MEMORY_MIB} MiB.")
    if memory and soft and memory < soft:
        raise client(f"{setting} 'memory' must be greater than or equal to 'memoryReservation'.")
    if container["cpu"] < 0:
        raise client(f"{setting} 'cpu' must not be negative.")


def _check_ports(container: Doc, document: Doc) -> None:
    mode = document.get("networkMode", "bridge")
    if mode == "none" and container["portMappings"]:
        raise client("Port mappings are not supported when networkMode=none.")
    for mapping in container["portMappings"]:
        check_choice("protocol", mapping["protocol"], ("tcp", "udp"))
        if "containerPortRange" in mapping:
            continue
        port, host = mapping.get("containerPort", 0), mapping.get("hostPort", 0)
        if not 1 <= port <= 65535:
            raise client("Invalid 'containerPort' setting for container: it must be between 1 and 65535.")
        if not 0 <= host <= 65535:
            raise client("Invalid 'hostPort' setting for container: it must be between 0 and 65535.")
        if mode in ("awsvpc", "host") and host != port:
            raise client(
                f"When networkMode={mode}, the host ports and container ports in port mappings must match."
            )


def _check_mounts(container: Doc, document: Doc) -> None:
    volumes = {volume.get("name") for volume in document["volumes"]}
    for mount in container["mountPoints"]:
        if mount.get("sourceVolume") not in volumes:
            raise client(f"Unknown volume '{mount.get('sourceVolume', 'null')}'.")
        if not mount.get("containerPath"):
            raise client("mountPoint.containerPath should not be null or empty.")
    others = {each.get("name") for each in document["containerDefinitions"]}
    for source in container["volumesFrom"]:
        if source.get("sourceContainer") not in others:
            name = source.get("sourceContainer", "null")
            raise client(f"Invalid 'volumesFrom' setting. Unknown container: '{name}'.")


def _check_log(container: Doc, _document: Doc) -> None:
    log = container.get("logConfiguration") or {}
    check_choice("logDriver", log.get("logDriver"), _LOG_DRIVERS)
    if log.get("logDriver") != "awslogs":
        return
    options = log.get("options") or {}
    missing = [name for name in ("awslogs-group", "awslogs-region") if not options.get(name)]
    if missing:
        raise client(f"Log driver awslogs requires options: {', '.join(missing)}")


def _check_timeouts(container: Doc, _document: Doc) -> None:
    """Validates timeouts; the limits are recorded, the messages are assumed."""
    for name in ("startTimeout", "stopTimeout"):
        value = container.get(name)
        if value is not None and value < MIN_TIMEOUT_SECONDS:
            raise client(
                f"Invalid setting for container '{container['name']}'. '{name}' must be at least "
                f"{MIN_TIMEOUT_SECONDS} seconds."
            )


def _check_dependencies(container: Doc, document: Doc) -> None:
    others = {each.get("name"): each for each in document["containerDefinitions"]}
    for dependency in container.get("dependsOn") or ():
        other = others.get(dependency["containerName"])
        if other is None:
            name = dependency["containerName"]
            raise client(f"Cannot depend on container + '{name}' because it does not exist")
        check_choice("condition", dependency["condition"], ("START", "COMPLETE", "SUCCESS", "HEALTHY"))
        if dependency["condition"] == "HEALTHY" and "healthCheck" not in other:
            raise client("A dependency container with HEALTHY condition must have health check configured")
        if dependency["condition"] in ("SUCCESS", "COMPLETE") and other["essential"]:
            raise client(
                "A dependency container with SUCCESS or COMPLETE condition cannot be an essential container"
            )


def _check_own_names(container: Doc, document: Doc) -> None:
    """Refuses settings of the host's network for a container in awsvpc mode."""
    if document.get("networkMode") != "awsvpc":
        return
    for name, what in (
        ("links", "Links are not supported"),
        ("hostname", "hostname is not supported on container"),
        ("extraHosts", "Extra hosts are not supported on container"),
        ("dnsServers", "DNS servers are not supported on container"),
        ("dnsSearchDomains", "DNS search domains are not supported on container"),
        ("disableNetworking", "Disable Networking is not supported on container"),
    ):
        if container.get(name):
            raise client(f"{what} when networkMode=awsvpc.")


_CONTAINER_RULES: tuple[Callable[[Doc, Doc], None], ...] = (
    _check_text,
    _check_memory,
    _check_ports,
    _check_mounts,
    _check_log,
    _check_timeouts,
    _check_dependencies,
    _check_own_names,
)


def _check_names(containers: list[Doc]) -> None:
    names = [container["name"] for container in containers]
    if len(set(names)) < len(names):
        raise client("Container names must be unique within a Task Definition.")


def _check_order(containers: list[Doc]) -> None:
    """Refuses containers that wait for each other. The words about links are AWS's (Shippable/support#4194)."""
    waits = {
        "links": {
            each["name"]: {link.partition(":")[0] for link in each.get("links") or ()} for each in containers
        },
        "dependencies": {
            each["name"]: {one["containerName"] for one in each.get("dependsOn") or ()} for each in containers
        },
    }
    for what, needs in waits.items():
        todo = set(needs)
        while ready := {name for name in todo if not needs[name] & todo}:
            todo -= ready
        if todo:
            raise client(f"Container {what} should not have a cycle")


def _check_sums(document: Doc, containers: list[Doc]) -> None:
    """Refuses containers that reserve more than the task has."""
    if document.get("memory"):
        most = int(document["memory"])
        for container in containers:
            if container.get("memory", 0) > most:
                raise client(
                    f"The 'memory' setting for container '{container['name']}' is greater than for the task."
                )
        if sum(container.get("memoryReservation", 0) for container in containers) > most:
            raise client(
                "The sum of all container 'memoryReservation' values cannot be greater than "
                "the value of the task 'memory'."
            )
    if document.get("cpu") and sum(container["cpu"] for container in containers) > int(document["cpu"]):
        raise client("Total cpu of containers is greater than the task cpu.")


def _check_volume(volume: Doc) -> None:
    if not volume.get("name"):
        raise client("Volume.name should not be null or empty.")
    if not _NAME.fullmatch(volume["name"]):
        raise client("Volume.name contains invalid characters.")
    kinds = [kind for kind in _VOLUME_KINDS if volume.get(kind)]
    if volume.get("configuredAtLaunch"):
        kinds.append("configuredAtLaunch")
    if len(kinds) > 1:
        raise client(
            f"Volume '{volume['name']}' is invalid: only one of {', '.join(kinds)} can be specified."
        )
    efs = volume.get("efsVolumeConfiguration")
    if efs:
        _check_efs(efs)


def _check_efs(efs: Doc) -> None:
    if not re.fullmatch(
        r"fs-[0-9a-f]{8,40}|arn:.*:file-system/fs-[0-9a-f]{8,40}", efs.get("fileSystemId", "")
    ):
        raise client("EFS File System ID must match the pattern fs-[0-9a-f]{8,40}.")
    access = efs.get("authorizationConfig") or {}
    for name, value in (("transitEncryption", efs.get("transitEncryption")), ("iam", access.get("iam"))):
        check_choice(name, value, ("ENABLED", "DISABLED"))
    encrypted = efs.get("transitEncryption") == "ENABLED"
    if (access.get("iam") == "ENABLED" or access.get("accessPointId")) and not encrypted:
        raise client(
            "Transit encryption must be enabled when using an EFS access point or IAM authorization."
        )
    if efs.get("transitEncryptionPort") and not encrypted:
        raise client("Transit encryption must be enabled when a transit encryption port is given.")
    if access.get("accessPointId") and efs.get("rootDirectory", "/") != "/":
        raise client("The root directory must be omitted or set to / when an EFS access point is used.")


def _check_volume_names(document: Doc) -> None:
    names = [volume["name"] for volume in document["volumes"]]
    if len(set(names)) < len(names):
        raise client("Volume names must be unique within a Task Definition.")
    if sum(bool(volume.get("configuredAtLaunch")) for volume in document["volumes"]) > 1:
        raise client("Only one volume in a task definition can be configured at launch.")


def _check_placement(document: Doc) -> None:
    try:
        read_constraints(document["placementConstraints"], in_task_definition=True)
    except BadPlacement as error:
        raise client(str(error)) from error


def units(value: str | None, name: str) -> str | None:
    """Task-level CPU units or MiB as a whole number: `1 vCPU` is 1024, `0.5 GB` is 512."""
    if value is None:
        return None
    unit = "vcpus?" if name == "cpu" else "gi?b"
    match = re.fullmatch(rf"\s*(\d+(?:\.\d+)?|\.\d+)\s*({unit})?\s*", value, re.IGNORECASE)
    number = float(match[1]) * (1024 if match[2] else 1) if match else 0
    if number <= 0 or number != int(number):
        raise invalid(f"Invalid '{name}' setting for task.")
    return str(int(number))
