"""Tasks that are run and read."""

from __future__ import annotations

from typing import Any


def run(ecs: Any, **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = ecs.run_task(**{"cluster": "prod", "taskDefinition": "web", **more})
    return answer


def seen(ecs: Any, task: dict[str, Any], cluster: str = "prod") -> dict[str, Any]:
    found: dict[str, Any] = ecs.describe_tasks(cluster=cluster, tasks=[task["taskArn"]], include=["TAGS"])[
        "tasks"
    ][0]
    return found
