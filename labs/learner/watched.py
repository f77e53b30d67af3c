"""Stores a watch as two checks, its first and last run; changes in between are stored for hints only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labs.verify.watch import Round, seen

if TYPE_CHECKING:
    from labs.verdict import Verdict


@dataclass(slots=True)
class WatchMemory:
    """Stores the runs of one watch. States in between are work in progress, not mistakes."""

    remember: Callable[[Verdict], object]
    remember_watched: Callable[[Verdict], object]
    first: Round | None = None
    last: Round | None = None

    def add(self, now: Round) -> None:
        """Adds a run."""
        if self.first is None:
            self.first = now
            self.remember(now.verdict)
        elif self.last is not None and seen(self.last.verdict) != seen(now.verdict):
            self.remember_watched(now.verdict)
        self.last = now

    @property
    def last_is_remembered(self) -> bool:
        """Whether the last run equals the first one, which is stored already."""
        if self.first is None or self.last is None:
            return False
        return seen(self.last.verdict) == seen(self.first.verdict)

    def end(self) -> None:
        """Ends the watch: stores its last run as a check, unless it equals the first one."""
        if self.last is not None and not self.last_is_remembered:
            self.remember(self.last.verdict)
