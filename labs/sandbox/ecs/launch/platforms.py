"""The platform of a task, and whether an image index has a manifest for it.

A manifest outside an index names its platform in its config, a blob that a saved world may lack. So it is accepted
for every platform; on AWS, the container would stop with "exec format error".
"""

from __future__ import annotations

import json
from typing import Any

from labs.sandbox.ecs.model.records import Task

_ARCHITECTURES = {"x86_64": "amd64"}


def platform_of(task: Task) -> tuple[str, str]:
    """The operating system and processor architecture of a task's host, as images name them (`linux`, `amd64`)."""
    wanted = (task.definition.doc.get("runtimePlatform") or {}).get("operatingSystemFamily", "LINUX")
    processor = task.instance.attributes.get("ecs.cpu-architecture") if task.instance else None
    if not processor:
        [processor] = (
            each["value"] for each in task.doc["attributes"] if each["name"] == "ecs.cpu-architecture"
        )
    return "windows" if wanted.startswith("WINDOWS") else "linux", _ARCHITECTURES.get(processor, processor)


def is_for(image: Any, platform: tuple[str, str]) -> bool:
    """Whether an image in the registry is for this platform, according to its manifest."""
    platforms = [each.get("platform") for each in json.loads(image.image_manifest).get("manifests") or ()]
    named = [(each.get("os"), each.get("architecture")) for each in platforms if each]
    return platform in named or len(named) < len(platforms) or not platforms
