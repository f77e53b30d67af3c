"""Finds values in answers that this version does not know: AWS adds states and kinds after a check was written.

A check that meets one would call it wrong, though it may be right: what rests on it is not judged. AWS also says
words that its own model does not list: where no check reads them, they change nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import lru_cache
from typing import Any

from labs.aws.request_scope import Read
from labs.verify.evidence import texts

OPEN_ENDED = 60
"""A list of so many values or more (instance types, regions) grows all the time, and no check rests on its end."""

MAX_SHAPES = 2000
"""Shapes whose members with documented values are cached: those of a few dozen operations."""

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


def unknown_values(
    reads: Iterable[Read], keys_read: Callable[[], Collection[str]], within: Iterable[Any] | None = None
) -> list[str]:
    """The values outside their documented lists on which a verdict rests: of members that the check read.

    `keys_read` names these members (`ecs:DescribeServices status`), and is asked only where something is unknown.
    `within` is what a check that passed rests on: of the words of a list it has then found those that it looked for.
    """
    found = [
        (f"{read.service}:{read.operation} {member}", value)
        for read in reads
        if read.shape
        for member, value in _unknown(read.answer, read.shape, lists=within is None)
    ]
    if found and within is not None:
        named = {text for value in within for text in texts(value)}
        found = [(key, value) for key, value in found if value in named]
    if found:
        known = keys_read()
        found = [(key, value) for key, value in found if key in known]
    return sorted({value for _, value in found})


def _unknown(
    value: Any, shape: Any, member: str = "", known: Collection[str] = (), *, lists: bool
) -> Iterator[tuple[str, str]]:
    """The unknown values, each with the member it stands in; `lists` where lists of words count, too."""
    match shape.type_name, value:
        case "structure", dict():
            for name, its_shape, documented in _documented_members(shape):
                if name in value:
                    yield from _unknown(value[name], its_shape, name, documented, lists=lists)
        case "list", list():
            for each in value if lists or shape.member.type_name != "string" else ():
                yield from _unknown(each, shape.member, member, lists=lists)
        case "map", dict():
            for each in value.values():
                yield from _unknown(each, shape.value, member, lists=lists)
        case "string", str():
            listed = known or _listed(shape)
            if value and listed and value.upper() not in listed:
                yield member, value


@lru_cache(MAX_SHAPES)
def _documented_members(structure: Any) -> list[tuple[str, Any, Collection[str]]]:
    """The members of a structure in which something unknown may stand, and their values in the API reference."""
    members = [
        (name, member, DOCUMENTED.get((structure.name, name), ()))
        for name, member in structure.members.items()
    ]
    return [
        (name, member, known) for name, member, known in members if known or _has_documented_value(member)
    ]


def _has_documented_value(shape: Any) -> bool:
    """Whether any text in a value of this shape is of a documented list."""
    todo, seen = [shape], set()
    while todo:
        each = todo.pop()
        if each.name in seen:
            continue  # a structure that holds itself, like a condition of conditions
        seen.add(each.name)
        match each.type_name:
            case "structure":
                if any((each.name, name) in DOCUMENTED for name in each.members):
                    return True
                todo.extend(each.members.values())
            case "list":
                todo.append(each.member)
            case "map":
                todo.append(each.value)
            case "string" if _listed(each):
                return True
    return False


@lru_cache(MAX_SHAPES)
def _listed(shape: Any) -> frozenset[str]:
    """The values that a text of this shape may have, in capitals; none if their list is open."""
    return frozenset(map(str.upper, shape.enum)) if len(shape.enum) < OPEN_ENDED else frozenset()
