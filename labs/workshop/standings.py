"""What a workshop leaves for the records: when each learner had passed each lab, and how far the others came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from labs.workshop.ledger import Change, Ledger
from labs.workshop.roster import Roster


@dataclass(frozen=True, slots=True)
class Record:
    """One lab of one learner: the best score, when it was first seen, and when the lab was first seen as passed.

    `proof` is the look on which that rests.
    """

    seat: str
    account: str | None
    lab: str
    best: int
    total: int
    begun: datetime | None
    passed: datetime | None
    looked: datetime | None
    proof: Change | None


def records(ledger: Ledger, roster: Roster, labs: Sequence[str]) -> list[Record]:
    """A record for each learner and lab, in the order of the roster; of whom nothing was seen too."""
    looks = ledger.seats()
    found = []
    for seat in roster.seats:
        look = looks.get(seat.name)
        changes = ledger.history(seat.name) if look else []
        for lab in labs:
            own = [change for change in changes if change.verdict.lab == lab]
            account = (look.account if look else None) or seat.known_account
            found.append(_record(seat.name, account, lab, own, look.at if look else None))
    return found


def _record(
    seat: str, account: str | None, lab: str, changes: Sequence[Change], looked: datetime | None
) -> Record:
    best = max(changes, key=lambda change: change.verdict.score, default=None)
    begun = next((change.at for change in changes if change.verdict.score), None)
    passed = next((change.at for change in changes if change.verdict.passed), None)
    score, total = (best.verdict.score, len(best.verdict.findings)) if best else (0, 0)
    return Record(seat, account, lab, score, total, begun, passed, looked, best)
