"""Remembers a watch as two checks, its first run and its last; what changed in between is kept for hints only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labs.verify.watch import Round, seen

if TYPE_CHECKING:
    from labs.verdict import Verdict


@dataclass(slots=True)
class WatchMemory:
    """The runs of one watch as they come: what was seen in between is the work itself, and not a mistake."""

    remember: Callable[[Verdict], object]
    remember_watched: Callable[[Verdict], object]
    first: Round | None = None
    last: Round | None = None

    def add(self, now: Round) -> None:
        """The next run."""
        if self.first is None:
            self.first = now
            self.remember(now.verdict)
        elif self.last is not None and seen(self.last.verdict) != seen(now.verdict):
            self.remember_watched(now.verdict)
        self.last = now

    @property
    def last_is_remembered(self) -> bool:
        """Whether the last run said what the first one said, which is remembered already."""
        if self.first is None or self.last is None:
            return False
        return seen(self.last.verdict) == seen(self.first.verdict)

    def end(self) -> None:
        """The watch is over: its last run is a check, unless it is remembered already."""
        if self.last is not None and not self.last_is_remembered:
            self.remember(self.last.verdict)
