"""Values of a template as text, and as true or false."""

from __future__ import annotations

import json
from typing import Any


def text_of(value: Any) -> str:
    """A value as CloudFormation writes it: `true`, not Python's `True`, and a structure as JSON."""
    if isinstance(value, dict | list):
        return json.dumps(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def is_true(value: Any) -> bool:
    """Whether a value says yes."""
    return str(value).lower() == "true"
