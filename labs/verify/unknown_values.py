"""Finds values in answers that this version does not know: AWS adds states and types over time.

A check might call a new value wrong although it is right, so a verdict that rests on one is inconclusive. AWS also
sends values that its own model does not list; they change nothing unless a check reads them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import lru_cache
from typing import Any

from labs.aws.request_scope import Read
from labs.verify.evidence import texts

OPEN_ENDED = 60
"""An enum with at least this many values (instance types, Regions) grows constantly and counts as open."""

MAX_SHAPES = 2000
"""Size of the caches of shapes: enough for a few dozen operations."""

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
"""ECS states that the API reference lists in prose only, by structure and member.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Types.html and the developer guide's task lifecycle.
"""


def unknown_values(
    reads: Iterable[Read], keys_read: Callable[[], Collection[str]], within: Iterable[Any] | None = None
) -> list[str]:
    """The undocumented values on which a verdict rests: those in members that the check looked up.

    `keys_read` returns these members (`ecs:DescribeServices status`); it is called only if there is an unknown value.
    `within` is the evidence of a check that passed, which then rests on no other value.
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
    """The unknown values, each with its member; `lists` says whether items of string lists count too."""
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
    """The members of a structure that may contain unknown values, with their values in DOCUMENTED."""
    members = [
        (name, member, DOCUMENTED.get((structure.name, name), ()))
        for name, member in structure.members.items()
    ]
    return [
        (name, member, known) for name, member, known in members if known or _has_documented_value(member)
    ]


def _has_documented_value(shape: Any) -> bool:
    """Whether a value of this shape may contain a string with documented values."""
    todo, seen = [shape], set()
    while todo:
        each = todo.pop()
        if each.name in seen:
            continue  # recursive structures
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
    """The documented values of a string shape in capitals; empty if the enum is open."""
    return frozenset(map(str.upper, shape.enum)) if len(shape.enum) < OPEN_ENDED else frozenset()
