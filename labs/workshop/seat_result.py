"""The result of a round for one seat, the standing of a seat over many rounds, and the sums of a round."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from labs.verdict import LabVerdict, State


@dataclass(frozen=True, slots=True)
class SeatResult:
    """The verdicts on one learner's labs; `error` is the reason if the account could not be opened."""

    name: str
    account: str | None
    labs: tuple[LabVerdict, ...]
    error: str | None
    calls: int
    seconds: float
    region: str | None = None

    @property
    def passed(self) -> bool:
        """Whether every lab passed."""
        return bool(self.labs) and all(lab.passed for lab in self.labs)

    @property
    def states(self) -> set[State]:
        """The states of all objectives."""
        return {finding.state for lab in self.labs for finding in lab.findings}


@dataclass(frozen=True, slots=True)
class Cell:
    """The score of one learner in one lab; `unseen` if not every objective could be checked.

    `as_of` is the time of the check that the score is from, if a later one was inconclusive.
    """

    lab: str
    score: int
    total: int
    unseen: bool = False
    as_of: datetime | None = None

    @property
    def passed(self) -> bool:
        """Every objective passed."""
        return self.total > 0 and self.score == self.total


@dataclass(frozen=True, slots=True)
class Standing:
    """The standing of a seat in a lab: the states of its objectives, unchanged `since`, over this many `checks`."""

    seat: str
    lab: str
    since: datetime
    checks: int
    at: datetime
    states: Mapping[str, State]
    account: str = ""
    """Empty if an older cardlabs did not store it."""
    region: str = ""
    parameters: str = ""
    """The digest of the names that the lab was checked for."""
    seen: Mapping[str, State] | None = None
    """The states of the latest conclusive check, at `seen_at`."""
    seen_at: datetime | None = None
    started: datetime | None = None
    """The time of the first objective that passed, or of the first change."""
    found: Mapping[str, str] = field(default_factory=dict)
    """The values found of each objective that failed."""

    score: int = field(init=False)
    """The number of objectives that passed."""
    unseen: bool = field(init=False)
    """Whether an objective could not be checked."""
    passed: bool = field(init=False)
    """Whether every objective passed."""
    cell: Cell = field(init=False)
    """The score; that of the latest conclusive check if the last one was inconclusive."""

    def __post_init__(self) -> None:
        """Computes the derived fields once: boards read thousands of standings repeatedly."""
        states = list(self.states.values())
        score, unseen = states.count(State.PASSED), State.INCONCLUSIVE in states
        cell = Cell(self.lab, score, len(states), unseen)
        if unseen and self.seen is not None:
            seen = list(self.seen.values())
            cell = Cell(self.lab, seen.count(State.PASSED), len(seen), True, self.seen_at)
        for name, value in (
            ("score", score),
            ("unseen", unseen),
            ("passed", bool(states) and score == len(states)),
            ("cell", cell),
        ):
            object.__setattr__(self, name, value)

    def failing(self) -> list[str]:
        """The objectives that failed."""
        return [name for name, state in self.states.items() if state is State.FAILED]


def found_of(lab: LabVerdict) -> dict[str, str]:
    """The values found of each objective that failed."""
    return {each.id: each.found for each in lab.findings if each.state is State.FAILED}


@dataclass(slots=True)
class Summary:
    """The sums of a round, seat by seat; the results themselves are not kept."""

    seats: int = 0
    passed: int = 0
    failed: int = 0
    inconclusive: int = 0
    calls: int = 0
    done: Counter[str] = field(default_factory=Counter)
    """The number of seats that passed each lab."""
    failing: Counter[tuple[str, str]] = field(default_factory=Counter)
    """The number of seats that fail each objective of each lab."""

    @classmethod
    def of(cls, seats: Iterable[SeatResult]) -> Self:
        """The sums of these results."""
        summary = cls()
        for seat in seats:
            summary.add(seat)
        return summary

    def add(self, seat: SeatResult) -> None:
        """Counts a seat as passed (every lab), failed (any objective) or inconclusive."""
        self.seats += 1
        self.calls += seat.calls
        for lab in seat.labs:
            self.done[lab.lab] += lab.passed
            failed = [each.id for each in lab.findings if each.state is State.FAILED]
            self.failing.update((lab.lab, name) for name in failed)
        if seat.passed:
            self.passed += 1
        elif State.FAILED in seat.states:
            self.failed += 1
        else:
            self.inconclusive += 1

    @property
    def exit_code(self) -> int:
        """0 all passed, 1 something failed, 3 nothing failed but something was inconclusive."""
        if self.failed:
            return 1
        return 3 if self.inconclusive or not self.passed else 0
