"""Answers of AWS that were recorded elsewhere, and the project's own: one operation a file, one answer a line.

A file is named `SOURCE.SERVICE.OPERATION.jsonl`. A line has `from` (where the answer is from), `status` (of HTTP) and
`data` (the answer as boto3 gives it; a time is `{"$time": ISO}`). Records (`*.json`) in the folder are read as well.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from labs.verify import recording

OWN = Path(__file__).parent / "answers"
FOLDER = "CARDLABS_RECORDINGS"
"""The environment variable that names the folder of the recordings."""

PAGE_MARKS = ("nextToken", "NextToken", "Marker", "NextMarker", "IsTruncated")


_NOT_DATA = (*PAGE_MARKS, "ResponseMetadata")


@dataclass(frozen=True)
class Recorded:
    """One answer; `name` says which line of which file it is."""

    name: str
    source: str
    service: str
    operation: str
    status: int
    data: dict[str, Any]

    @property
    def read(self) -> str:
        """The operation as checks name it (`ecs:DescribeServices`)."""
        return f"{self.service}:{self.operation}"

    @property
    def ok(self) -> bool:
        """Whether AWS answered with what was asked for."""
        return self.status < 300


def folder() -> Path | None:
    """The folder of the recordings. Raises NotADirectoryError where the environment names none that is there."""
    named = os.environ.get(FOLDER)
    if named and not Path(named).is_dir():
        raise NotADirectoryError(f"{FOLDER} names {named}, which is no folder")
    return Path(named) if named else None


@cache
def own() -> tuple[Recorded, ...]:
    """The project's own answers, written after the examples of AWS's API reference."""
    return tuple(_load(OWN))


@cache
def recordings() -> tuple[Recorded, ...]:
    """The complete answers in the folder of the recordings; none where no folder is named."""
    named = folder()
    return tuple(each for each in _load(named) if not _is_trimmed(each)) if named else ()


def by_read(answers: tuple[Recorded, ...]) -> dict[str, list[Recorded]]:
    """Answers by their operation."""
    found: dict[str, list[Recorded]] = defaultdict(list)
    for each in answers:
        found[each.read].append(each)
    return found


def _load(folder: Path) -> Iterator[Recorded]:
    for file in sorted(folder.glob("*.jsonl")):
        source, service, operation = file.stem.split(".")
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
            kept = json.loads(line)
            data = {name: value for name, value in kept["data"].items() if name not in PAGE_MARKS}
            name = f"{file.stem}:{number}"
            yield Recorded(name, source, service, operation, kept["status"], _plain(data))
    for file in records(folder):
        yield from of_record(file)


def records(folder: Path) -> list[Path]:
    """The files of a folder that are records: there may be other JSON beside them."""
    return [
        file for file in sorted(folder.glob("*.json")) if "cardlabs" in json.loads(file.read_text("utf-8"))
    ]


def of_record(file: Path) -> Iterator[Recorded]:
    """The answers of AWS in a record of `labs test --account --record` or `labs check --record`."""
    kept = recording.read(file)
    for number, each in enumerate(kept.answers if kept.kind == "aws" else (), 1):
        if not each.fault and each.service != "sts":  # who asks is no check's question
            data = {name: value for name, value in each.answer.items() if name not in _NOT_DATA}
            name = f"{file.stem}:{number}"
            yield Recorded(name, "record", each.service, each.operation, each.status, _plain(data))


def _plain(value: Any) -> Any:
    match value:
        case {"$time": str(at)} | {"$at": str(at)} if len(value) == 1:
            return datetime.fromisoformat(at)
        case dict():
            return {name: _plain(each) for name, each in value.items()}
        case list():
            return [_plain(each) for each in value]
        case _:
            return value


ALWAYS_SENT = {
    "DescribeInstances": ("Instances", "LaunchTime"),
    "DescribeContainerInstances": ("containerInstances", "remainingResources"),
    "DescribeTargetHealth": ("TargetHealthDescriptions", "TargetHealth"),
    "DescribeTargetGroups": ("TargetGroups", "TargetType"),
}
"""By operation, a list and a key that each thing in it has: without it, an answer was shortened, or is older."""


def _is_trimmed(recorded: Recorded) -> bool:
    """Whether a recording was shortened by hand, or is older than a key that AWS has sent since 2018."""
    name, key = ALWAYS_SENT.get(recorded.operation, ("", ""))
    if any(key not in each for each in _values(recorded.data, name)):
        return True
    return any("Statement" not in str(trust) for trust in _found(recorded.data, "AssumeRolePolicyDocument"))


def _values(value: Any, name: str) -> Iterator[Any]:
    """The elements of each list of this name, however deep."""
    for found in _found(value, name):
        yield from found


def _found(value: Any, name: str) -> Iterator[Any]:
    """Each value of this key, however deep."""
    if isinstance(value, list):
        for each in value:
            yield from _found(each, name)
    elif isinstance(value, dict):
        for key, each in value.items():
            if key == name:
                yield each
            yield from _found(each, name)
