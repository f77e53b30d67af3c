"""The values of the ledger, made from its rows; and the stored form of times, states and digests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import TypeVar

import msgspec

from labs.errors import StoreError
from labs.verdict import LabVerdict, State
from labs.workshop.database import Row
from labs.workshop.seat_result import Standing

Stored = TypeVar("Stored")
Value = TypeVar("Value")


def readable(read: Callable[[Stored], Value]) -> Callable[[Stored], Value]:
    """A decorator for readers of rows: raises StoreError for damaged content."""

    @wraps(read)
    def reader(stored: Stored) -> Value:
        try:
            return read(stored)
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            raise StoreError(
                f"the database of rounds is damaged ({error}): move it away, and the next round makes a new one"
            ) from error

    return reader


encode_verdict = msgspec.json.Encoder(enc_hook=str).encode
decode_verdict = readable(msgspec.json.Decoder(LabVerdict).decode)
_decode_unseen = msgspec.json.Decoder(tuple[LabVerdict, ...]).decode


@dataclass(frozen=True, slots=True)
class StoredRound:
    """One round; `finished` is None while it runs, and if it was stopped."""

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
    """A new verdict on a seat's lab, and the version of cardlabs that gave it (empty if it was not stored)."""

    at: datetime
    verdict: LabVerdict
    version: str
    account: str = ""
    """The account of this check; empty if an older cardlabs did not store it."""
    region: str = ""
    parameters: str = ""
    """The digest of the names that the lab was checked for."""


@dataclass(frozen=True, slots=True)
class StateChange:
    """The states of a seat's objectives in one lab, according to one check."""

    seat: str
    account: str
    at: datetime
    states: Mapping[str, State]


@dataclass(frozen=True, slots=True)
class Changes:
    """Rows written after a revision: the latest checks of seats, and standings; the latest check comes last."""

    revision: int
    seats: Mapping[str, LatestCheck]
    standings: Sequence[Standing]


class _Finding(msgspec.Struct):
    id: str
    state: State


class _Verdict(msgspec.Struct):
    """The part of a verdict that a change of state needs, without evidence."""

    findings: tuple[_Finding, ...]


_decode_states = msgspec.json.Decoder(_Verdict).decode


@readable
def round_of(row: Row) -> StoredRound:
    """The round of a row."""
    name, labs, seats, started, finished = row
    names = tuple(json.loads(labs))
    return StoredRound(name, names, seats, moment_of(started), moment_of(finished) if finished else None)


@readable
def state_change_of(row: Row) -> StateChange:
    """The states of a row."""
    seat, account, at, verdict = row
    states = {each.id: each.state for each in _decode_states(verdict).findings}
    return StateChange(seat, account, moment_of(at), states)


def parameters_digest(parameters: Mapping[str, str]) -> str:
    """A digest of a lab's parameters."""
    return hashlib.sha256(json.dumps(parameters, sort_keys=True).encode()).hexdigest()[:16]


@readable
def standing_of(row: Row) -> Standing:
    """The standing of a row."""
    seat, lab, since, checks, at, states, account, region, parameters, seen, seen_at, started, found = row
    return Standing(
        seat,
        lab,
        moment_of(since),
        checks,
        moment_of(at),
        states_of(states),
        account,
        region,
        parameters,
        states_of(seen) if seen else None,
        moment_of(seen_at) if seen_at else None,
        moment_of(started) if started else None,
        json.loads(found),
    )


@readable
def check_of(row: Row) -> LatestCheck:
    """The latest check of a seat."""
    name, account, region, error, unseen, calls, seconds, at = row
    return LatestCheck(name, account, region, error, _decode_unseen(unseen), calls, seconds, moment_of(at))


def digest_of(lab: LabVerdict) -> str:
    """A digest of a verdict's states and findings; empty if an objective was inconclusive."""
    seen = [(each.id, each.state.value, each.found) for each in lab.findings]
    if any(state == State.INCONCLUSIVE for _, state, _ in seen):
        return ""
    return hashlib.sha256(json.dumps(seen).encode()).hexdigest()[:32]


def states_of(text: str) -> dict[str, State]:
    """The states of objectives by id."""
    return {name: State(state) for name, state in json.loads(text).items()}


def text_of(at: datetime) -> str:
    """A time as text of fixed width, which sorts like the time."""
    return at.isoformat(timespec="microseconds")


def moment_of(text: str) -> datetime:
    """The time in a text of the ledger."""
    return datetime.fromisoformat(text)
