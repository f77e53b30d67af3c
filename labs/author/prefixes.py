"""The states on the way to a lab's solution and to its mistakes, in each of which a learner may stop.

There are thousands of them. A clean-up depends on which resources exist and how they are connected, not on their ids
and attributes: states to which the same requests led, by operation and names, are one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl

import msgspec

from labs.sandbox.faults import action, service
from labs.sandbox.world import journal

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{8,}")
_NAME = re.compile(
    r"(name|id|arn|cluster|service|family|url|definition|provider|token|dimension)$", re.IGNORECASE
)
_ATTRIBUTES = re.compile("Authorize|Modify|Revoke|Set|Tag|Update")
"""Matches operations that create and connect nothing."""


class Prefix(msgspec.Struct, frozen=True):
    """A saved world up to one of its changes, and the signing names of the services that were changed until then."""

    changes: int
    world: bytes
    services: frozenset[str]


class Prefixes:
    """The distinct states of one lab, after the changes with which all of them begin."""

    def __init__(self, start: Path) -> None:
        self._start = len(journal.read(start).entries)
        self._known: set[tuple[str, ...]] = set()

    def of(self, world: Path) -> Iterator[Prefix]:
        """The prefixes of a saved world to which no earlier one is equal."""
        lines = world.read_bytes().splitlines(keepends=True)
        requests: list[str] = []
        services: set[str] = set()
        for count, entry in enumerate(journal.read(world).entries, 1):
            if entry.request is None or entry.status >= 400:
                continue
            services.add(service(entry.request))
            requests += _named(entry.request)
            key = tuple(sorted(requests))
            if count > self._start and key not in self._known:
                self._known.add(key)
                yield Prefix(count - self._start, b"".join(lines[: count + 1]), frozenset(services))


def without_ids(text: str) -> str:
    """A text in which each generated id is a mark."""
    return _ID.sub("#", text)


def _named(request: journal.RecordedRequest) -> Iterator[str]:
    """The operation of a request with the names that it gives; nothing for one that changes attributes only."""
    operation = action(request) or f"{request.environ['REQUEST_METHOD']} {request.environ['PATH_INFO']}"
    if _ATTRIBUTES.match(operation):
        return
    text = request.body.decode("utf-8", "replace")
    given = json.loads(text) if text.startswith("{") else dict(parse_qsl(text))
    names = sorted(f"{key}={value}" for key, value in given.items() if _NAME.search(key))
    yield without_ids(" ".join([operation, *names]))
