"""The image digest and runtime id of running containers; and containers that end before others start."""

from __future__ import annotations

import hashlib
from sys import intern
from typing import Any

from labs.sandbox.ecs.launch.pulls import ImageReference, stored_image
from labs.sandbox.ecs.model.records import Doc, Task


def identify(task: Task) -> None:
    """Fills in what DescribeTasks shows of each container whose image has been pulled."""
    for container in task.doc["containers"]:
        container["imageDigest"] = intern(_digest(container["image"]))
        container["runtimeId"] = _runtime_id(task, container)


def end_awaited(task: Task) -> None:
    """Ends, successfully, each container on whose end another one depends (ContainerDependency)."""
    waits = (each for one in task.definition.containers for each in one.get("dependsOn") or ())
    awaited = {each["containerName"] for each in waits if each["condition"] in ("COMPLETE", "SUCCESS")}
    for container in task.doc["containers"]:
        if container["name"] in awaited:
            container |= {"lastStatus": "STOPPED", "exitCode": 0}


def _digest(name: str) -> str:
    """The digest in the image's name or in the sandbox's registry; for other images, one derived from the name."""
    _, at, digest = name.partition("@")
    if at:
        return digest
    image = ImageReference.parse(name)
    found = _stored(image) if image else None
    return found.image_digest if found else f"sha256:{_hash(name)}"


def _stored(image: ImageReference) -> Any:
    """The image in the sandbox's registry; None if it is not there."""
    from moto.ecr.models import ecr_backends

    repository = ecr_backends[image.account][image.region].repositories.get(image.repository)
    return stored_image(repository, image) if repository else None


def _runtime_id(task: Task, container: Doc) -> str:
    """A Docker id, or on Fargate the task's id and a number, as recorded."""
    found = _hash(container["containerArn"])
    return f"{task.id}-{int(found[:8], 16):010}" if task.doc["launchType"] == "FARGATE" else found


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
