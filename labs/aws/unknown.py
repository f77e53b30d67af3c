"""Finds values in answers that this version does not know: AWS adds states and kinds after a check was written.

A check that meets one would call it wrong, though it may be right: what rests on it is not judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from labs.aws.visit import Read

OPEN_ENDED = 60
"""A list of so many values or more (instance types, regions) grows all the time, and no check rests on its end."""

DOCUMENTED = {
    ("Cluster", "status"): ("ACTIVE", "PROVISIONING", "DEPROVISIONING", "FAILED", "INACTIVE"),
    ("Service", "status"): ("ACTIVE", "DRAINING", "INACTIVE"),
    ("ContainerInstance", "status"): (
        "REGISTERING",
        "REGISTRATION_FAILED",
        "ACTIVE",
        "INACTIVE",
        "DEREGISTERING",
        "DRAINING",
    ),
    ("Task", "lastStatus"): (
        "PROVISIONING",
        "PENDING",
        "ACTIVATING",
        "RUNNING",
        "DEACTIVATING",
        "STOPPING",
        "DEPROVISIONING",
        "STOPPED",
        "DELETED",
    ),
}
"""States of ECS that its API reference lists in words only, by structure and member.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Types.html and the developer guide's task lifecycle.
"""


def unknown_values(reads: Iterable[Read], within: Iterable[Any] | None = None) -> list[str]:
    """The values in these answers that are outside their documented lists; only those that `within` holds too."""
    found = {value for read in reads if read.shape for value in _strange(read.answer, read.shape)}
    if found and within is not None:
        found &= {text for value in within for text in _texts(value)}
    return sorted(found)


def _strange(value: Any, shape: Any, known: tuple[str, ...] = ()) -> Iterator[str]:
    match shape.type_name, value:
        case "structure", dict():
            for name, member in shape.members.items():
                if name in value:
                    yield from _strange(value[name], member, DOCUMENTED.get((shape.name, name), ()))
        case "list", list():
            for each in value:
                yield from _strange(each, shape.member)
        case "map", dict():
            for each in value.values():
                yield from _strange(each, shape.value)
        case "string", str():
            listed = known or tuple(shape.enum)
            if value and 0 < len(listed) < OPEN_ENDED and value.upper() not in map(str.upper, listed):
                yield value


def _texts(value: Any) -> Iterator[str]:
    """Every text in a value, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)
