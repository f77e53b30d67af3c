"""The SQL of the event store, and the conversion between events and rows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec

from labs.store.event import Event

COLUMNS = Event.__struct_fields__

_NAMES = ", ".join(COLUMNS)
_MARKS = ", ".join("?" for _ in COLUMNS)
ADD = f"INSERT INTO event ({_NAMES}) VALUES ({_MARKS}) ON CONFLICT (id) DO NOTHING"  # noqa: S608 - names of our columns
BY_ID = f"SELECT {_NAMES} FROM event WHERE id = ?"  # noqa: S608 - names of our columns
_ALL = f"SELECT {_NAMES} FROM event"  # noqa: S608 - names of our columns
GET_SETTING = "SELECT value FROM setting WHERE name = ?"
ADD_SETTING = "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING"


def select(
    *,
    kinds: Collection[str],
    card: str | None,
    lab: str | None,
    attempt: str | None,
    since: datetime | None,
    newest: int | None,
) -> tuple[str, list[str | int]]:
    """The query for events that match all conditions, newest first, and the values of its placeholders."""
    wanted = {
        "card = ?": card,
        "lab = ?": lab,
        "attempt = ?": attempt,
        "at >= ?": moment(since) if since else None,
    }
    given = {condition: value for condition, value in wanted.items() if value is not None}
    conditions: list[str] = [*given]
    values: list[str | int] = [*given.values()]
    if kinds:
        conditions.append(f"kind IN ({', '.join('?' for _ in kinds)})")
        values += kinds
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    text = f"{_ALL}{where} ORDER BY at DESC, id DESC"
    return (text, values) if newest is None else (f"{text} LIMIT ?", [*values, newest])


def moment(at: datetime) -> str:
    """A time as text of fixed width, which sorts like the time."""
    return at.isoformat(timespec="microseconds")


def row(event: Event) -> tuple[str | int | None, ...]:
    """The columns of an event; `data` is JSON with sorted keys, so that equal events have equal rows."""
    columns = {name: getattr(event, name) for name in COLUMNS}
    columns["at"] = moment(event.at)
    columns["data"] = msgspec.json.encode(event.data, order="sorted").decode()
    return tuple(columns.values())


def event(columns: Sequence[Any]) -> Event:
    """The event of a row."""
    fields = dict(zip(COLUMNS, columns, strict=True))
    fields["at"] = datetime.fromisoformat(fields["at"])
    fields["data"] = msgspec.json.decode(fields["data"])
    return Event(**fields)
