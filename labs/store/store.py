"""The interface of an event store, independent of its database."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self

from labs.store.event import Event


class Store(Protocol):
    """An append-only set of events. Every method raises StoreError if it fails."""

    @property
    def device(self) -> str:
        """The name of this device in its events: random letters, nothing personal."""
        ...

    def append(self, *events: Event) -> int:
        """Adds all events or none, and syncs them to disk. Returns the number of new events.

        Events that are stored already are skipped. A known id with different content is refused.
        """
        ...

    def events(
        self,
        *,
        kinds: Collection[str] = (),
        card: str | None = None,
        lab: str | None = None,
        attempt: str | None = None,
        since: datetime | None = None,
        newest: int | None = None,
    ) -> list[Event]:
        """The events that match all conditions, oldest first; only the latest `newest` of them, if given."""
        ...

    def close(self) -> None:
        """Closes the file or the connection; the next call opens it again."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
