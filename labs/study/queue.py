"""The queue of a study session: surfaced, learning, due, then new cards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from enum import Enum

import msgspec

from labs.content.deck import Deck
from labs.study.calendar import Calendar
from labs.study.card_state import CardState
from labs.study.replay import NEW, States
from labs.study.schedule import Phase, Scheduler


class QueueReason(Enum):
    """Why a card is in the queue."""

    SURFACED = "surfaced"
    LEARNING = "learning"
    DUE = "due"
    NEW = "new"
    AHEAD = "ahead"
    CRAM = "cram"


class QueueEntry(msgspec.Struct, frozen=True):
    """A card in the queue, and why; if a failed objective brought it forward, also its finding."""

    card: str
    why: QueueReason
    reason: str = ""
    found: str = ""


class StudyOptions(msgspec.Struct, frozen=True):
    """The options of `labs study`: limit, number of new cards, days ahead, and cramming, which stores nothing."""

    limit: int | None = None
    new: int | None = None
    ahead: int = 0
    cram: bool = False


DEFAULT_OPTIONS = StudyOptions()


class CardPool(msgspec.Struct, frozen=True):
    """The cards that a queue is built from, in deck order, with the state of each.

    `in_progress` are the cards of labs that were started and have not passed.
    """

    order: Sequence[str]
    states: States
    scheduler: Scheduler
    calendar: Calendar
    in_progress: frozenset[str] = frozenset()

    def state(self, card: str) -> CardState:
        """The state of a card; the initial state if it is new."""
        return self.states.get(card, NEW)


def cards_in_order(decks: Iterable[Deck]) -> tuple[str, ...]:
    """The complete cards in deck order; cards without question or answer are left out."""
    return tuple(deck.ref(card) for deck in decks for card in deck.cards if card.complete)


def queue(pool: CardPool, now: datetime, options: StudyOptions = DEFAULT_OPTIONS) -> list[QueueEntry]:
    """The cards to ask, in their order."""
    if options.cram:
        entries = [
            QueueEntry(card, QueueReason.CRAM) for card in pool.order if not pool.state(card).suspended
        ]
        return entries[: options.limit]
    askable = [card for card in pool.order if pool.state(card).may_be_asked(now)]
    surfaced = list(_surfaced(pool, askable))
    rest = [card for card in askable if not pool.state(card).surfaced]
    entries = [
        *surfaced,
        *_learning(pool, rest, now),
        *_due(pool, rest, now),
        *_ahead(pool, rest, now, options.ahead),
        *_new(pool, rest, now, options.new),
    ]
    return entries[: options.limit]


def _surfaced(pool: CardPool, cards: Sequence[str]) -> Iterator[QueueEntry]:
    """The cards of failed objectives, the latest failure first."""
    latest = {
        card: max(pool.state(card).surfaced, key=lambda one: one.at)
        for card in cards
        if pool.state(card).surfaced
    }
    for card, failed in sorted(latest.items(), key=lambda item: item[1].at, reverse=True):
        text = f"{failed.objective} failed in {failed.lab}"
        yield QueueEntry(card, QueueReason.SURFACED, text, failed.reason)


def _learning(pool: CardPool, cards: Sequence[str], now: datetime) -> Iterator[QueueEntry]:
    memories = {card: pool.state(card).memory for card in cards}
    due = [
        (memory.due, card)
        for card, memory in memories.items()
        if memory.phase in (Phase.LEARNING, Phase.RELEARNING)
        and memory.due is not None
        and memory.is_due(now)
    ]
    return (QueueEntry(card, QueueReason.LEARNING) for _, card in sorted(due, key=lambda item: item[0]))


def _due(pool: CardPool, cards: Sequence[str], now: datetime) -> Iterator[QueueEntry]:
    """Due cards in the review phase, the lowest recall probability first."""
    memories = {card: pool.state(card).memory for card in cards}
    due = [card for card, memory in memories.items() if memory.phase is Phase.REVIEW and memory.is_due(now)]
    by_recall = sorted(due, key=lambda card: pool.scheduler.retrievability(memories[card], now))
    return (QueueEntry(card, QueueReason.DUE) for card in by_recall)


def _ahead(pool: CardPool, cards: Sequence[str], now: datetime, days: int) -> Iterator[QueueEntry]:
    """Cards that are due within this number of days, the soonest first."""
    until = now + timedelta(days=days)
    coming = [
        (due, card)
        for card in cards
        if (due := pool.state(card).memory.due) is not None and now < due <= until
    ]
    return (QueueEntry(card, QueueReason.AHEAD) for _, card in sorted(coming))


def _new(pool: CardPool, cards: Sequence[str], now: datetime, most: int | None) -> list[QueueEntry]:
    """New cards up to today's limit: practised ones first, then those of labs in progress."""
    if most is None:
        most = max(0, pool.scheduler.settings.new_per_day - _introduced_today(pool, now))
    new = [card for card in cards if pool.state(card).memory.phase is Phase.NEW]
    new.sort(key=lambda card: (not pool.state(card).practised, card not in pool.in_progress))
    return [QueueEntry(card, QueueReason.NEW) for card in new[:most]]


def _introduced_today(pool: CardPool, now: datetime) -> int:
    today = pool.calendar.day(now)
    firsts = [pool.state(card).first for card in pool.order]
    return sum(first is not None and pool.calendar.day(first) == today for first in firsts)
