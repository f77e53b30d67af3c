"""Export and import of events as JSON Lines, for another machine or as a backup.

An import is a union of sets: order and number of imports do not matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from labs.errors import StoreError
from labs.store.event import Event
from labs.store.kinds import complete
from labs.store.sqlite import Store

MAX_FAULTS_SHOWN = 10
"""Maximum number of bad lines in an error."""


def export(store: Store) -> Iterator[bytes]:
    """Every event of the store, one line each, oldest first."""
    for event in store.events():
        yield msgspec.json.encode(event, order="sorted") + b"\n"


def import_into(store: Store, lines: Iterable[bytes]) -> int:
    """Adds all events of an export, or none. Returns the number of new ones."""
    return store.append(*parse(lines))


def parse(lines: Iterable[bytes]) -> list[Event]:
    """The events of an export, without empty lines. Raises StoreError with the number of every bad line."""
    decoder = msgspec.json.Decoder(Event)
    events: list[Event] = []
    faults: list[str] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            events.append(complete(decoder.decode(line)))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            faults.append(f"line {number}: {error}")
    if faults:
        more = len(faults) - MAX_FAULTS_SHOWN
        shown = faults[:MAX_FAULTS_SHOWN] + ([f"and {more} more lines"] if more > 0 else [])
        raise StoreError("nothing was imported:\n" + "\n".join(shown))
    return events
