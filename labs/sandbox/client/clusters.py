"""Reads instances and tasks of the sandbox's clusters for `labs sandbox map`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from labs.sandbox.client.connection import Sandbox
from labs.sandbox.client.shell import environment


def cluster_answers(sandbox: Sandbox, cluster: str | None) -> Iterator[tuple[str, dict[str, Any]]]:
    """Pairs of operation name and answer (DescribeContainerInstances, DescribeTasks) for one cluster or all."""
    import boto3

    given = environment(sandbox)
    ecs: Any = boto3.client(
        "ecs",
        given["AWS_REGION"],
        endpoint_url=sandbox.url,
        aws_access_key_id=given["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
    )
    for name in [cluster] if cluster else _items(ecs, "list_clusters", "clusterArns"):
        instances = _items(ecs, "list_container_instances", "containerInstanceArns", cluster=name)
        for batch in _batches(instances):
            answer = ecs.describe_container_instances(cluster=name, containerInstances=batch)
            yield "DescribeContainerInstances", answer
        for batch in _batches(_items(ecs, "list_tasks", "taskArns", cluster=name)):
            yield "DescribeTasks", ecs.describe_tasks(cluster=name, tasks=batch)


def _items(client: Any, operation: str, key: str, **given: str) -> list[str]:
    pages = client.get_paginator(operation).paginate(**given)
    return [item for page in pages for item in page[key]]


def _batches(items: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(items), 100):
        yield items[start : start + 100]
