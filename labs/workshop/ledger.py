"""The stored results of rounds, for boards and records; any number of instructors can write concurrently.

For each seat, account, Region, lab and its parameters, it stores the current standing, the time since when that is
unchanged, and earlier verdicts. An inconclusive check is shown, but does not change the progress; one
that could not open the account changes no standing. The later of two checks is that of the later round,
regardless of clocks.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from uuid import uuid4

from labs import __version__
from labs.verdict import LabVerdict
from labs.workshop import ledger_sql as sql
from labs.workshop.database import Database, Transaction
from labs.workshop.events import Event, EventKind
from labs.workshop.ledger_rows import (
    Changes,
    LatestCheck,
    StateChange,
    StoredRound,
    VerdictChange,
    check_of,
    decode_verdict,
    digest_of,
    encode_verdict,
    moment_of,
    parameters_digest,
    round_of,
    standing_of,
    state_change_of,
    text_of,
)
from labs.workshop.roster import Roster
from labs.workshop.seat_result import SeatResult, Standing, found_of


class Ledger:
    """The rounds of one workshop, by its id."""

    def __init__(self, database: Database, workshop: str, new_id: Callable[[], object] = uuid4) -> None:
        self._database = database
        self.workshop = workshop
        self._new_id = new_id

    def start_round(self, labs: Sequence[str], seats: int, at: datetime, round_id: str | None = None) -> str:
        """Starts a round, which follows all others, and returns its id."""
        round_id = round_id or str(self._new_id())
        with self._writing() as transaction:
            sequence = transaction.execute(sql.NEW_SEQUENCE, [self.workshop]).fetchone()[0]
            about = [json.dumps(list(labs)), seats, text_of(at), sequence]
            transaction.execute(sql.START_ROUND, [round_id, self.workshop, *about])
        return round_id

    def finish_round(self, round_id: str, at: datetime) -> None:
        """Marks a round as finished."""
        with self._writing() as transaction:
            transaction.execute(sql.FINISH_ROUND, [text_of(at), round_id])

    def record(self, round_id: str, result: SeatResult, at: datetime) -> None:
        """Stores the result of a seat in one transaction. Storing it again changes only the times."""
        with self._writing_revision() as (transaction, revision):
            sequence = transaction.execute(sql.SEQUENCE, [round_id]).fetchone()[0]
            unseen = encode_verdict(result.labs if result.error else ()).decode()
            opened = [result.account, result.region, result.error, unseen, result.calls, result.seconds]
            transaction.execute(
                sql.SEAT, [self.workshop, result.name, *opened, round_id, text_of(at), sequence, revision]
            )
            for lab in () if result.error else result.labs:
                self._record_lab(transaction, result, lab, text_of(at), sequence, revision)

    def _record_lab(
        self,
        transaction: Transaction,
        result: SeatResult,
        lab: LabVerdict,
        at: str,
        sequence: int,
        revision: int,
    ) -> None:
        key = [self.workshop, result.name, result.account or "", result.region or "", lab.lab]
        key.append(parameters_digest(lab.parameters))
        digest, verdict = digest_of(lab), encode_verdict(lab).decode()
        if digest:
            transaction.execute(sql.CHANGE, [*key, at, sequence, digest, verdict, __version__, *key, digest])
        states = json.dumps({each.id: each.state.value for each in lab.findings})
        seen = [states, at] if digest else ["", ""]
        started = at if lab.score else ""
        known = [
            digest,
            at,
            at,
            sequence,
            states,
            verdict,
            *seen,
            started,
            json.dumps(found_of(lab)),
            revision,
        ]
        transaction.execute(sql.STANDING, [*key, *known])

    @contextmanager
    def _writing(self) -> Iterator[Transaction]:
        """A transaction that first locks the row of the workshop, so that two of them never deadlock."""
        with self._writing_revision() as (transaction, _):
            yield transaction

    @contextmanager
    def _writing_revision(self) -> Iterator[tuple[Transaction, int]]:
        """The same, and the revision that it creates."""
        with self._database.writing() as transaction:
            transaction.execute(sql.NEW_WORKSHOP, [self.workshop])
            yield transaction, transaction.execute(sql.NEW_REVISION, [self.workshop]).fetchone()[0]

    def rounds(self) -> list[StoredRound]:
        """All rounds, the oldest first."""
        return [round_of(row) for row in self._database.rows(sql.ROUNDS, [self.workshop])]

    def revision(self) -> int:
        """A number that grows with every write."""
        rows = self._database.rows(sql.REVISION, [self.workshop])
        return rows[0][0] if rows else 0

    def changes(self, since: int) -> Changes:
        """The rows written after a revision; -1 for all."""
        revision = self.revision()
        about = [self.workshop, since]
        seats = {row[0]: check_of(row) for row in self._database.rows(sql.SEATS_SINCE, about)}
        standings = [standing_of(row) for row in self._database.rows(sql.STANDINGS_SINCE, about)]
        return Changes(revision, seats, standings)

    def stopped_round(self, labs: Sequence[str]) -> str | None:
        """The latest round, if it was for these labs and did not finish."""
        rounds = self.rounds()
        latest = rounds[-1] if rounds else None
        return latest.id if latest and latest.finished is None and latest.labs == tuple(labs) else None

    def checked_seats(self, round_id: str) -> set[str]:
        """The seats that a round has checked."""
        return {name for (name,) in self._database.rows(sql.CHECKED_SEATS, [self.workshop, round_id])}

    def seats(self) -> dict[str, LatestCheck]:
        """The latest check of each seat, by name."""
        rows = self._database.rows(sql.SEATS, [self.workshop])
        return {row[0]: check_of(row) for row in rows}

    def standings(self) -> list[Standing]:
        """The standing of each seat for each lab, account, Region and parameters; the latest check comes last."""
        return list(self.changes(-1).standings)

    def result(self, seat: str, labs: Sequence[str], account: str | None = None) -> SeatResult | None:
        """The latest result of a seat's labs, in this order; None if it (or this account) was never checked.

        If the account could not be opened, earlier results are kept, beside the error.
        """
        rows = self._database.rows(sql.ONE_SEAT, [self.workshop, seat])
        latest = check_of(rows[0]) if rows else None
        if latest is None or (account and latest.account not in (account, None)):
            return None
        verdicts = {lab.lab: lab for lab in latest.unseen}
        stored = self._database.rows(sql.VERDICTS, [self.workshop, seat])
        for whose in ("", latest.account):
            verdicts |= {lab: decode_verdict(text) for lab, owner, text in stored if owner == whose}
        known = tuple(verdicts[lab] for lab in labs if lab in verdicts)
        return SeatResult(
            seat, latest.account, known, latest.error, latest.calls, latest.seconds, latest.region
        )

    def results(self, roster: Roster, labs: Sequence[str]) -> Iterator[SeatResult]:
        """The latest result of each seat that was checked, in the order of the roster."""
        for seat in roster.seats:
            if found := self.result(seat.name, labs, seat.known_account):
                yield found

    def history(self, seat: str) -> list[VerdictChange]:
        """The changes of verdict on a seat's labs, oldest first; the same change by two instructors is one."""
        changes: list[VerdictChange] = []
        last: dict[tuple[str, ...], str] = {}
        for lab, at, text, version, *key in self._database.rows(sql.HISTORY, [self.workshop, seat]):
            verdict = decode_verdict(text)
            digest = digest_of(verdict)
            if last.get((lab, *key)) != digest:
                last[lab, *key] = digest
                changes.append(VerdictChange(moment_of(at), verdict, version, *key))
        return changes

    def lab_history(self, lab: str) -> list[StateChange]:
        """The changes of all seats in one lab, the oldest first."""
        return [state_change_of(row) for row in self._database.rows(sql.LAB_HISTORY, [self.workshop, lab])]

    def add_event(self, event: Event) -> None:
        """Stores an instructor's action; a break without an end lasts until `end_break`."""
        with self._writing() as transaction:
            until = text_of(event.until) if event.until else ""
            about = [event.kind.value, event.seat, event.who, text_of(event.at), until, event.note]
            transaction.execute(sql.EVENT, [str(self._new_id()), self.workshop, *about])

    def end_break(self, at: datetime) -> None:
        """Ends the break, if there is one."""
        with self._writing() as transaction:
            transaction.execute(sql.END_BREAK, [text_of(at), self.workshop])

    def events(self) -> list[Event]:
        """The instructors' actions, oldest first."""
        return [
            Event(EventKind(kind), seat, who, moment_of(at), moment_of(until) if until else None, note)
            for kind, seat, who, at, until, note in self._database.rows(sql.EVENTS, [self.workshop])
        ]

    def lease(self) -> tuple[str, int]:
        """The board that runs the rounds ("" for none), and the number of times that the lease was taken or renewed."""
        rows = self._database.rows(sql.LEASE, [self.workshop])
        return (rows[0][0], rows[0][1]) if rows else ("", 0)

    def take_lease(self, holder: str, seen: tuple[str, int]) -> bool:
        """Takes or renews the lease, if nobody has done so since it was `seen`."""
        with self._database.writing() as transaction:
            transaction.execute(sql.NEW_WORKSHOP, [self.workshop])
            taken = transaction.execute(sql.TAKE_LEASE, [holder, self.workshop, *seen])
            return bool(taken.rowcount == 1)
