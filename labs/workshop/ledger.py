"""The stored results of rounds, for boards and records; any number of instructors may write at the same time.

For each seat, account, region, lab and its parameters it holds the present standing, the time since when that is
unchanged, and earlier verdicts. A check that was inconclusive is shown, but neither makes nor unmakes progress; one
that could not open the account leaves every standing as it is. The later of two looks is that of the later round,
whatever the clocks said.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

import msgspec

from labs import __version__
from labs.verdict import LabVerdict, State
from labs.workshop import ledger_sql as sql
from labs.workshop.database import Database, Row, Transaction
from labs.workshop.events import Event, EventKind
from labs.workshop.seat_result import SeatResult, Standing

_encoder = msgspec.json.Encoder(enc_hook=str)
_decoder = msgspec.json.Decoder(LabVerdict)
_unseen_decoder = msgspec.json.Decoder(tuple[LabVerdict, ...])


@dataclass(frozen=True, slots=True)
class StoredRound:
    """One round; `finished` is None while it runs, and forever if it was stopped."""

    id: str
    labs: tuple[str, ...]
    seats: int
    started: datetime
    finished: datetime | None


@dataclass(frozen=True, slots=True)
class LatestCheck:
    """The latest check of a seat."""

    name: str
    account: str | None
    region: str | None
    error: str | None
    unseen: tuple[LabVerdict, ...]
    """The inconclusive verdicts of a check that could not open the account."""
    calls: int
    seconds: float
    at: datetime


@dataclass(frozen=True, slots=True)
class VerdictChange:
    """A new verdict on a seat's lab, and the version of cardlabs that gave it (empty where it was not stored)."""

    at: datetime
    verdict: LabVerdict
    version: str
    account: str = ""
    """The account of this very look; empty where an older cardlabs did not store it."""
    region: str = ""
    parameters: str = ""
    """The digest of the names that the lab was checked for."""


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
            about = [json.dumps(list(labs)), seats, _text(at), sequence]
            transaction.execute(sql.START_ROUND, [round_id, self.workshop, *about])
        return round_id

    def finish_round(self, round_id: str, at: datetime) -> None:
        """Marks a round as finished."""
        with self._writing() as transaction:
            transaction.execute(sql.FINISH_ROUND, [_text(at), round_id])

    def record(self, round_id: str, result: SeatResult, at: datetime) -> None:
        """Stores the result of a seat in one transaction. To store it once more changes only the times."""
        with self._writing() as transaction:
            sequence = transaction.execute(sql.SEQUENCE, [round_id]).fetchone()[0]
            unseen = _encoder.encode(result.labs if result.error else ()).decode()
            opened = [result.account, result.region, result.error, unseen, result.calls, result.seconds]
            transaction.execute(
                sql.SEAT, [self.workshop, result.name, *opened, round_id, _text(at), sequence]
            )
            for lab in () if result.error else result.labs:
                self._record_lab(transaction, result, lab, _text(at), sequence)

    def _record_lab(
        self, transaction: Transaction, result: SeatResult, lab: LabVerdict, at: str, sequence: int
    ) -> None:
        key = [self.workshop, result.name, result.account or "", result.region or "", lab.lab]
        key.append(parameters_digest(lab.parameters))
        digest, verdict = _digest(lab), _encoder.encode(lab).decode()
        if digest:
            transaction.execute(sql.CHANGE, [*key, at, sequence, digest, verdict, __version__, *key, digest])
        states = json.dumps({each.id: each.state.value for each in lab.findings})
        seen = [states, at] if digest else ["", ""]
        begun = at if lab.score else ""
        transaction.execute(sql.STANDING, [*key, digest, at, at, sequence, states, verdict, *seen, begun])

    @contextmanager
    def _writing(self) -> Iterator[Transaction]:
        """A transaction that begins with the row of the workshop, so that two of them never wait for each other."""
        with self._database.writing() as transaction:
            transaction.execute(sql.NEW_WORKSHOP, [self.workshop])
            transaction.execute(sql.NEW_REVISION, [self.workshop])
            yield transaction

    def rounds(self) -> list[StoredRound]:
        """All rounds, the oldest first."""
        return [
            StoredRound(
                name,
                tuple(json.loads(labs)),
                seats,
                _moment(started),
                _moment(finished) if finished else None,
            )
            for name, labs, seats, started, finished in self._database.rows(sql.ROUNDS, [self.workshop])
        ]

    def revision(self) -> Row:
        """A value that changes with every write."""
        return next(iter(self._database.rows(sql.REVISION, [self.workshop])), ())

    def stopped_round(self, labs: Sequence[str]) -> str | None:
        """The latest round, if it was about these labs and did not finish."""
        rounds = self.rounds()
        latest = rounds[-1] if rounds else None
        return latest.id if latest and latest.finished is None and latest.labs == tuple(labs) else None

    def looked_at(self, round_id: str) -> set[str]:
        """The seats that a round has checked."""
        return {name for (name,) in self._database.rows(sql.LOOKED, [self.workshop, round_id])}

    def seats(self) -> dict[str, LatestCheck]:
        """The latest check of each seat, by name."""
        rows = self._database.rows(sql.SEATS, [self.workshop])
        return {row[0]: _latest_check(row) for row in rows}

    def standings(self) -> list[Standing]:
        """The standing of each seat in each lab, account, region and with each names; the latest look comes last."""
        return [_standing(row) for row in self._database.rows(sql.STANDINGS, [self.workshop])]

    def result(self, seat: str, labs: Sequence[str], account: str | None = None) -> SeatResult | None:
        """The latest result of a seat's labs, in this order; None if it (or this account) was never checked.

        Where the account could not be opened, what is known from before stays, beside the error.
        """
        rows = self._database.rows(sql.ONE_SEAT, [self.workshop, seat])
        latest = _latest_check(rows[0]) if rows else None
        if latest is None or (account and latest.account not in (account, None)):
            return None
        verdicts = {lab.lab: lab for lab in latest.unseen}
        stored = self._database.rows(sql.VERDICTS, [self.workshop, seat])
        for whose in ("", latest.account):
            verdicts |= {lab: _decoder.decode(text) for lab, owner, text in stored if owner == whose}
        known = tuple(verdicts[lab] for lab in labs if lab in verdicts)
        return SeatResult(
            seat, latest.account, known, latest.error, latest.calls, latest.seconds, latest.region
        )

    def history(self, seat: str) -> list[VerdictChange]:
        """The changes of verdict on a seat's labs, the oldest first; the same one by two instructors is one."""
        changes: list[VerdictChange] = []
        last: dict[tuple[str, ...], str] = {}
        for lab, at, text, version, *key in self._database.rows(sql.HISTORY, [self.workshop, seat]):
            verdict = _decoder.decode(text)
            digest = _digest(verdict)
            if last.get((lab, *key)) != digest:
                last[lab, *key] = digest
                changes.append(VerdictChange(_moment(at), verdict, version, *key))
        return changes

    def add_event(self, event: Event) -> None:
        """Stores what an instructor did; a break without an end lasts until `end_break`."""
        with self._writing() as transaction:
            until = _text(event.until) if event.until else ""
            about = [event.kind.value, event.seat, event.who, _text(event.at), until]
            transaction.execute(sql.EVENT, [str(self._new_id()), self.workshop, *about])

    def end_break(self, at: datetime) -> None:
        """Ends the break, if there is one."""
        with self._writing() as transaction:
            transaction.execute(sql.END_BREAK, [_text(at), self.workshop])

    def events(self) -> list[Event]:
        """What instructors did, the oldest first."""
        return [
            Event(EventKind(kind), seat, who, _moment(at), _moment(until) if until else None)
            for kind, seat, who, at, until in self._database.rows(sql.EVENTS, [self.workshop])
        ]

    def lease(self) -> tuple[str, int]:
        """Which board looks ("" for none), and the number of times that the lease was taken or renewed."""
        rows = self._database.rows(sql.LEASE, [self.workshop])
        return (rows[0][0], rows[0][1]) if rows else ("", 0)

    def take_lease(self, holder: str, seen: tuple[str, int]) -> bool:
        """Takes or renews the lease, if nobody has done so since it was `seen`."""
        with self._database.writing() as transaction:
            transaction.execute(sql.NEW_WORKSHOP, [self.workshop])
            taken = transaction.execute(sql.TAKE_LEASE, [holder, self.workshop, *seen])
            return bool(taken.rowcount == 1)


def parameters_digest(parameters: Mapping[str, str]) -> str:
    """Equal for a lab that was checked for the same names."""
    return hashlib.sha256(json.dumps(parameters, sort_keys=True).encode()).hexdigest()[:16]


def _standing(row: Row) -> Standing:
    seat, lab, since, looks, at, states, account, region, parameters, seen, seen_at, begun = row
    return Standing(
        seat,
        lab,
        _moment(since),
        looks,
        _moment(at),
        _states(states),
        account,
        region,
        parameters,
        _states(seen) if seen else None,
        _moment(seen_at) if seen_at else None,
        _moment(begun) if begun else None,
    )


def _latest_check(row: Row) -> LatestCheck:
    name, account, region, error, unseen, calls, seconds, at = row
    return LatestCheck(
        name, account, region, error, _unseen_decoder.decode(unseen), calls, seconds, _moment(at)
    )


def _digest(lab: LabVerdict) -> str:
    """Equal for verdicts with the same states and findings; empty where an objective was inconclusive."""
    seen = [(each.id, each.state.value, each.found) for each in lab.findings]
    if any(state == State.INCONCLUSIVE for _, state, _ in seen):
        return ""
    return hashlib.sha256(json.dumps(seen).encode()).hexdigest()[:32]


def _states(text: str) -> dict[str, State]:
    return {name: State(state) for name, state in json.loads(text).items()}


def _text(at: datetime) -> str:
    """A moment as text of fixed width, so that text sorts as time does."""
    return at.isoformat(timespec="microseconds")


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
