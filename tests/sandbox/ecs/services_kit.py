"""Short ways to make, change and count a service of the embedded ECS."""

from __future__ import annotations

from typing import Any


def create(ecs: Any, count: int | None = 2, name: str = "web", **more: Any) -> dict[str, Any]:
    request = {"cluster": "prod", "serviceName": name, "taskDefinition": "web", **more}
    if count is not None:
        request["desiredCount"] = count
    created: dict[str, Any] = ecs.create_service(**request)["service"]
    return created


def update(ecs: Any, **change: Any) -> dict[str, Any]:
    updated: dict[str, Any] = ecs.update_service(cluster="prod", service="web", **change)["service"]
    return updated


def counts(found: dict[str, Any]) -> tuple[int, int, int]:
    return found["desiredCount"], found["runningCount"], found["pendingCount"]
