"""Compares the types of values in a JSON answer with the service model.

botocore does not: it reads an empty string in place of a list as an empty list ("nothing there"), and passes a number
that was sent as a string to the check, which compares it with a number and fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

LAST_SECOND = 253_402_300_800
"""The end of the year 9999, in seconds since 1970: later values are not timestamps."""


def shape_mismatches(value: Any, shape: Any, path: str = "") -> Iterator[str]:
    """The paths of values whose type differs from the botocore shape (`services[0].desiredCount`).

    Members that are not in the model fit, and so does null outside of lists: it means an omitted member.
    """
    fits = _KINDS.get(shape.type_name)
    if fits is not None and not fits(value):
        yield path
        return
    for child, its_shape, its_path in _within(value, shape, path):
        yield from shape_mismatches(child, its_shape, its_path)


def _within(value: Any, shape: Any, path: str) -> Iterator[tuple[Any, Any, str]]:
    match shape.type_name:
        case "structure":
            members = _members(shape)
            for name, each in value.items():
                if each is not None and name in members:
                    yield each, members[name], f"{path}.{name}".lstrip(".")
        case "list":
            for number, each in enumerate(value):
                yield each, shape.member, f"{path}[{number}]"
        case "map":
            for name, each in value.items():
                if each is not None:
                    yield each, shape.value, f"{path}.{name}"


@cache
def _members(shape: Any) -> dict[str, Any]:
    """The members of a structure by their names in the JSON."""
    return {member.serialization.get("name", name): member for name, member in shape.members.items()}


@cache
def member_names(shape: Any) -> frozenset[str]:
    """The names of all members of a shape at any depth: the keys that its answers may have."""
    names: set[str] = set()
    todo, seen = [shape], {shape.name}
    while todo:
        each = todo.pop()
        members = each.members if each.type_name == "structure" else {}
        names.update(members)
        inner = [*members.values(), *(getattr(each, part) for part in _PARTS.get(each.type_name, ()))]
        todo += [part for part in inner if part.name not in seen]
        seen.update(part.name for part in inner)
    return frozenset(names)


_PARTS = {"list": ("member",), "map": ("value",)}


def _object(value: Any) -> bool:
    return isinstance(value, dict)


def _list(value: Any) -> bool:
    return isinstance(value, list)


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _truth(value: Any) -> bool:
    return isinstance(value, bool)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not _truth(value)


def _whole_number(value: Any) -> bool:
    return _number(value) and (isinstance(value, int) or value.is_integer())


def _real_number(value: Any) -> bool:
    return _number(value) or value in ("NaN", "Infinity", "-Infinity")


def _time(value: Any) -> bool:
    return _text(value) or (_number(value) and abs(value) < LAST_SECOND)


_KINDS: dict[str, Callable[[Any], bool]] = {
    "structure": _object,
    "list": _list,
    "map": _object,
    "string": _text,
    "character": _text,
    "blob": _text,
    "boolean": _truth,
    "integer": _whole_number,
    "long": _whole_number,
    "float": _real_number,
    "double": _real_number,
    "timestamp": _time,
}
