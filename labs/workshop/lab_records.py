"""The records of a workshop: for each learner and lab the best score, and when it was passed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from labs.workshop.ledger import Ledger, VerdictChange
from labs.workshop.roster import Roster


@dataclass(frozen=True, slots=True)
class LabRecord:
    """One lab of one learner: the best score, when it was first seen, and when the lab was first seen as passed.

    `proof` is the verdict that shows it.
    """

    seat: str
    account: str | None
    lab: str
    best: int
    total: int
    started: datetime | None
    passed: datetime | None
    looked: datetime | None
    proof: VerdictChange | None


def lab_records(ledger: Ledger, roster: Roster, labs: Sequence[str]) -> list[LabRecord]:
    """A record for each learner and lab, in the order of the roster, checked or not."""
    looks = ledger.seats()
    found = []
    for seat in roster.seats:
        latest = looks.get(seat.name)
        changes = ledger.history(seat.name) if latest else []
        for lab in labs:
            own = [change for change in changes if change.verdict.lab == lab]
            account = (latest.account if latest else None) or seat.known_account
            found.append(_lab_record(seat.name, account, lab, own, latest.at if latest else None))
    return found


def _lab_record(
    seat: str, account: str | None, lab: str, changes: Sequence[VerdictChange], looked: datetime | None
) -> LabRecord:
    best = max(changes, key=lambda change: change.verdict.score, default=None)
    started = next((change.at for change in changes if change.verdict.score), None)
    passed = next((change.at for change in changes if change.verdict.passed), None)
    score, total = (best.verdict.score, len(best.verdict.findings)) if best else (0, 0)
    return LabRecord(seat, account, lab, score, total, started, passed, looked, best)
