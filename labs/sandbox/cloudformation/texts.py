"""Values of a template as text and as booleans."""

from __future__ import annotations

import json
from typing import Any


def text_of(value: Any) -> str:
    """A value as CloudFormation writes it: `true` instead of Python's `True`, and a structure as JSON."""
    if isinstance(value, dict | list):
        return json.dumps(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def is_true(value: Any) -> bool:
    """Whether a value is true, as a boolean or as text."""
    return str(value).lower() == "true"
