"""Whether the body of an answer in JSON is of the kinds that its service's model promises.

botocore does not look: it reads the empty text in the place of a list as an empty list, which says "nothing there",
and hands a number that came as a text to the check, which compares it with a number and finds it wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

LAST_SECOND = 253_402_300_800
"""Of the year 9999, in seconds since 1970: what is later is no time."""


def shape_mismatches(value: Any, shape: Any, path: str = "") -> Iterator[str]:
    """The paths of all values that are of another kind than a shape of botocore's says (`services[0].desiredCount`).

    What the model does not know fits, and so does null: it stands for what is left out, save within a list.
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
    """A structure's members by the names under which they are sent."""
    return {member.serialization.get("name", name): member for name, member in shape.members.items()}


@cache
def member_names(shape: Any) -> frozenset[str]:
    """The names of all members of a shape, however deep: the keys that an answer of it may have."""
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
