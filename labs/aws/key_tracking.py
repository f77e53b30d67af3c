"""Clients that track which keys of AWS's answers a check looks up: `ecs:DescribeServices placementStrategy`.

They track the operations that are called and the keys that are looked up in the answers, at any depth, whether
present or not. Iterating over a dict counts as looking up each of its keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from msgspec.structs import replace

from labs.aws.request_scope import CheckContext, check_context
from labs.aws.session import AwsSession
from labs.sdk.values import Account, Clients

Note = Callable[[str], None]


def keys_read(session: AwsSession, allowed: frozenset[str], check: Callable[[Account], Any]) -> set[str]:
    """The keys that a check looks up in its answers, found by running it again on the same answers.

    The judge calls this only if an answer contains an unknown value.
    """
    seen: set[str] = set()
    account = session.account()
    with check_context(CheckContext(session.scope, allowed)):
        check(replace(account, clients=tracking(account.clients, seen)))
    return seen


def tracking(clients: Clients, seen: set[str]) -> Clients:
    """The same clients, which add every lookup to `seen`."""
    return TrackingClients(clients, seen)


class TrackingClients(msgspec.Struct, frozen=True):
    """Clients that add lookups in their answers to `seen`; `plain` are the same clients without tracking."""

    plain: Clients
    seen: set[str]

    def __call__(self, service: str, region: str) -> Any:
        """The client of a service, whose answers are tracked."""
        return _Client(self.plain(service, region), self.seen)


class _Client:
    """A client that tracks its answers and delegates everything else."""

    def __init__(self, client: Any, seen: set[str]) -> None:
        self._client = client
        self._seen = seen

    def __getattr__(self, name: str) -> Any:
        if name == "get_paginator":
            return self._paginator
        found = getattr(self._client, name)
        operation = self._client.meta.method_to_api_mapping.get(name)
        return self._reading(found, operation) if operation else found

    def _reading(self, method: Callable[..., Any], operation: str) -> Callable[..., Any]:
        note = self._note(operation)

        def ask(*given: Any, **arguments: Any) -> Any:
            note("")
            return _tracked(method(*given, **arguments), note)

        return ask

    def _paginator(self, method: str) -> Any:
        note = self._note(self._client.meta.method_to_api_mapping[method])
        return _Paginator(self._client.get_paginator(method), note)

    def _note(self, operation: str) -> Note:
        read = f"{self._client.meta.service_model.service_name}:{operation}"
        return lambda key: self._seen.add(f"{read} {key}".rstrip())


class _Paginator:
    """A paginator that tracks its pages."""

    def __init__(self, paginator: Any, note: Note) -> None:
        self._paginator = paginator
        self._note = note

    def paginate(self, **arguments: Any) -> _Pages:
        return _Pages(self._paginator.paginate(**arguments), self._note)


class _Pages:
    """Tracked pages, iterated or merged."""

    def __init__(self, pages: Any, note: Note) -> None:
        self._pages = pages
        self._note = note

    def __iter__(self) -> Iterator[Any]:
        self._note("")
        for page in self._pages:
            yield _tracked(page, self._note)

    def search(self, expression: str) -> Iterator[Any]:
        import jmespath

        for page in self:
            found = jmespath.search(expression, page)
            yield from found if isinstance(found, list) else [found]

    def build_full_result(self) -> Any:
        self._note("")
        return _tracked(self._pages.build_full_result(), self._note)


class _TrackedDict(dict[str, Any]):
    """A dict in an answer that reports which of its keys are looked up."""

    def __init__(self, value: dict[str, Any], note: Note) -> None:
        super().__init__({key: _tracked(each, note) for key, each in value.items()})
        self._note = note

    def __getitem__(self, key: str) -> Any:
        self._note(key)
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        self._note(key)
        return super().get(key, default)

    def __contains__(self, key: object) -> bool:
        self._note(str(key))
        return super().__contains__(key)

    def __iter__(self) -> Iterator[str]:
        self._note_all()
        return super().__iter__()

    def keys(self) -> Any:
        self._note_all()
        return super().keys()

    def values(self) -> Any:
        self._note_all()
        return super().values()

    def items(self) -> Any:
        self._note_all()
        return super().items()

    def __eq__(self, other: object) -> bool:
        self._note_all()
        return super().__eq__(other)

    __hash__ = None  # like every dict

    def _note_all(self) -> None:
        for key in super().__iter__():
            self._note(key)


def _tracked(value: Any, note: Note) -> Any:
    match value:
        case dict():
            return _TrackedDict(value, note)
        case list():
            return [_tracked(each, note) for each in value]
        case _:
            return value
