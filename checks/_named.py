"""What was asked for by its name, taken from an answer that may hold nothing after all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from labs.sdk import CannotTell

T = TypeVar("T")


def told_of(things: Sequence[T], what: str) -> T:
    """The first of these. Raises CannotTell where AWS answered without an error and without what was asked for."""
    if not things:
        raise CannotTell(f"AWS answered nothing about {what}, and no reason why")
    return things[0]
