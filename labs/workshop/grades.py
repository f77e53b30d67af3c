"""The grades of a workshop: each learner's best score in each lab, and the time of the last change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from labs.workshop.lab_records import lab_records
from labs.workshop.ledger import Ledger
from labs.workshop.roster import Roster, Seat


@dataclass(frozen=True, slots=True)
class LearnerGrades:
    """One learner's points: the number of passed objectives in the best check of each lab."""

    seat: Seat
    account: str | None
    points: Mapping[str, int]
    last_change: datetime | None

    @property
    def total(self) -> int:
        """The points of all labs together."""
        return sum(self.points.values())


def grades(ledger: Ledger, roster: Roster, labs: Sequence[str]) -> Iterator[LearnerGrades]:
    """A grade for each learner, in the order of the roster, checked or not."""
    records = lab_records(ledger, roster, labs)
    for seat in roster.seats:
        own = [each for each in records if each.seat == seat.name]
        account = own[0].account if own else seat.known_account
        moments = [each.proof.at for each in own if each.proof is not None]
        yield LearnerGrades(seat, account, {each.lab: each.best for each in own}, max(moments, default=None))
