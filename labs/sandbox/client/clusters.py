"""Reads instances and tasks of the sandbox's clusters for `labs sandbox map`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from labs.sandbox.client.clients import client
from labs.sandbox.client.connection import Sandbox
from labs.sandbox.client.shell import environment


def cluster_answers(sandbox: Sandbox, cluster: str | None) -> Iterator[tuple[str, dict[str, Any]]]:
    """Pairs of operation name and answer (DescribeContainerInstances, DescribeTasks) for one cluster or all."""
    ecs = client(environment(sandbox))("ecs")
    named = [cluster] if cluster else chain(*_pages(ecs, "list_clusters", "clusterArns"))
    for name in named:
        for arns in _pages(ecs, "list_container_instances", "containerInstanceArns", cluster=name):
            answer = ecs.describe_container_instances(cluster=name, containerInstances=arns)
            yield "DescribeContainerInstances", answer
        for arns in _pages(ecs, "list_tasks", "taskArns", cluster=name):
            yield "DescribeTasks", ecs.describe_tasks(cluster=name, tasks=arns)


def _pages(ecs: Any, operation: str, key: str, **given: str) -> Iterator[list[str]]:
    """The names, page by page: 100 at most, as many as a describe call takes."""
    return (page[key] for page in ecs.get_paginator(operation).paginate(**given) if page[key])
