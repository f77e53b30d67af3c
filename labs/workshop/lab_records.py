"""The records of a workshop: for each learner and lab the best score, and when it was passed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from labs.workshop.identity import accounts_in_evidence, accounts_of
from labs.workshop.ledger import Ledger
from labs.workshop.ledger_rows import VerdictChange
from labs.workshop.roster import Roster


@dataclass(frozen=True, slots=True)
class LabRecord:
    """One lab of one learner: the best score, when it was first seen, and when the lab was first seen as passed.

    `proof` is the verdict that shows it, seen in this `account`.
    """

    seat: str
    account: str | None
    lab: str
    best: int
    total: int
    started: datetime | None
    passed: datetime | None
    checked: datetime | None
    proof: VerdictChange | None

    @property
    def unsigned_because(self) -> str | None:
        """Why no receipt may be signed for this record; None if it may, or if there is nothing to sign."""
        if self.proof is None:
            return None
        others = accounts_in_evidence(self.proof.verdict) - {self.account}
        if self.account is None:
            return "the account was not recorded: check again"
        return f"its evidence names account {', '.join(sorted(others))}" if others else None


def lab_records(ledger: Ledger, roster: Roster, labs: Sequence[str]) -> list[LabRecord]:
    """A record for each learner and lab, in the order of the roster, checked or not; each about one account only."""
    latest = ledger.seats()
    accounts = accounts_of(roster, latest)
    found = []
    for seat in roster.seats:
        account, check = accounts[seat.name], latest.get(seat.name)
        checked = check.at if check and check.account in (account, None) else None
        changes = ledger.history(seat.name) if check else []
        for lab in labs:
            of_lab = [change for change in changes if change.verdict.lab == lab]
            own = [change for change in of_lab if account and _account_of(change) == account]
            unknown = [] if own else [change for change in of_lab if not _account_of(change)]
            whose = None if unknown else account
            found.append(_lab_record(seat.name, whose, lab, own or unknown, checked))
    return found


def _account_of(change: VerdictChange) -> str:
    """The account of a check; if an older version did not store it, the only account that its evidence names."""
    named = accounts_in_evidence(change.verdict)
    return change.account or (named.pop() if len(named) == 1 else "")


def _lab_record(
    seat: str, account: str | None, lab: str, changes: Sequence[VerdictChange], checked: datetime | None
) -> LabRecord:
    best = max(changes, key=lambda change: change.verdict.score, default=None)
    started = next((change.at for change in changes if change.verdict.score), None)
    passed = next((change.at for change in changes if change.verdict.passed), None)
    score, total = (best.verdict.score, len(best.verdict.findings)) if best else (0, 0)
    return LabRecord(seat, account, lab, score, total, started, passed, checked, best)
