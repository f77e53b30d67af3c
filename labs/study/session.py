"""A study session: its state, decks, and the store that each step is written to before the next screen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from labs.content.deck import Card, Deck
from labs.content.lab_task import Correction
from labs.store import Event, Store
from labs.study.card_state import CardState
from labs.study.learner import Learner
from labs.study.queue import QueueEntry, QueueReason
from labs.study.replay import NEW
from labs.study.schedule import Grade, Phase
from labs.study.study_state import StudyState, Transition, times_missed

MAX_LETTERED_ITEMS = 8
"""Maximum number of list items with letters (`a` to `h`); a longer list is graded as a whole."""


class CardView(msgspec.Struct, frozen=True):
    """The current card as screens show it: card `number` `of` all cards in the session."""

    ref: str
    card: Card
    number: int
    of: int
    why: str
    known: bool
    practised: bool
    labs: tuple[str, ...]
    found: str = ""
    """The finding of the failed objective that brought the card forward."""
    revealed: bool = False
    ticked: frozenset[int] = frozenset()
    tickable: bool = False
    suggested: Grade | None = None
    previews: Mapping[Grade, timedelta] | None = None
    corrections: tuple[Correction, ...] = ()
    notice: str = ""

    @property
    def deck(self) -> str:
        """The name of the card's deck."""
        return self.ref.partition(":")[0]

    @property
    def urls(self) -> tuple[str, ...]:
        """The URLs as numbered on the screen: pictures, then sources; those of the answer only if it is revealed."""
        images = self.card.images if self.revealed else self.card.question_images
        sources = [correction.source for correction in self.corrections] if self.revealed else []
        return (*(image.url for image in images), *sources)


@dataclass(slots=True)
class StudySession:
    """A running session. `decks` are replaced when the learner edits them."""

    state: StudyState
    store: Store
    learner: Learner
    decks: dict[str, Deck]
    corrections: Mapping[str, tuple[Correction, ...]]
    notice: str = ""
    asked: bool = False
    """Whether the session had any cards."""
    total: int = 0
    """The number of cards in the session, each counted once."""
    unfinished: int = 0
    """The number of cards that were left when the learner quit."""

    def __post_init__(self) -> None:
        self.asked = self.state.current is not None
        self.total = self.state.left

    def view(self) -> CardView | None:
        """The view of the current card; None when the session is over."""
        state, current = self.state, self.state.current
        if current is None or state.card is None:
            return None
        card, card_state, now = state.card, state.card_state, state.config.new_event.now()
        tickable = card.by_items and len(card.items) <= MAX_LETTERED_ITEMS
        return CardView(
            ref=current.card,
            card=card,
            number=self.total - len(state.waiting),
            of=self.total,
            why=self._why(current),
            known=card_state.is_known(now, state.config.calendar),
            practised=card_state.is_practised(now, self.learner.versions),
            labs=self.labs(current.card),
            found=current.found if current.why is QueueReason.SURFACED else "",
            revealed=state.revealed,
            ticked=state.ticked,
            tickable=tickable,
            suggested=state.suggested if tickable and state.ticked else None,
            previews=state.previews() if state.revealed else None,
            corrections=self.corrections.get(current.card, ()),
            notice=self.notice,
        )

    def labs(self, card: str) -> tuple[str, ...]:
        """The labs that practise a card."""
        return tuple(dict.fromkeys(link.lab for link in self.learner.links if link.card == card))

    def reveal(self) -> None:
        """Shows the answer."""
        self.state = self.state.reveal()

    def tick(self, item: int) -> None:
        """Marks an item as recalled, or removes the mark."""
        self.state = self.state.tick(item)

    def grade(self, grade: Grade) -> None:
        """Stores the grade and shows the next card."""
        current, before = self.state.current, self.state.card_state
        self._store(self.state.grade(grade))
        if current is not None and grade is Grade.AGAIN and before.memory.phase is Phase.REVIEW:
            self.notice = self._lapse_advice(current.card, before)

    def skip(self) -> None:
        """Buries the card until tomorrow."""
        self._store(self.state.skip(), "Skipped until tomorrow. u brings it back.")

    def suspend(self) -> None:
        """Suspends the card."""
        self._store(self.state.suspend(), "Suspended. u brings it back.")

    def flag(self, note: str) -> None:
        """Stores a note on the card."""
        self._store(self.state.flag(note), f"Flagged{f': {note}' if note else ''}.")

    def undo(self) -> None:
        """Undoes one step."""
        nothing = self.state.before is None
        self._store(self.state.undo())
        self.notice = "There is nothing to undo." if nothing else "Undone."

    def quit(self) -> None:
        """Ends the session."""
        self.unfinished = self.state.left
        self._store(self.state.quit())

    def reread(self, after: Deck) -> None:
        """Replaces the cards of an edited deck. If a single question was changed, its card keeps its history."""
        before = self.decks[after.name]
        self.decks[after.name] = after
        news = {after.ref(card): card for card in after.cards}
        gone = [before.ref(card) for card in before.cards if before.ref(card) not in news]
        added = [ref for ref in news if ref not in {before.ref(card) for card in before.cards}]
        self.notice = "Deck reloaded."
        if len(gone) == len(added) == 1 and len(before.cards) == len(after.cards):
            news[gone[0]] = news[added[0]]
            self.store.append(self.state.config.new_event("rename", card=gone[0], data={"to": added[0]}))
            self.notice = "The question has changed. Your history stays with the card."
        self.state = self.state.with_cards(news)

    def _store(self, transition: Transition, notice: str = "") -> None:
        """Stores the events of a step before the session continues."""
        state, events = transition
        if events:
            self.store.append(*events)
        self.state = state
        self.notice = (
            "Cram mode: nothing was saved." if notice and state.config.cram and not events else notice
        )

    def _why(self, entry: QueueEntry) -> str:
        """Why the card is asked."""
        match entry.why:
            case QueueReason.SURFACED:
                return f"review early: {entry.reason}"
            case QueueReason.AHEAD:
                return "not due yet"
            case QueueReason.CRAM:
                return "cram, not saved"
            case _:
                return str(entry.why.value)

    def _lapse_advice(self, card: str, before: CardState) -> str:
        """Advice on a forgotten card: the lab that practises it."""
        now = self.state.config.new_event.now()
        labs, memory = self.labs(card), self.state.states.get(card, before).memory
        if memory.became_leech:
            advice = f". Practice it: labs show {labs[0]}" if labs else ". ! suspends it, e edits it"
            return f"You have forgotten that card {memory.lapses} times{advice}"
        if labs and not before.is_practised(now, self.learner.versions):
            return f"Practice what you forgot: labs show {labs[0]}"
        return ""


def item_misses(state: CardState, card: Card) -> list[tuple[str, int]]:
    """Each item of an answer that was missed, and how often."""
    return [
        (item, times)
        for item, times in zip(card.items, times_missed(state, len(card.items)), strict=True)
        if times
    ]


def failed_today(learner: Learner, now: datetime) -> dict[str, Event]:
    """The cards with a linked objective that failed today, with the latest `surface` event."""
    today = learner.pool.calendar.day(now)
    return {
        event.card: event
        for event in learner.events
        if event.kind == "surface" and event.card and learner.pool.calendar.day(event.at) == today
    }


def failed_today_first(entries: list[QueueEntry], learner: Learner, now: datetime) -> list[QueueEntry]:
    """The queue, with the cards whose objective failed today first, even if it has passed since."""
    failed = failed_today(learner, now)
    return sorted(
        entries, key=lambda entry: (entry.why is not QueueReason.SURFACED, entry.card not in failed)
    )


def next_due(session: StudySession) -> datetime | None:
    """The earliest due time of the session's decks, which may be in the past; None if no card is scheduled."""
    cards = [session.state.states.get(card, NEW) for card in session.learner.pool.order]
    dues = [
        max(card.memory.due, card.buried_until or card.memory.due)
        for card in cards
        if card.memory.due and not card.suspended
    ]
    return min(dues, default=None)


def has_new_cards(session: StudySession) -> bool:
    """Whether the session's decks have new cards."""
    cards = [session.state.states.get(card, NEW) for card in session.learner.pool.order]
    return any(card.memory.phase is Phase.NEW and not card.suspended for card in cards)
