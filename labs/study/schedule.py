"""The schedule of cards: FSRS with immutable values and without random fuzz, so that replay is exact."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum, IntEnum
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

if TYPE_CHECKING:
    import fsrs

FIRST_LEECH, NEXT_LEECH = 8, 4
"""A card becomes a leech at its eighth lapse, with a notice then and at every fourth lapse after it, as in Anki."""


class Grade(IntEnum):
    """How well a card was recalled. Hard is still a recall; only Again is a lapse."""

    AGAIN = 1
    HARD = 2
    GOOD = 3
    EASY = 4


class Phase(Enum):
    """The phase of a card. Intervals in learning and relearning are minutes, in review days."""

    NEW = "new"
    LEARNING = "learning"
    REVIEW = "review"
    RELEARNING = "relearning"


class Settings(msgspec.Struct, frozen=True):
    """The learner's settings, stored as an event so that all machines replay alike.

    `maximum_days` caps an interval: half a year suits those who learn for an exam.
    """

    retention: Annotated[float, msgspec.Meta(ge=0.7, le=0.99)] = 0.9
    maximum_days: Annotated[int, msgspec.Meta(ge=1, le=36500)] = 180
    new_per_day: Annotated[int, msgspec.Meta(ge=0, le=10000)] = 10
    lab_credit: Literal["due-only", "off"] = "due-only"


DEFAULTS = Settings()


class Memory(msgspec.Struct, frozen=True):
    """The memory model of one card in FSRS: stability in days, difficulty from 1 to 10, and when it is due."""

    phase: Phase = Phase.NEW
    stability: float | None = None
    difficulty: float | None = None
    due: datetime | None = None
    last: datetime | None = None
    step: int | None = None
    lapses: int = 0

    def is_due(self, now: datetime) -> bool:
        """Whether the due time has passed. Predicted recall does not decide: intervals are rounded to days."""
        return self.due is not None and now >= self.due

    @property
    def is_leech(self) -> bool:
        """Whether the card has been forgotten so often that it needs another way of learning: its lab."""
        return self.lapses >= FIRST_LEECH

    @property
    def became_leech(self) -> bool:
        """Whether the learner is notified of the latest lapse."""
        return self.is_leech and (self.lapses - FIRST_LEECH) % NEXT_LEECH == 0


UNSEEN = Memory()
"""The memory of a card that was never studied."""


class Scheduler(msgspec.Struct, frozen=True, dict=True):
    """FSRS with the learner's settings: the same reviews always give the same memory."""

    settings: Settings = DEFAULTS

    def review(self, memory: Memory, grade: Grade, at: datetime) -> Memory:
        """The memory after a review. `at` is in UTC."""
        from fsrs import Rating

        card, _ = self._fsrs.review_card(_card(memory, at), Rating(int(grade)), review_datetime=at)
        lapsed = memory.phase is Phase.REVIEW and grade is Grade.AGAIN
        return Memory(
            phase=Phase[card.state.name.upper()],
            stability=card.stability,
            difficulty=card.difficulty,
            due=card.due,
            last=card.last_review,
            step=card.step,
            lapses=memory.lapses + lapsed,
        )

    def previews(self, memory: Memory, at: datetime) -> dict[Grade, timedelta]:
        """The interval until the next review for each grade."""
        reviewed = {grade: self.review(memory, grade, at) for grade in Grade}
        return {grade: after.due - at for grade, after in reviewed.items() if after.due is not None}

    def retrievability(self, memory: Memory, now: datetime) -> float:
        """The probability of recall now, from 0 to 1; 0 for a card that was never reviewed."""
        return float(self._fsrs.get_card_retrievability(_card(memory, now), now))

    @cached_property
    def _fsrs(self) -> fsrs.Scheduler:
        from fsrs import Scheduler as Fsrs

        return Fsrs(
            desired_retention=self.settings.retention,
            maximum_interval=self.settings.maximum_days,
            enable_fuzzing=False,
        )


def _card(memory: Memory, now: datetime) -> fsrs.Card:
    """The card for FSRS, with a constant id: the default id comes from the clock, and the schedule ignores it."""
    from fsrs import Card, State

    state = State.Learning if memory.phase is Phase.NEW else State[memory.phase.name.capitalize()]
    return Card(0, state, memory.step, memory.stability, memory.difficulty, memory.due or now, memory.last)
