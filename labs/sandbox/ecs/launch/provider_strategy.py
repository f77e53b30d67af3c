"""How a capacity provider strategy divides tasks: the base first, then by weight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from labs.sandbox.ecs.model.records import Doc


def split(strategy: Sequence[Doc], running: Mapping[str, int], count: int) -> list[str]:
    """The capacity providers of the next `count` tasks, given the number of tasks on each."""
    totals = {item["capacityProvider"]: running.get(item["capacityProvider"], 0) for item in strategy}
    chosen = []
    for _ in range(count):
        name = _next(strategy, totals)
        totals[name] += 1
        chosen.append(name)
    return chosen


def surplus(strategy: Sequence[Doc], running: Mapping[str, int]) -> str:
    """The capacity provider whose task is stopped next: the one that would be the last to get a task."""
    held = {name: count for name, count in running.items() if count}
    named = {item["capacityProvider"]: item for item in strategy}
    strangers = [name for name in held if name not in named]
    if strangers:
        return strangers[0]

    def excess(name: str) -> float:
        item = named[name]
        beyond = held[name] - item["base"]
        return float(beyond / item["weight"] if beyond > 0 and item["weight"] else min(beyond, 0))

    return max(held, key=excess)


def _next(strategy: Sequence[Doc], totals: Mapping[str, int]) -> str:
    for item in strategy:
        if totals[item["capacityProvider"]] < item["base"]:
            return str(item["capacityProvider"])
    weighted = [item for item in strategy if item["weight"] > 0]

    def filled(item: Doc) -> tuple[float, int]:
        share = (totals[item["capacityProvider"]] - item["base"] + 1) / item["weight"]
        return share, -item["weight"]

    # The smallest share after one task more; of equals the heavier, then the first.
    return str(min(weighted, key=filled)["capacityProvider"])
