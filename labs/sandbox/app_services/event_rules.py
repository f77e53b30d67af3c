"""EventBridge rules: the wildcards of an event pattern."""

from __future__ import annotations

import re
from typing import Any

from labs.iam.pattern import STAR, matches
from labs.sandbox.extend import Undo, patch, set_attribute
from labs.sandbox.source import documented

_ESCAPED_OR_STAR = re.compile(r"\\([*\\])|\*")


@patch(
    "events:wildcards",
    "moto tries one way after the other, which may take for ever, and ends a wildcard at a line's end",
    documented("eventbridge/latest/userguide/eb-create-pattern-operators.html"),
)
def _match_in_linear_time() -> Undo:
    from moto.events.models import EventPattern

    return set_attribute(EventPattern, "_wildcard_match", staticmethod(wildcard_fits))


def wildcard_fits(value: Any, pattern: str) -> bool:
    r"""Whether a value of an event matches a pattern in which `*` is a wildcard, and `\*` a star."""
    wild = _ESCAPED_OR_STAR.sub(lambda found: found[1] or STAR, pattern)
    return isinstance(value, str) and matches(wild, value)
