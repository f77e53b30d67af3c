"""Validation of a cluster's capacity providers and of a capacity provider strategy."""

from __future__ import annotations

from collections.abc import Sequence

from labs.sandbox.ecs.model.errors import invalid
from labs.sandbox.ecs.model.records import FARGATE_PROVIDERS, Doc
from labs.sandbox.ecs.model.state import Ecs


def check_associated(ecs: Ecs, names: Sequence[str]) -> list[str]:
    """Validates the names of a cluster's capacity providers. Raises InvalidParameterException."""
    found = [ecs.find_provider(name) for name in names]
    if not all(found):
        raise invalid(
            "The specified capacity provider was not found. Specify a valid capacity provider and try again."
        )
    return [provider.name for provider in found if provider]


def check_strategy(ecs: Ecs, strategy: Sequence[Doc], associated: Sequence[str]) -> list[Doc]:
    """A capacity provider strategy with its defaults filled in. Raises InvalidParameterException.

    A cluster can have a default strategy in which no provider has a weight, but nothing can run with it.
    """
    if len(strategy) > 20:
        raise invalid("A capacity provider strategy can contain a maximum of 20 capacity providers.")
    items = [_strategy_item(ecs, item, associated) for item in strategy]
    names = [item["capacityProvider"] for item in items]
    if len(set(names)) < len(names):
        raise invalid("The specified capacity provider strategy contains a duplicate capacity provider.")
    if sum(item["base"] > 0 for item in items) > 1:
        raise invalid(
            "Only one capacity provider in a capacity provider strategy can have a base value defined."
        )
    if len({name in FARGATE_PROVIDERS for name in names}) > 1:
        raise invalid(
            "The specified capacity provider strategy cannot contain a mix of capacity providers using Auto "
            "Scaling groups and Fargate. Specify a valid strategy and try again."
        )
    return items


def check_weights(strategy: Sequence[Doc], *, default: bool) -> None:
    """Refuses to run tasks with a strategy, a cluster's default or another, in which no provider has a weight."""
    if any(item["weight"] > 0 for item in strategy):
        return
    if default:
        raise invalid(
            "There are no capacity providers with a weight value greater than zero defined in the default "
            "capacity provider strategy. At least one capacity provider must have a weight value greater than "
            "zero specified. Update the cluster's default capacity provider strategy or specify a valid "
            "capacity provider strategy and try again."
        )
    raise invalid(
        "There are no capacity providers in the capacity provider strategy with a weight value greater than zero"
    )


def _strategy_item(ecs: Ecs, item: Doc, associated: Sequence[str]) -> Doc:
    provider = ecs.find_provider(item["capacityProvider"])
    if provider is None or provider.name not in associated:
        raise invalid(
            "The specified capacity provider strategy cannot contain a capacity provider that is not associated "
            "with the cluster. Associate the capacity provider with the cluster or specify a valid capacity "
            "provider and try again."
        )
    weight, base = item.get("weight", 0), item.get("base", 0)
    if not 0 <= weight <= 1000 or not 0 <= base <= 100_000:
        raise invalid("The weight must be between 0 and 1000, the base between 0 and 100000.")
    return {"capacityProvider": provider.name, "weight": weight, "base": base}
