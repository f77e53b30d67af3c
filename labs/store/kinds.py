"""What an event of each known kind must hold, so that whoever replays events may rely on it."""

from __future__ import annotations

import msgspec

from labs.store.event import Event
from labs.store.result import LabResult

_FIELDS = {
    "review": ("card", "rating"),
    "void": (),
    "rename": ("card",),
    "suspend": ("card",),
    "unsuspend": ("card",),
    "bury": ("card",),
    "flag": ("card",),
    "reset": ("card",),
    "surface": ("card", "lab", "objective"),
    "practised": ("card", "lab", "objective"),
    "attempt": ("lab",),
    "hint": ("lab", "objective"),
    "solution": ("lab",),
    "check": ("lab",),
    "clean": ("lab",),
}
_DATA: dict[str, dict[str, type]] = {
    "void": {"event": str},
    "rename": {"to": str},
    "bury": {"until": str},
    "hint": {"level": int},
}


def complete(event: Event) -> Event:
    """The event itself, if it holds what its kind needs; else raises msgspec.ValidationError."""
    for field in _FIELDS.get(event.kind, ()):
        if getattr(event, field) is None:
            raise msgspec.ValidationError(f"a {event.kind} event needs `{field}`")
    for key, kind in _DATA.get(event.kind, {}).items():
        if not isinstance(event.data.get(key), kind):
            raise msgspec.ValidationError(f"a {event.kind} event needs `data.{key}`")
    if event.kind == "check":
        msgspec.convert(event.data, LabResult)
    return event
