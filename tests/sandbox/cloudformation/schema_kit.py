"""Every property of a resource type, as AWS's own schema of it says, and what the sandbox asks of the API for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

from labs.sandbox.cloudformation import requests
from labs.sandbox.cloudformation.requests import Api, Renamed

Doc = dict[str, Any]
Leaf = tuple[str, ...]
"""The way to a property: `[]` stands for the items of a list."""
LISTED = "[]"
MAX_DEPTH = 9


@cache
def schema(name: str) -> Doc:
    """AWS's schema of a type, as cfn-lint has it."""
    found = find_spec("cfnlint")
    assert found is not None
    assert found.origin is not None
    folder = Path(found.origin).parent / "data" / "schemas"
    names = json.loads((folder / "providers" / "eu-west-1.json").read_text())
    made: Doc = json.loads((folder / "resources" / f"{names[name]}.json").read_text())
    return made


def leaves(name: str) -> Iterator[tuple[Leaf, Doc]]:
    """Every property that a template may give for a type, nested ones too, with its schema."""
    whole = schema(name)
    read_only = {tuple(each.split("/")[2:]) for each in whole.get("readOnlyProperties", ())}
    for path, node in _below(whole, whole, ()):
        if tuple("*" if each == LISTED else each for each in path) not in read_only and path not in read_only:
            yield path, node


def _below(whole: Doc, node: Doc, path: Leaf) -> Iterator[tuple[Leaf, Doc]]:
    node = resolved(whole, node)
    members = properties(whole, node)
    if members and len(path) < MAX_DEPTH:
        for key, inner in members.items():
            yield from _below(whole, inner, (*path, key))
    elif "items" in node and len(path) < MAX_DEPTH:
        yield from _below(whole, node["items"], (*path, LISTED))
    else:
        yield path, node


def resolved(whole: Doc, node: Doc) -> Doc:
    """A schema without its reference."""
    while "$ref" in node:
        found: Any = whole
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node


def properties(whole: Doc, node: Doc) -> Doc:
    """The properties of an object, those of its alternatives too."""
    found: Doc = dict(node.get("properties") or {})
    for key in ("oneOf", "anyOf", "allOf"):
        for each in node.get(key) or ():
            for name, inner in properties(whole, resolved(whole, each)).items():
                found.setdefault(name, inner)
    return found


def sample(whole: Doc, node: Doc, depth: int = 0) -> Any:
    """A value with what the schema requires."""
    node = resolved(whole, node)
    members = properties(whole, node)
    if members and depth < MAX_DEPTH:
        needed = [key for key in node.get("required") or () if key in members]
        return {key: sample(whole, members[key], depth + 1) for key in needed}
    if "items" in node and depth < MAX_DEPTH:
        return [sample(whole, node["items"], depth + 1)]
    return value(node, 1)


def value(node: Doc, which: int) -> Any:
    """One of two values that a property may have."""
    kinds = node.get("type", "string")
    kind = kinds if isinstance(kinds, str) else ("object" if "object" in kinds else kinds[0])
    if node.get("enum"):
        return node["enum"][which % len(node["enum"])]
    if kind == "boolean":
        return bool(which)
    if kind in {"integer", "number"}:
        return 1 + which
    return {"Key": str(which)} if kind == "object" else str(1 + which)


def with_leaf(name: str, base: Doc, path: Leaf, leaf: Any) -> Doc:
    """The properties with one of them set, and around it what the schema requires there."""
    whole = schema(name)
    return cast(Doc, _with(whole, whole, base, path, leaf))


def _with(whole: Doc, node: Doc, base: Any, path: Leaf, leaf: Any) -> Any:
    if not path:
        return leaf
    node = resolved(whole, node)
    key, *rest = path
    if key == LISTED:
        first = base[0] if base else sample(whole, node["items"])
        return [_with(whole, node["items"], first, tuple(rest), leaf)]
    members = properties(whole, node)
    inner = members.get(key, {"type": "string"})
    around = base if isinstance(base, dict) else {}
    there = around[key] if key in around else sample(whole, inner)
    return {**around, key: _with(whole, inner, there, tuple(rest), leaf)}


class Recorder(Api):
    """An API that writes down what it is asked, and answers with something of the right shape."""

    asked: list[Any]

    def __init__(self) -> None:
        super().__init__("key", "123456789012", "eu-west-1")
        object.__setattr__(self, "asked", [])

    def __call__(
        self,
        service: str,
        operation: str,
        properties: Doc,
        renamed: Renamed | None = None,
        *,
        strict: bool = True,
    ) -> Doc:
        model = requests.client_of(service, self.region).meta.service_model.operation_model(operation)
        shape = model.input_shape
        shaped = requests.shaped(properties, shape, renamed or {}, "", strict=strict) if shape else {}
        if not operation.startswith(("Describe", "List", "Get")):
            self.asked.append((operation, shaped))
        return _answer(model.output_shape) if model.output_shape else {}


def _answer(shape: Any, depth: int = 0) -> Any:
    kind = shape.type_name
    if depth > MAX_DEPTH:
        return None
    if kind == "structure":
        return {name: _answer(inner, depth + 1) for name, inner in shape.members.items()}
    if kind == "list":
        return [_answer(shape.member, depth + 1)]
    if kind == "map":
        return {"QueueArn": "1"}
    if kind == "boolean":
        return False
    return 1 if kind in {"integer", "long", "float", "double"} else "1"
