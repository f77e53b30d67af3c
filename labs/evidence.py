"""What a verdict rests on: the values that a check named, found again in the answers that it was given."""

from __future__ import annotations

import json

from labs.aws.visit import Read
from labs.verdict import Evidence

WIDEST_VALUE = 2000
"""Characters of JSON up to which a whole answer is kept as evidence; of a longer one, its keys."""


def evidence(reads: list[Read], paths: tuple[str, ...] = ()) -> tuple[Evidence, ...]:
    """The values at the paths that the check named; without any, each answer that it was given."""
    if paths:
        return tuple(found for path in paths for found in [_at(reads, path)] if found)
    return tuple(_whole(read) for read in reads)


def _at(reads: list[Read], path: str) -> Evidence | None:
    """The value that a path names in the latest answer that has it."""
    import jmespath

    top = path.split(".")[0].split("[")[0]
    for read in reversed(reads):
        if top in read.answer:
            return Evidence(read.service, read.operation, path, jmespath.search(path, read.answer))
    return None


def _whole(read: Read) -> Evidence:
    answer = {key: value for key, value in read.answer.items() if key != "ResponseMetadata"}
    wide = len(json.dumps(answer, default=str)) > WIDEST_VALUE
    return Evidence(read.service, read.operation, "@", sorted(answer) if wide else answer)
