"""The fields that an event of each known kind must have, so that replay can rely on them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec

from labs.store.event import Event
from labs.store.lab_result import LabResult

_FIELDS = {
    "review": ("card", "rating"),
    "void": (),
    "rename": ("card",),
    "suspend": ("card",),
    "unsuspend": ("card",),
    "bury": ("card",),
    "flag": ("card",),
    "shown": ("card",),
    "reset": ("card",),
    "surface": ("card", "lab", "objective"),
    "practised": ("card", "lab", "objective"),
    "attempt": ("lab",),
    "hint": ("lab", "objective"),
    "solution": ("lab",),
    "check": ("lab",),
    "watched": ("lab",),
    "clean": ("lab",),
}
_DATA: dict[str, dict[str, Any]] = {
    "void": {"event": str},
    "rename": {"to": str},
    "bury": {"until": Annotated[datetime, msgspec.Meta(tz=True)]},
    "attempt": {"parameters": dict[str, str] | None},
    "hint": {"level": int},
    "review": {"items": int | None},
}


def complete(event: Event) -> Event:
    """The event, if it has the fields of its kind. Raises msgspec.ValidationError otherwise."""
    for field in _FIELDS.get(event.kind, ()):
        if getattr(event, field) is None:
            raise msgspec.ValidationError(f"a {event.kind} event needs `{field}`")
    for key, kind in _DATA.get(event.kind, {}).items():
        try:
            msgspec.convert(event.data.get(key), kind)
        except msgspec.ValidationError as error:
            raise msgspec.ValidationError(f"a {event.kind} event needs `data.{key}`: {error}") from error
    if event.kind in {"check", "watched"}:
        msgspec.convert(event.data, LabResult)
    return event
