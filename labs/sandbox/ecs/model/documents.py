"""Helpers for documents of the ECS API: members, tags, enums, pages and ids."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Sequence
from typing import Any

from moto.moto_api._internal import mock_random

from labs.sandbox.ecs.model.errors import invalid
from labs.sandbox.ecs.model.records import Doc, Tags


def new_id() -> str:
    """An id of 32 hexadecimal digits, for tasks and container instances."""
    return mock_random.uuid4().hex


def new_uuid() -> str:
    """A UUID with hyphens, for events, attachments and containers."""
    return str(mock_random.uuid4())


def new_deployment_id() -> str:
    """An id for deployments and task sets: `ecs-svc/` and 19 digits."""
    return f"ecs-svc/{mock_random.randint(10**18, 10**19 - 1)}"


def without_none(**members: Any) -> Doc:
    """The document without members that are None."""
    return {name: value for name, value in members.items() if value is not None}


def picked(document: Doc, names: Iterable[str]) -> Doc:
    """The members of the document with these names."""
    return {name: document[name] for name in names if document.get(name) is not None}


def tags_of(request: Doc) -> Tags:
    """The tags of a request, by key."""
    return {tag["key"]: tag.get("value", "") for tag in request.get("tags") or []}


def tag_list(tags: Tags) -> list[Doc]:
    """Tags as a list of documents."""
    return [{"key": key, "value": value} for key, value in tags.items()]


def wants_tags(request: Doc) -> bool:
    """Whether a describe request includes tags."""
    return "TAGS" in (request.get("include") or [])


def check_choice(name: str, value: str | None, choices: Sequence[str]) -> None:
    """Raises InvalidParameterException for a value that is not one of the choices."""
    if value is not None and value not in choices:
        raise invalid(f"{name} '{value}' is invalid: valid values are {', '.join(choices)}.")


def check_length(what: str, items: Sequence[object], most: int) -> None:
    """Raises InvalidParameterException for more items than a request may have."""
    if len(items) > most:
        raise invalid(f"{what} can have at most {most} items.")


def paged(items: Sequence[str], request: Doc, member: str, default: int = 100) -> Doc:
    """One page of a list, with the token of the next one. Raises InvalidParameterException."""
    size = request.get("maxResults")
    if size is not None and not 1 <= size <= 100:
        raise invalid("maxResults must be between 1 and 100.")
    start = _offset(request.get("nextToken"))
    end = start + (size or default)
    page: Doc = {member: list(items[start:end])}
    if end < len(items):
        page["nextToken"] = base64.b64encode(str(end).encode()).decode()
    return page


def _offset(token: str | None) -> int:
    if not token:
        return 0
    try:
        return int(base64.b64decode(token, validate=True))
    except (binascii.Error, ValueError):
        raise invalid("Invalid token.") from None
