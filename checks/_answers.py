"""Reading a single named resource out of an answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from labs.sdk import CannotTell

T = TypeVar("T")


def first_of(things: Sequence[T], what: str) -> T:
    """The first item. Raises CannotTell if AWS answered with an empty list and no error."""
    if not things:
        raise CannotTell(f"AWS returned an empty answer for {what}")
    return things[0]
