"""Results and histories that pages read from the ledger; the last known ones while the ledger is unreachable."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from labs.errors import StoreError
from labs.workshop.board_source import BoardSource
from labs.workshop.ledger_rows import StateChange, VerdictChange
from labs.workshop.seat_result import SeatResult

T = TypeVar("T")
MAX_KEPT = 200


@dataclass(slots=True)
class Details:
    """Reads results and histories, and caches the latest of each."""

    source: BoardSource
    _kept: dict[tuple[str, str], object] = field(default_factory=dict)

    def result(self, seat: str, account: str | None) -> SeatResult | None:
        """The latest result of a seat, saved or not."""
        unsaved = self.source.unsaved_result(seat)
        if unsaved is not None:
            return unsaved
        return self._read(
            ("result", seat), lambda: self.source.ledger.result(seat, self.source.labs, account), None
        )

    def history(self, seat: str, account: str | None) -> Sequence[VerdictChange]:
        """The changes of a seat's labs in its current account, the oldest first."""
        none: list[VerdictChange] = []
        found = self._read(("history", seat), lambda: self.source.ledger.history(seat), none)
        return [
            each for each in found if each.verdict.lab in self.source.labs and each.account in ("", account)
        ]

    def lab_history(self, lab: str) -> Sequence[StateChange]:
        """The changes of all seats in one lab, the oldest first."""
        return self._read(("lab", lab), lambda: self.source.ledger.lab_history(lab), [])

    def _read(self, key: tuple[str, str], read: Callable[[], T], default: T) -> T:
        try:
            found = read()
        except StoreError:
            return self._kept.get(key, default)  # type: ignore[return-value]
        self._kept.pop(key, None)
        self._kept[key] = found
        while len(self._kept) > MAX_KEPT:
            del self._kept[next(iter(self._kept))]
        return found
