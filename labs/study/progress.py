"""The learner's progress: cards known, practised and mastered, labs passed, and the forecast."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from labs.store import Event
from labs.study.calendar import Calendar
from labs.study.learner import Learner
from labs.study.queue import CardPool
from labs.study.replay import States

FORECAST_DAYS = 30
"""The default length of the forecast."""


class CardProgress(msgspec.Struct, frozen=True):
    """The progress of one card. `due` if its due time has passed, or a failed objective brought it forward."""

    card: str
    question: str
    known: bool
    practised: bool
    due: bool
    due_at: datetime | None
    surfaced: str | None
    leech: bool
    suspended: bool
    labs: tuple[str, ...]

    @property
    def mastered(self) -> bool:
        """Whether the card is known and practised."""
        return self.known and self.practised


class LabProgress(msgspec.Struct, frozen=True):
    """The best score of a lab, and when it was first reached; `score` is None if it was never checked."""

    lab: str
    total: int
    score: int | None = None
    at: datetime | None = None
    passed: bool = False


class Retention(msgspec.Struct, frozen=True):
    """The number of reviews, and the actual and predicted share of recalls, from 0 to 1."""

    reviews: int
    recalled: float | None
    predicted: float | None


def card_progress(learner: Learner, now: datetime) -> list[CardProgress]:
    """Every card that can be asked, in deck order."""
    practised_by: dict[str, list[str]] = {}
    for link in learner.links:
        practised_by.setdefault(link.card, []).append(link.lab)
    return [
        _card(learner, card, tuple(dict.fromkeys(practised_by.get(card, ()))), now)
        for card in learner.pool.order
    ]


def _card(learner: Learner, card: str, labs: tuple[str, ...], now: datetime) -> CardProgress:
    state = learner.pool.state(card)
    surfaced = max(state.surfaced, key=lambda one: one.at) if state.surfaced else None
    return CardProgress(
        card=card,
        question=learner.cards[card].question,
        known=state.is_known(now, learner.pool.calendar),
        practised=state.is_practised(now, learner.versions),
        due=not state.suspended and (surfaced is not None or state.memory.is_due(now)),
        due_at=state.memory.due,
        surfaced=f"{surfaced.lab}: {surfaced.reason}" if surfaced else None,
        leech=state.memory.is_leech,
        suspended=state.suspended,
        labs=labs,
    )


def lab_progress(learner: Learner) -> list[LabProgress]:
    """Every lab, in the order of learning."""
    return [_lab(learner, lab.id, len(lab.task.objectives)) for lab in learner.labs]


def _lab(learner: Learner, lab: str, objectives: int) -> LabProgress:
    best = learner.best.get(lab)
    return (
        LabProgress(lab, best.total, best.score, best.at, best.passed)
        if best
        else LabProgress(lab, objectives)
    )


def forecast(pool: CardPool, now: datetime, days: int = FORECAST_DAYS) -> list[int]:
    """The number of cards due on each of the coming days; today is first and includes overdue cards."""
    today = pool.calendar.day(now)
    counts = [0] * days
    for card in pool.order:
        state = pool.state(card)
        if state.memory.due is not None and not state.suspended:
            day = max(0, (pool.calendar.day(state.memory.due) - today).days)
            if day < days:
                counts[day] += 1
    return counts


def retention(states: States) -> Retention:
    """Actual and predicted recall over the study reviews of cards in the review phase."""
    recalls = [
        (recall.grade > 1, recall.predicted)
        for state in states.values()
        for recall in state.recalls
        if recall.source == "study" and recall.predicted is not None
    ]
    if not recalls:
        return Retention(0, None, None)
    number = len(recalls)
    return Retention(
        number, sum(hit for hit, _ in recalls) / number, sum(chance for _, chance in recalls) / number
    )


def streak(events: Iterable[Event], now: datetime, calendar: Calendar) -> int:
    """The number of consecutive days with a review or a check, up to today or yesterday."""
    days = {
        calendar.day(event.at)
        for event in events
        if event.kind == "check" or (event.kind == "review" and event.source == "study")
    }
    day = calendar.day(now)
    if day not in days:
        day -= timedelta(days=1)
    length = 0
    while day in days:
        length, day = length + 1, day - timedelta(days=1)
    return length
