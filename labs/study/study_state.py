"""The state of a study session as immutable values.

Each step returns the next state and the events to store. A step that is not possible in the current state (a grade
before the answer is revealed, undo at the start) changes nothing and causes no event.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec.structs import replace

from labs.content.deck import Card
from labs.store import Event, EventFactory
from labs.study.calendar import Calendar
from labs.study.card_state import CardState
from labs.study.queue import QueueEntry, QueueReason
from labs.study.replay import NEW, States, after
from labs.study.schedule import Grade, Phase, Scheduler

MAX_REVIEW_MS = 60 * 60 * 1000
"""Maximum recorded duration of a review: beyond it, the learner was away."""

Transition = tuple["StudyState", tuple[Event, ...]]


class StudyConfig(msgspec.Struct, frozen=True):
    """The configuration of a study session: cards, scheduler, calendar. With `cram` it causes no events."""

    cards: Mapping[str, Card]
    scheduler: Scheduler
    calendar: Calendar
    new_event: EventFactory
    cram: bool = False


class StudyState(msgspec.Struct, frozen=True):
    """The state of a session: current card, waiting cards, and the previous state for undo."""

    config: StudyConfig
    waiting: tuple[QueueEntry, ...]
    states: States
    shown_at: datetime
    current: QueueEntry | None = None
    learning: tuple[QueueEntry, ...] = ()
    """The cards in learning, which come back in this session."""
    revealed: bool = False
    ticked: frozenset[int] = frozenset()
    """The indices of the items that the learner recalled."""
    done: tuple[Event, ...] = ()
    """The reviews of this session, in order."""
    before: StudyState | None = None
    caused: tuple[Event, ...] = ()
    """The events of the step from `before` to here."""
    undone: tuple[Event, ...] = ()
    """The undone events: their answers have been seen nevertheless."""

    @classmethod
    def start(cls, config: StudyConfig, entries: list[QueueEntry], states: States) -> StudyState:
        """The state at the start of a session, with its first card."""
        now = config.new_event.now()
        return cls(config, tuple(entries), states, now)._next(now)

    @property
    def card(self) -> Card | None:
        """The current card; None when the session is over."""
        return self.config.cards[self.current.card] if self.current else None

    @property
    def card_state(self) -> CardState:
        """The state of the current card."""
        return self.states.get(self.current.card, NEW) if self.current else NEW

    @property
    def left(self) -> int:
        """The number of remaining cards, including the current one."""
        return len(self.waiting) + len(self.learning) + (self.current is not None)

    @property
    def suggested(self) -> Grade | None:
        """The grade suggested by the ticked items; None if the card is not graded by items or not revealed."""
        if self.card is None or not self.revealed or not self.card.by_items:
            return None
        return suggested_grade(len(self.ticked), len(self.card.items))

    def previews(self) -> dict[Grade, timedelta]:
        """The interval until the next review for each grade."""
        return self.config.scheduler.previews(self.card_state.memory, self.config.new_event.now())

    def reveal(self) -> StudyState:
        """Shows the answer."""
        return replace(self, revealed=self.current is not None)

    def tick(self, item: int) -> StudyState:
        """Marks an item of the answer as recalled, or removes the mark."""
        if self.card is None or not self.revealed or item not in range(len(self.card.items)):
            return self
        return replace(self, ticked=self.ticked ^ {item})

    def grade(self, grade: Grade) -> Transition:
        """Grades the current card; a card in learning comes back in this session."""
        if self.current is None or not self.revealed:
            return self, ()
        event = self._event(
            "review", rating=int(grade), ms=self._milliseconds(), source="study", **self._items()
        )
        return self._after(event, done=(*self.done, event))

    def skip(self) -> Transition:
        """Buries the current card until tomorrow."""
        now = self.config.new_event.now()
        seen = [self._event("shown")] if self.revealed else []
        until = self.config.calendar.tomorrow(now).isoformat()
        return self._after(*seen, self._event("bury", data={"until": until}))

    def suspend(self) -> Transition:
        """Suspends the current card."""
        return self._after(self._event("suspend"))

    def flag(self, note: str = "") -> Transition:
        """Stores a note on the current card, which stays current."""
        if self.current is None:
            return self, ()
        events = (self._event("flag", data={"note": note}),)
        kept = self._kept(events)
        return replace(self, states=self._states_after(events), before=self, caused=kept), kept

    def undo(self) -> Transition:
        """Undoes one step; stored events are undone by `void` events. Edited cards keep their new text."""
        if self.before is None:
            return self, ()
        undone = (*self.undone, *self.caused)
        states = dict(self.before.states)
        for event in undone:
            if event.card is not None:
                old = states.get(event.card, NEW)
                states[event.card] = after(old, event, self.config.scheduler, counts=False)
        voids = tuple(
            self.config.new_event("void", card=event.card, data={"event": event.id}) for event in self.caused
        )
        now = self.config.new_event.now()
        back = replace(self.before, config=self.config, states=states, undone=undone, shown_at=now)
        return back, voids

    def quit(self) -> Transition:
        """Ends the session; an answer that was revealed and not graded is stored as shown."""
        seen = (self._event("shown"),) if self.current is not None and self.revealed else ()
        return replace(self, current=None, waiting=(), revealed=False), self._kept(seen)

    def with_cards(self, cards: Mapping[str, Card]) -> StudyState:
        """The same state with edited cards."""
        return replace(self, config=replace(self.config, cards={**self.config.cards, **cards}))

    def _after(self, *events: Event, done: tuple[Event, ...] | None = None) -> Transition:
        """The state with the next card, linked to this one for undo."""
        if self.current is None:
            return self, ()
        states = self._states_after(events)
        moved = replace(
            self,
            states=states,
            done=self.done if done is None else done,
            learning=self._learning_after(events, states),
            before=self,
            caused=self._kept(events),
        )
        return moved._next(self.config.new_event.now()), self._kept(events)

    def _learning_after(self, events: tuple[Event, ...], states: States) -> tuple[QueueEntry, ...]:
        """The cards in learning, including the current card if it was graded and is still in learning."""
        if self.current is None or events[-1].kind != "review":
            return self.learning
        again = events[-1].rating == Grade.AGAIN
        memory = states.get(self.current.card, NEW).memory
        learning = again if self.config.cram else memory.phase in (Phase.LEARNING, Phase.RELEARNING)
        why = self.current.why if self.config.cram else QueueReason.LEARNING
        return (*self.learning, replace(self.current, why=why)) if learning else self.learning

    def _next(self, now: datetime) -> StudyState:
        """Selects the next card: a due card in learning, else the first waiting card, else a card in learning early."""
        learning = sorted(self.learning, key=self._due)
        ready = [entry for entry in learning if self._due(entry) <= now and not self.config.cram]
        current = next(iter([*ready[:1], *self.waiting[:1], *learning[:1]]), None)
        return replace(
            self,
            current=current,
            waiting=tuple(entry for entry in self.waiting if entry is not current),
            learning=tuple(entry for entry in self.learning if entry is not current),
            revealed=False,
            ticked=frozenset(),
            shown_at=now,
        )

    def _due(self, entry: QueueEntry) -> datetime:
        due = self.states.get(entry.card, NEW).memory.due
        return self.shown_at if due is None or self.config.cram else due

    def _states_after(self, events: tuple[Event, ...]) -> States:
        if self.config.cram:
            return self.states
        states = dict(self.states)
        for event in events:
            if event.card is not None:
                states[event.card] = after(states.get(event.card, NEW), event, self.config.scheduler)
        return states

    def _kept(self, events: tuple[Event, ...]) -> tuple[Event, ...]:
        return () if self.config.cram else events

    def _event(self, kind: str, **fields: Any) -> Event:
        return self.config.new_event(kind, card=self.current.card if self.current else None, **fields)

    def _milliseconds(self) -> int:
        took = (self.config.new_event.now() - self.shown_at) // timedelta(milliseconds=1)
        return min(max(took, 0), MAX_REVIEW_MS)

    def _items(self) -> dict[str, Any]:
        """The ticked items as fields of an event; empty if none is ticked."""
        if self.card is None or not self.card.by_items or not self.ticked:
            return {}
        mask = sum(1 << item for item in self.ticked)
        return {"items_hit": len(self.ticked), "items_total": len(self.card.items), "data": {"items": mask}}


def suggested_grade(hit: int, total: int) -> Grade:
    """Good if all items were recalled; Hard (also a recall) if one of at least three is missing; else Again."""
    if hit == total:
        return Grade.GOOD
    return Grade.HARD if total >= 3 and hit == total - 1 else Grade.AGAIN


def times_missed(state: CardState, total: int) -> list[int]:
    """How often each item of an answer was not recalled, over the reviews in which items were ticked."""
    masks = [recall.items for recall in state.recalls if recall.items is not None]
    return [sum(not mask >> item & 1 for mask in masks) for item in range(total)]
