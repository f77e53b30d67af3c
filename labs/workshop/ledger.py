"""What rounds found out, kept for boards and records: any number of instructors write, nothing is lost.

For each seat and lab it is known how it stands now, since when nothing has changed there, and what was seen before.
A look that could not see everything is shown, but it neither makes nor unmakes progress.
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
from labs.workshop.result import SeatResult, Standing

_encoder = msgspec.json.Encoder(enc_hook=str)
_decoder = msgspec.json.Decoder(LabVerdict)

BEGIN = "INSERT INTO round (id, workshop, labs, seats, begun) VALUES (?, ?, ?, ?, ?)"
END = "UPDATE round SET ended = ? WHERE id = ?"
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
PULSE = """
SELECT (SELECT max(at) FROM seat WHERE workshop = ?), (SELECT count(*) FROM round WHERE workshop = ?),
    (SELECT max(ended) FROM round WHERE workshop = ?)"""
HISTORY = "SELECT lab, at, verdict, cardlabs FROM change WHERE workshop = ? AND seat = ? ORDER BY at, lab"


@dataclass(frozen=True, slots=True)
class Round:
    """One round; `ended` is None while it runs, and for ever if it was stopped."""

    id: str
    labs: tuple[str, ...]
    seats: int
    begun: datetime
    ended: datetime | None


@dataclass(frozen=True, slots=True)
class SeatLook:
    """The latest look at a seat."""

    name: str
    account: str | None
    error: str | None
    calls: int
    seconds: float
    at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """What a seat's lab was seen to have become, and by which version; that is empty where it was not kept."""

    at: datetime
    verdict: LabVerdict
    version: str


class Ledger:
    """The rounds of one workshop."""

    def __init__(self, database: Database, workshop: str, new_id: Callable[[], object] = uuid4) -> None:
        self._database = database
        self.workshop = workshop
        self._new_id = new_id

    def begin(self, labs: Sequence[str], seats: int, at: datetime) -> str:
        """A new round; its id."""
        round_id = str(self._new_id())
        with self._database.writing() as transaction:
            transaction.execute(BEGIN, [round_id, self.workshop, json.dumps(list(labs)), seats, _text(at)])
        return round_id

    def end(self, round_id: str, at: datetime) -> None:
        """The round has come to its end."""
        with self._database.writing() as transaction:
            transaction.execute(END, [_text(at), round_id])

    def record(self, round_id: str, result: SeatResult, at: datetime) -> None:
        """Keeps what was found out about a seat, all or nothing. To record it once more changes nothing but times."""
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

    def rounds(self) -> list[Round]:
        """All rounds, the oldest first."""
        return [
            Round(name, tuple(json.loads(labs)), seats, _moment(begun), _moment(ended) if ended else None)
            for name, labs, seats, begun, ended in self._database.rows(ROUNDS, [self.workshop])
        ]

    def pulse(self) -> Row:
        """Differs from what it was before if anything has been written since."""
        return self._database.rows(PULSE, [self.workshop] * 3)[0]

    def stopped_round(self, labs: Sequence[str]) -> str | None:
        """The latest round, if it was about these labs and did not come to its end."""
        rounds = self.rounds()
        latest = rounds[-1] if rounds else None
        return latest.id if latest and latest.ended is None and latest.labs == tuple(labs) else None

    def looked_at(self, round_id: str) -> set[str]:
        """The seats that a round has looked at."""
        return {name for (name,) in self._database.rows(LOOKED, [self.workshop, round_id])}

    def seats(self) -> dict[str, SeatLook]:
        """The latest look at each seat, by name."""
        rows = self._database.rows(SEATS, [self.workshop])
        return {row[0]: _seat_look(row) for row in rows}

    def standings(self) -> list[Standing]:
        """How each seat stands with each lab."""
        return [
            Standing(seat, lab, _moment(since), looks, _moment(at), _states(states))
            for seat, lab, since, looks, at, states in self._database.rows(STANDINGS, [self.workshop])
        ]

    def result(self, seat: str, labs: Sequence[str]) -> SeatResult | None:
        """What is known of a seat's labs, in this order; None if it was never looked at."""
        rows = self._database.rows(ONE_SEAT, [self.workshop, seat])
        if not rows:
            return None
        look = _seat_look(rows[0])
        verdicts = {
            lab: _decoder.decode(text) for lab, text in self._database.rows(VERDICTS, [self.workshop, seat])
        }
        known = tuple(verdicts[lab] for lab in labs if lab in verdicts)
        return SeatResult(seat, look.account, known, look.error, look.calls, look.seconds)

    def history(self, seat: str) -> list[Change]:
        """What a seat's labs have become, the oldest first; two instructors may have seen the same at once."""
        changes: list[Change] = []
        last: dict[str, str] = {}
        for lab, at, text, version in self._database.rows(HISTORY, [self.workshop, seat]):
            verdict = _decoder.decode(text)
            if last.get(lab) != _digest(verdict):
                last[lab] = _digest(verdict)
                changes.append(Change(_moment(at), verdict, version))
        return changes


def _seat_look(row: Row) -> SeatLook:
    name, account, error, calls, seconds, at = row
    return SeatLook(name, account, error, calls, seconds, _moment(at))


def _digest(lab: LabVerdict) -> str:
    """What makes two looks at a lab the same: states and what was found; empty where something was not looked at."""
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
