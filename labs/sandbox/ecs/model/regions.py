"""The ECS state of an account in a Region, from moto's registry of backends, and its taggable resources."""

from __future__ import annotations

from collections.abc import Iterator

from moto.ecs.models import ecs_backends

from labs.sandbox.ecs.model.errors import invalid
from labs.sandbox.ecs.model.records import Tags
from labs.sandbox.ecs.model.state import Ecs


def of(account: str, region: str) -> Ecs:
    """The ECS state of an account in a Region; empty if it has not been used."""
    backend = ecs_backends[account][region]
    state: Ecs = backend.state  # type: ignore[attr-defined] # the sandbox's own backend stands in moto's place
    return state


def regions(account: str) -> list[Ecs]:
    """The ECS state in each Region that the account has used."""
    return [backend.state for backend in ecs_backends[account].values()]  # type: ignore[attr-defined] # as above


def resources(ecs: Ecs) -> Iterator[tuple[str, Tags]]:
    """The taggable resources, as pairs of ARN and tags."""
    for cluster in ecs.active_clusters():
        yield cluster.arn, cluster.tags
        yield from ((service.arn, service.tags) for service in cluster.services.values())
        yield from ((instance.arn, instance.tags) for instance in cluster.instances.values())
        yield from ((task.arn, task.tags) for task in cluster.tasks.values())
    for revisions in ecs.families.values():
        yield from ((definition.arn, definition.tags) for definition in revisions.values())
    yield from ((str(each.doc["capacityProviderArn"]), each.tags) for each in ecs.providers.values())


def tags_at(ecs: Ecs, arn: str) -> Tags:
    """The tags of a resource, to read or modify. Raises InvalidParameterException."""
    for found, tags in resources(ecs):
        if found == arn:
            return tags
    raise invalid("The specified resource was not found. Specify a valid ARN and try again.")
