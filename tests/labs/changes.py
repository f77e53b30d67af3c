"""Variations of responses that AWS might send: without an optional key, without resources, or as in its examples.

A change is applied to the parsed response, before any of our code sees it.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import botocore  # noqa: TID253 - whose documents these are
from dateutil.parser import isoparse

Change = Callable[[str, dict[str, Any], Any], dict[str, Any]]
"""A function of `service:Operation`, a response and its shape that returns another response."""

Path_ = tuple[str, ...]

ROOT = Path(__file__).parents[2]
READERS = ("checks", "labs/sdk", "labs/iam", "labs/userdata", "labs/aws")
"""The modules that read responses."""


def silenced(read: str, answer: dict[str, Any], shape: Any) -> dict[str, Any]:
    """The response with all agents disconnected."""
    for each in answer.get("containerInstances", []) if read == "ecs:DescribeContainerInstances" else ():
        each["agentConnected"] = False
    return answer


@dataclass(frozen=True, slots=True)
class Key:
    """An optional key of a response: the operation, and the path to it; `*` is every element."""

    read: str
    path: Path_

    def __str__(self) -> str:
        return f"{self.read} {'.'.join(self.path)}"


@cache
def names_read() -> frozenset[str]:
    """Every string in the code that reads responses: other keys are not looked up by name."""
    files = [file for folder in READERS for file in sorted((ROOT / folder).rglob("*.py"))]
    texts = (
        node.value
        for file in files
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    return frozenset(texts)


def optional_keys(read: str, value: Any, shape: Any, path: Path_ = ()) -> Iterator[Key]:
    """Every key in a response that the service's model does not require."""
    if shape is None:
        return
    match shape.type_name, value:
        case "structure", dict():
            for name, member in shape.members.items():
                if name in value:
                    if name not in shape.required_members:
                        yield Key(read, (*path, name))
                    yield from optional_keys(read, value[name], member, (*path, name))
        case "list", list():
            for each in value:
                yield from optional_keys(read, each, shape.member, (*path, "*"))
        case "map", dict():
            for each in value.values():
                yield from optional_keys(read, each, shape.value, (*path, "*"))


def without(keys: frozenset[Key]) -> Change:
    """Responses without these keys, at any depth."""

    def change(read: str, answer: dict[str, Any], shape: Any) -> dict[str, Any]:
        for key in sorted((each for each in keys if each.read == read), key=lambda each: -len(each.path)):
            _drop(answer, key.path)
        return answer

    return change


def _drop(value: Any, path: Path_) -> None:
    first, rest = path[0], path[1:]
    if first == "*":
        for each in value.values() if isinstance(value, dict) else value:
            _drop(each, rest)
    elif rest and first in value:
        _drop(value[first], rest)
    elif not rest:
        value.pop(first, None)


def emptied(only: str) -> Change:
    """Responses of this operation with empty top-level lists: nothing exists."""

    def change(read: str, answer: dict[str, Any], shape: Any) -> dict[str, Any]:
        if read == only and shape is not None:
            answer.update({name: [] for name, member in shape.members.items() if member.type_name == "list"})
        return answer

    return change


def bare(only: str) -> Change:
    """Responses of this operation with only the members that its model requires."""

    def change(read: str, answer: dict[str, Any], shape: Any) -> dict[str, Any]:
        if read != only or shape is None:
            return answer
        return {name: value for name, value in answer.items() if name in (*shape.required_members, META)}

    return change


CLIENT_NAMES = {
    "elastic-load-balancing-v2": "elbv2",
    "auto-scaling": "autoscaling",
    "application-auto-scaling": "application-autoscaling",
    "cloudwatch-logs": "logs",
}


def client_name(service: str) -> str:
    """boto3's name of a service, by its name in botocore's events."""
    return CLIENT_NAMES.get(service, service)


META = "ResponseMetadata"


def as_documented(only: str, example: dict[str, Any]) -> Change:
    """Responses of this operation as in AWS's own example."""

    def change(read: str, answer: dict[str, Any], shape: Any) -> dict[str, Any]:
        if read != only or shape is None:
            return answer
        return {**_typed(example, shape), META: answer[META]}

    return change


@cache
def examples(service: str) -> dict[str, list[dict[str, Any]]]:
    """The outputs in the examples that AWS documents, by operation."""
    folder = Path(botocore.__file__).parent / "data" / service
    newest = max(folder.iterdir())
    file = newest / "examples-1.json"
    if not file.is_file():
        return {}
    documented = json.loads(file.read_text("utf-8"))["examples"]
    return {
        operation: [each["output"] for each in entries if each.get("output")]
        for operation, entries in documented.items()
    }


def _typed(value: Any, shape: Any) -> Any:
    """A value of an example as botocore would parse it: a time is a datetime, a blob is bytes."""
    match shape.type_name, value:
        case "structure", dict():
            return {
                name: _typed(each, shape.members[name])
                for name, each in value.items()
                if name in shape.members
            }
        case "list", list():
            return [_typed(each, shape.member) for each in value]
        case "map", dict():
            return {name: _typed(each, shape.value) for name, each in value.items()}
        case "timestamp", str():
            return isoparse(value)
        case "integer" | "long", str():
            return int(value)
        case "blob", str():
            return value.encode()
    return value
