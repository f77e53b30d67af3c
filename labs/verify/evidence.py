"""Evidence of a verdict: the values at the paths that a check named, taken from the answers that it received."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from labs.aws.request_scope import Read
from labs.aws.streams import Stream
from labs.verdict import Evidence

MAX_CHARACTERS = 2000
"""Characters of JSON up to which a whole answer is kept as evidence; a longer one is reduced to its keys."""
MAX_VALUES = 100_000
"""Values, and hundreds of characters, up to which evidence is kept; of more, the answer's keys are."""
MAX_PATH = 1000
_GROWS = re.compile(r"\b(?:join|to_string)\s*\(")
"""Functions of JMESPath that make texts out of others; nested, a short expression makes more than fits into memory."""


def evidence(reads: list[Read], paths: tuple[str, ...] = ()) -> tuple[Evidence, ...]:
    """The values at the paths that the check named; without paths, every answer that it received, equal ones once.

    A resource that is missing is looked for in other Regions, too, which often have the same answer.
    """
    if paths:
        return tuple(found for path in paths for found in [_at(reads, path)] if found)
    whole = map(_whole, reads)
    unique = {(each.service, each.operation, json.dumps(each.value, default=str)): each for each in whole}
    return tuple(unique.values())


def _at(reads: list[Read], path: str) -> Evidence | None:
    """The value that a path names in the latest answer that has it."""
    top = path.split(".")[0].split("[")[0]
    for read in reversed(reads):
        if top in read.answer:
            value = _expression(path).search(_readable(read.answer))
            return Evidence(read.service, read.operation, path, value) if _is_small(value) else _whole(read)
    return None


def _is_small(value: object) -> bool:
    """Whether a value can be kept: an expression can repeat the values of an answer beyond all memory."""
    left, todo = MAX_VALUES, [value]
    while todo and left >= 0:
        each = todo.pop()
        left -= 1 + (len(each) // 100 if isinstance(each, str) else 0)
        todo += each.values() if isinstance(each, dict) else each if isinstance(each, list) else ()
    return left >= 0


@lru_cache
def _expression(path: str) -> Any:
    """A compiled path, cached: there are few paths and many answers."""
    import jmespath

    if len(path) > MAX_PATH or _GROWS.search(path):
        raise ValueError(f"{path[:40]!r} is not a path to a value of a response")
    return jmespath.compile(path)


def _whole(read: Read) -> Evidence:
    answer = {key: value for key, value in _readable(read.answer).items() if key != "ResponseMetadata"}
    wide = len(json.dumps(answer, default=str)) > MAX_CHARACTERS
    return Evidence(read.service, read.operation, "@", sorted(answer) if wide else answer)


def _readable(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer, with streams replaced by their text."""
    return {
        key: value.getvalue().decode("utf-8", "replace") if isinstance(value, Stream) else value
        for key, value in answer.items()
    }


def texts(value: object) -> Iterator[str]:
    """Every text in a value, however deep."""
    match value:
        case str():
            yield value
        case dict():
            for each in value.values():
                yield from texts(each)
        case list() | tuple():
            for each in value:
                yield from texts(each)
