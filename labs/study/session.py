"""A sitting at a store: every step is on disk before the next screen, and every card comes with what is known of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from labs.content.deck import Card, Deck
from labs.content.lab import Correction
from labs.store import Event, Store
from labs.study.card_state import CardState
from labs.study.learner import Learner
from labs.study.queue import Entry, Why
from labs.study.replay import NEW
from labs.study.schedule import Grade, Phase
from labs.study.session_state import Step, StudyState, missed

MOST_TICKS = 8
"""Items that have a letter of their own, `a` to `h`; a longer list is graded as a whole."""


class View(msgspec.Struct, frozen=True):
    """What a screen shows of the card in front of the learner; `of` counts all cards of the sitting."""

    ref: str
    card: Card
    number: int
    of: int
    why: str
    known: bool
    practised: bool
    labs: tuple[str, ...]
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
        """What can be opened, as it is numbered on the screen: pictures first; of the answer only once it is shown."""
        images = self.card.images if self.revealed else self.card.question_images
        sources = [correction.source for correction in self.corrections] if self.revealed else []
        return (*(image.url for image in images), *sources)


@dataclass(slots=True)
class StudySession:
    """A sitting under way. `cards` and `decks` are its own, so that an edited card is shown anew."""

    sitting: StudyState
    store: Store
    learner: Learner
    cards: dict[str, Card]
    decks: dict[str, Deck]
    corrections: Mapping[str, tuple[Correction, ...]]
    notice: str = ""
    asked: bool = False
    """Whether there was anything to ask."""

    def __post_init__(self) -> None:
        self.asked = self.sitting.current is not None

    def view(self) -> View | None:
        """The card in front of the learner; None when the sitting is over."""
        sitting, current = self.sitting, self.sitting.current
        if current is None or sitting.card is None:
            return None
        card, state, now = sitting.card, sitting.state, sitting.table.stamp.now()
        tickable = card.by_items and len(card.items) <= MOST_TICKS
        return View(
            ref=current.card,
            card=card,
            number=len(sitting.done) + 1,
            of=len(sitting.done) + sitting.left,
            why=self._why(current),
            known=state.is_known(now, sitting.table.calendar),
            practised=state.is_practised(now),
            labs=self.labs(current.card),
            revealed=sitting.revealed,
            ticked=sitting.ticked,
            tickable=tickable,
            suggested=sitting.suggested if tickable and sitting.ticked else None,
            previews=sitting.previews() if sitting.revealed else None,
            corrections=self.corrections.get(current.card, ()),
            notice=self.notice,
        )

    def labs(self, card: str) -> tuple[str, ...]:
        """The labs that practise a card."""
        return tuple(dict.fromkeys(link.lab for link in self.learner.links if link.card == card))

    def reveal(self) -> None:
        """Shows the answer."""
        self.sitting = self.sitting.reveal()

    def tick(self, item: int) -> None:
        """Marks an item as recalled, or takes the mark back."""
        self.sitting = self.sitting.tick(item)

    def grade(self, grade: Grade) -> None:
        """Stores the grade, and takes the next card."""
        current, before = self.sitting.current, self.sitting.state
        self._store(self.sitting.grade(grade))
        if current is not None and grade is Grade.AGAIN and before.memory.phase is Phase.REVIEW:
            self.notice = self._after_lapse(current.card, before)

    def skip(self) -> None:
        """Puts the card off until tomorrow."""
        self._store(self.sitting.skip(), "Put off until tomorrow; u brings it back.")

    def suspend(self) -> None:
        """Takes the card out of study."""
        self._store(self.sitting.suspend(), "Suspended: it is not asked any more; u brings it back.")

    def flag(self, note: str) -> None:
        """Puts a remark on the card."""
        self._store(self.sitting.flag(note), f"Flagged{f': {note}' if note else ''}.")

    def undo(self) -> None:
        """Goes back one step."""
        nothing = self.sitting.before is None
        self._store(self.sitting.undo())
        self.notice = "There is nothing to undo." if nothing else "Undone."

    def quit(self) -> None:
        """Ends the sitting."""
        self._store(self.sitting.quit())

    def reread(self, after: Deck) -> None:
        """Takes the cards of a deck that was edited. A card whose question alone was changed keeps its history."""
        before = self.decks[after.name]
        self.decks[after.name] = after
        news = {after.ref(card): card for card in after.cards}
        gone = [before.ref(card) for card in before.cards if before.ref(card) not in news]
        added = [ref for ref in news if ref not in {before.ref(card) for card in before.cards}]
        self.cards.update(news)
        self.notice = "The deck was read again."
        if len(gone) == len(added) == 1 and len(before.cards) == len(after.cards):
            self.cards[gone[0]] = news[added[0]]
            self.store.append(self.sitting.table.stamp("rename", card=gone[0], data={"to": added[0]}))
            self.notice = "Its question has changed: what you know of it goes with it."

    def _store(self, step: Step, notice: str = "") -> None:
        """Keeps the events of a step on disk, and only then goes on."""
        sitting, events = step
        if events:
            self.store.append(*events)
        self.sitting = sitting
        self.notice = (
            "A cram keeps nothing of that." if notice and sitting.table.cram and not events else notice
        )

    def _why(self, entry: Entry) -> str:
        """Why the card is asked; with what a lab found of it today, also where that was put right since."""
        match entry.why:
            case Why.SURFACED:
                return f"brought forward: {entry.reason}"
            case Why.AHEAD:
                told = "ahead of its time"
            case Why.CRAM:
                told = "cram: counts for nothing"
            case _:
                told = str(entry.why.value)
        now = self.sitting.table.stamp.now()
        failed = failed_today(self.learner, now).get(entry.card)
        return f"{told} · today in {failed.lab}: {failed.data.get('reason', '')}" if failed else told

    def _after_lapse(self, card: str, before: CardState) -> str:
        """What to do about a forgotten card that reading alone does not teach: its lab."""
        now = self.sitting.table.stamp.now()
        labs, memory = self.labs(card), self.sitting.states.get(card, before).memory
        if memory.became_leech:
            advice = f": doing it may help: labs show {labs[0]}" if labs else "; ! suspends it, e edits it"
            return f"You have forgotten that card {memory.lapses} times{advice}"
        if labs and not before.is_practised(now):
            return f"You can practise what you forgot: labs show {labs[0]}"
        return ""


def item_misses(state: CardState, card: Card) -> list[tuple[str, int]]:
    """Each item of an answer that was missed, with how often."""
    return [
        (item, times) for item, times in zip(card.items, missed(state, len(card.items)), strict=True) if times
    ]


def failed_today(learner: Learner, now: datetime) -> dict[str, Event]:
    """The cards of which a lab's objective failed today, with the latest event that says so."""
    today = learner.desk.calendar.day(now)
    return {
        event.card: event
        for event in learner.events
        if event.kind == "surface" and event.card and learner.desk.calendar.day(event.at) == today
    }


def in_turn(entries: list[Entry], learner: Learner, now: datetime) -> list[Entry]:
    """The queue with the cards first of which a lab failed today, also where it passed since: it was just there."""
    failed = failed_today(learner, now)
    return sorted(entries, key=lambda entry: (entry.why is not Why.SURFACED, entry.card not in failed))


def next_due(session: StudySession) -> datetime | None:
    """When the next card of the sitting's decks is due; a moment that has passed, if one is due already."""
    states = [session.sitting.states.get(card, NEW) for card in session.learner.desk.order]
    dues = [
        max(state.memory.due, state.buried_until or state.memory.due)
        for state in states
        if state.memory.due and not state.suspended
    ]
    return min(dues, default=None)
