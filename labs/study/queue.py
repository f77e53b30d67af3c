"""What is asked next: surfaced cards, learning ones, overdue ones, then new ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum

import msgspec

from labs.content.deck import Deck
from labs.study.calendar import Calendar
from labs.study.card_state import CardState
from labs.study.replay import NEW, States
from labs.study.schedule import Phase, Scheduler


class Why(Enum):
    """Why a card is in the queue."""

    SURFACED = "surfaced"
    LEARNING = "learning"
    DUE = "due"
    NEW = "new"
    AHEAD = "ahead"
    CRAM = "cram"


class Entry(msgspec.Struct, frozen=True):
    """A card in the queue, and why it is there; `reason` is told to the learner."""

    card: str
    why: Why
    reason: str = ""


class StudyOptions(msgspec.Struct, frozen=True):
    """What the learner asked for: how many cards, how many new ones, days ahead, or a cram that counts for nothing."""

    limit: int | None = None
    new: int | None = None
    ahead: int = 0
    cram: bool = False


AS_USUAL = StudyOptions()


class DueCards(msgspec.Struct, frozen=True):
    """What lies on the learner's desk: cards in deck order, what is known of each, and what belongs together.

    `in_progress` holds the cards of labs that were begun and not yet passed; `siblings` names the group of cards
    that say the same, of which one a day is enough.
    """

    order: Sequence[str]
    states: States
    scheduler: Scheduler
    calendar: Calendar
    in_progress: frozenset[str] = frozenset()
    siblings: Mapping[str, str] | None = None

    def state(self, card: str) -> CardState:
        """What is known of a card; of a new one nothing."""
        return self.states.get(card, NEW)


def cards_in_order(decks: Iterable[Deck]) -> tuple[str, ...]:
    """The cards that can be asked, in deck order; one without a question or an answer cannot."""
    return tuple(deck.ref(card) for deck in decks for card in deck.cards if card.complete)


def queue(desk: DueCards, now: datetime, wish: StudyOptions = AS_USUAL) -> list[Entry]:
    """The cards to ask, in their order."""
    if wish.cram:
        entries = [Entry(card, Why.CRAM) for card in desk.order if not desk.state(card).suspended]
        return entries[: wish.limit]
    askable = [card for card in desk.order if desk.state(card).may_be_asked(now)]
    surfaced = list(_surfaced(desk, askable))
    rest = [card for card in askable if not desk.state(card).surfaced]
    entries = [
        *surfaced,
        *_learning(desk, rest, now),
        *_due(desk, rest, now),
        *_ahead(desk, rest, now, wish.ahead),
        *_new(desk, rest, now, wish.new),
    ]
    return list(_one_of_each_family(desk, entries, now))[: wish.limit]


def _surfaced(desk: DueCards, cards: Sequence[str]) -> Iterator[Entry]:
    """The cards of failed objectives, the latest failure first."""
    latest = {
        card: max(desk.state(card).surfaced, key=lambda one: one.at)
        for card in cards
        if desk.state(card).surfaced
    }
    for card, failed in sorted(latest.items(), key=lambda item: item[1].at, reverse=True):
        yield Entry(card, Why.SURFACED, f"{failed.lab}: {failed.objective} failed: {failed.reason}")


def _learning(desk: DueCards, cards: Sequence[str], now: datetime) -> Iterator[Entry]:
    memories = {card: desk.state(card).memory for card in cards}
    due = [
        (memory.due, card)
        for card, memory in memories.items()
        if memory.phase in (Phase.LEARNING, Phase.RELEARNING)
        and memory.due is not None
        and memory.is_due(now)
    ]
    return (Entry(card, Why.LEARNING) for _, card in sorted(due, key=lambda item: item[0]))


def _due(desk: DueCards, cards: Sequence[str], now: datetime) -> Iterator[Entry]:
    """Cards in review whose moment has come, the one that is most nearly forgotten first."""
    memories = {card: desk.state(card).memory for card in cards}
    due = [card for card, memory in memories.items() if memory.phase is Phase.REVIEW and memory.is_due(now)]
    by_recall = sorted(due, key=lambda card: desk.scheduler.retrievability(memories[card], now))
    return (Entry(card, Why.DUE) for card in by_recall)


def _ahead(desk: DueCards, cards: Sequence[str], now: datetime, days: int) -> Iterator[Entry]:
    """Cards whose moment comes within so many days, the soonest first."""
    until = now + timedelta(days=days)
    coming = [
        (due, card)
        for card in cards
        if (due := desk.state(card).memory.due) is not None and now < due <= until
    ]
    return (Entry(card, Why.AHEAD) for _, card in sorted(coming))


def _new(desk: DueCards, cards: Sequence[str], now: datetime, most: int | None) -> list[Entry]:
    """New cards, as many as today still allows: practised ones first, then those of the labs in progress."""
    if most is None:
        most = max(0, desk.scheduler.settings.new_per_day - _introduced_today(desk, now))
    new = [card for card in cards if desk.state(card).memory.phase is Phase.NEW]
    new.sort(key=lambda card: (not desk.state(card).practised, card not in desk.in_progress))
    return [Entry(card, Why.NEW) for card in new[:most]]


def _introduced_today(desk: DueCards, now: datetime) -> int:
    today = desk.calendar.day(now)
    firsts = [desk.state(card).first for card in desk.order]
    return sum(first is not None and desk.calendar.day(first) == today for first in firsts)


def _one_of_each_family(desk: DueCards, entries: Iterable[Entry], now: datetime) -> Iterator[Entry]:
    """Leaves out cards whose sibling was studied today or stands earlier in the queue; learning ones stay."""
    siblings = desk.siblings or {}
    today = desk.calendar.day(now)
    studied = {
        siblings[card]: card
        for card in desk.order
        if card in siblings and (last := desk.state(card).memory.last) and desk.calendar.day(last) == today
    }
    for entry in entries:
        family = siblings.get(entry.card)
        if (
            family is None
            or entry.why is Why.LEARNING
            or studied.setdefault(family, entry.card) == entry.card
        ):
            yield entry
