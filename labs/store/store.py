"""The interface of an event store, independent of its database."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self

from labs.store.event import Event


class Store(Protocol):
    """A set of events that only grows. Every method raises StoreError if it cannot do what it says."""

    @property
    def device(self) -> str:
        """The name of this device in the events that it adds: a few random letters, nothing personal."""
        ...

    def append(self, *events: Event) -> int:
        """Adds the events, all or none, on disk when it returns; says how many were new.

        An event that is there already is left as it is. The same id with another content is refused.
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
        """The events that fit all that is asked, oldest first; only the `newest` so many, if given."""
        ...

    def close(self) -> None:
        """Closes the file or the connection; the next call opens it again."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
