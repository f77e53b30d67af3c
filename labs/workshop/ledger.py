"""The stored results of rounds, for boards and records; any number of instructors may write at the same time.

For each seat and lab it holds the present standing, the time since when that is unchanged, and earlier verdicts.
A check that was inconclusive is shown, but neither makes nor unmakes progress.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

import msgspec

from labs import __version__
from labs.verdict import LabVerdict, State
from labs.workshop.database import Database, Row, Transaction
from labs.workshop.seat_result import SeatResult, Standing

_encoder = msgspec.json.Encoder(enc_hook=str)
_decoder = msgspec.json.Decoder(LabVerdict)

START_ROUND = "INSERT INTO round (id, workshop, labs, seats, begun) VALUES (?, ?, ?, ?, ?)"
FINISH_ROUND = "UPDATE round SET ended = ? WHERE id = ?"
ROUNDS = "SELECT id, labs, seats, begun, ended FROM round WHERE workshop = ? ORDER BY begun"
LOOKED = "SELECT name FROM seat WHERE workshop = ? AND round = ?"
SEAT = """
INSERT INTO seat (workshop, name, account, error, calls, seconds, round, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (workshop, name) DO UPDATE SET account = excluded.account, error = excluded.error, calls = excluded.calls,
    seconds = excluded.seconds, round = excluded.round, at = excluded.at
WHERE excluded.at >= seat.at"""
CHANGE = """
INSERT INTO change (workshop, seat, lab, at, digest, verdict, cardlabs)
SELECT CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT),
    CAST(? AS TEXT)
WHERE NOT EXISTS (SELECT 1 FROM standing WHERE workshop = ? AND seat = ? AND lab = ? AND digest = ?)
ON CONFLICT DO NOTHING"""
STANDING = """
INSERT INTO standing (workshop, seat, lab, digest, since, looks, at, states, verdict)
VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?)
ON CONFLICT (workshop, seat, lab) DO UPDATE SET
    since = CASE WHEN excluded.digest IN ('', standing.digest) THEN standing.since ELSE excluded.since END,
    looks = CASE WHEN excluded.digest IN ('', standing.digest) THEN standing.looks + 1 ELSE 1 END,
    digest = CASE WHEN excluded.digest = '' THEN standing.digest ELSE excluded.digest END,
    at = excluded.at, states = excluded.states, verdict = excluded.verdict
WHERE excluded.at >= standing.at"""
SEATS = "SELECT name, account, error, calls, seconds, at FROM seat WHERE workshop = ?"
ONE_SEAT = f"{SEATS} AND name = ?"
STANDINGS = "SELECT seat, lab, since, looks, at, states FROM standing WHERE workshop = ?"
VERDICTS = "SELECT lab, verdict FROM standing WHERE workshop = ? AND seat = ?"
REVISION = """
SELECT (SELECT max(at) FROM seat WHERE workshop = ?), (SELECT count(*) FROM round WHERE workshop = ?),
    (SELECT max(ended) FROM round WHERE workshop = ?)"""
HISTORY = "SELECT lab, at, verdict, cardlabs FROM change WHERE workshop = ? AND seat = ? ORDER BY at, lab"


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
    error: str | None
    calls: int
    seconds: float
    at: datetime


@dataclass(frozen=True, slots=True)
class VerdictChange:
    """A new verdict on a seat's lab, and the version of cardlabs that gave it (empty where it was not stored)."""

    at: datetime
    verdict: LabVerdict
    version: str


class Ledger:
    """The rounds of one workshop."""

    def __init__(self, database: Database, workshop: str, new_id: Callable[[], object] = uuid4) -> None:
        self._database = database
        self.workshop = workshop
        self._new_id = new_id

    def start_round(self, labs: Sequence[str], seats: int, at: datetime) -> str:
        """Starts a round and returns its id."""
        round_id = str(self._new_id())
        with self._database.writing() as transaction:
            transaction.execute(
                START_ROUND, [round_id, self.workshop, json.dumps(list(labs)), seats, _text(at)]
            )
        return round_id

    def finish_round(self, round_id: str, at: datetime) -> None:
        """Marks a round as finished."""
        with self._database.writing() as transaction:
            transaction.execute(FINISH_ROUND, [_text(at), round_id])

    def record(self, round_id: str, result: SeatResult, at: datetime) -> None:
        """Stores the result of a seat in one transaction. To store it once more changes only the times."""
        with self._database.writing() as transaction:
            seen = [result.account, result.error, result.calls, result.seconds, round_id, _text(at)]
            transaction.execute(SEAT, [self.workshop, result.name, *seen])
            for lab in result.labs:
                self._record_lab(transaction, result.name, lab, _text(at))

    def _record_lab(self, transaction: Transaction, seat: str, lab: LabVerdict, at: str) -> None:
        key = [self.workshop, seat, lab.lab]
        digest, verdict = _digest(lab), _encoder.encode(lab).decode()
        if digest:
            transaction.execute(CHANGE, [*key, at, digest, verdict, __version__, *key, digest])
        states = json.dumps({each.id: each.state.value for each in lab.findings})
        transaction.execute(STANDING, [*key, digest, at, at, states, verdict])

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
            for name, labs, seats, started, finished in self._database.rows(ROUNDS, [self.workshop])
        ]

    def revision(self) -> Row:
        """A value that changes with every write."""
        return self._database.rows(REVISION, [self.workshop] * 3)[0]

    def stopped_round(self, labs: Sequence[str]) -> str | None:
        """The latest round, if it was about these labs and did not finish."""
        rounds = self.rounds()
        latest = rounds[-1] if rounds else None
        return latest.id if latest and latest.finished is None and latest.labs == tuple(labs) else None

    def looked_at(self, round_id: str) -> set[str]:
        """The seats that a round has checked."""
        return {name for (name,) in self._database.rows(LOOKED, [self.workshop, round_id])}

    def seats(self) -> dict[str, LatestCheck]:
        """The latest check of each seat, by name."""
        rows = self._database.rows(SEATS, [self.workshop])
        return {row[0]: _latest_check(row) for row in rows}

    def standings(self) -> list[Standing]:
        """The standing of each seat in each lab."""
        return [
            Standing(seat, lab, _moment(since), looks, _moment(at), _states(states))
            for seat, lab, since, looks, at, states in self._database.rows(STANDINGS, [self.workshop])
        ]

    def result(self, seat: str, labs: Sequence[str]) -> SeatResult | None:
        """The latest result of a seat's labs, in this order; None if it was never checked."""
        rows = self._database.rows(ONE_SEAT, [self.workshop, seat])
        if not rows:
            return None
        latest = _latest_check(rows[0])
        verdicts = {
            lab: _decoder.decode(text) for lab, text in self._database.rows(VERDICTS, [self.workshop, seat])
        }
        known = tuple(verdicts[lab] for lab in labs if lab in verdicts)
        return SeatResult(seat, latest.account, known, latest.error, latest.calls, latest.seconds)

    def history(self, seat: str) -> list[VerdictChange]:
        """The changes of verdict on a seat's labs, the oldest first; the same one by two instructors is one."""
        changes: list[VerdictChange] = []
        last: dict[str, str] = {}
        for lab, at, text, version in self._database.rows(HISTORY, [self.workshop, seat]):
            verdict = _decoder.decode(text)
            if last.get(lab) != _digest(verdict):
                last[lab] = _digest(verdict)
                changes.append(VerdictChange(_moment(at), verdict, version))
        return changes


def _latest_check(row: Row) -> LatestCheck:
    name, account, error, calls, seconds, at = row
    return LatestCheck(name, account, error, calls, seconds, _moment(at))


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
