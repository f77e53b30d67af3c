"""A sitting: one card after the other, as values; what it changes leaves as events to be stored at once.

Each step returns the sitting after it and the events that it caused. A step that makes no sense where the sitting
stands (to grade before the answer was shown, to undo nothing) changes nothing and causes nothing.
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
from labs.study.queue import Entry, Why
from labs.study.replay import NEW, States, after
from labs.study.schedule import Grade, Phase, Scheduler

LONGEST = 60 * 60 * 1000
"""Milliseconds beyond which a card was left lying, not thought about."""

Step = tuple["StudyState", tuple[Event, ...]]


class StudyConfig(msgspec.Struct, frozen=True):
    """What a sitting needs and never changes. With `cram` it causes no events."""

    cards: Mapping[str, Card]
    scheduler: Scheduler
    calendar: Calendar
    stamp: EventFactory
    cram: bool = False


class StudyState(msgspec.Struct, frozen=True):
    """Where a sitting stands: the card in front of the learner, those that wait, and what can be undone."""

    table: StudyConfig
    waiting: tuple[Entry, ...]
    states: States
    shown_at: datetime
    current: Entry | None = None
    learning: tuple[Entry, ...] = ()
    """The cards that come back in this sitting, because they are being learnt."""
    revealed: bool = False
    ticked: frozenset[int] = frozenset()
    """The items of the answer that the learner had, counted from 0."""
    done: tuple[Event, ...] = ()
    """The reviews of this sitting, in order."""
    before: StudyState | None = None
    caused: tuple[Event, ...] = ()
    """The events of the step from `before` to here."""
    undone: tuple[Event, ...] = ()
    """The events that were taken back: their answers were on the screen all the same."""

    @classmethod
    def begin(cls, table: StudyConfig, entries: list[Entry], states: States) -> StudyState:
        """A sitting with its first card on the table."""
        now = table.stamp.now()
        return cls(table, tuple(entries), states, now)._next(now)

    @property
    def card(self) -> Card | None:
        """The card in front of the learner; None when the sitting is over."""
        return self.table.cards[self.current.card] if self.current else None

    @property
    def state(self) -> CardState:
        """What is known of the card in front of the learner."""
        return self.states.get(self.current.card, NEW) if self.current else NEW

    @property
    def left(self) -> int:
        """How many cards are still to be asked, with the one in front."""
        return len(self.waiting) + len(self.learning) + (self.current is not None)

    @property
    def suggested(self) -> Grade | None:
        """The grade that the ticked items suggest; None where the card is not graded by items or not revealed."""
        if self.card is None or not self.revealed or not self.card.by_items:
            return None
        return suggested_grade(len(self.ticked), len(self.card.items))

    def previews(self) -> dict[Grade, timedelta]:
        """How long each grade would put the card off."""
        return self.table.scheduler.previews(self.state.memory, self.table.stamp.now())

    def reveal(self) -> StudyState:
        """Shows the answer."""
        return replace(self, revealed=self.current is not None)

    def tick(self, item: int) -> StudyState:
        """Marks an item of the answer as recalled, or takes the mark back."""
        if self.card is None or not self.revealed or item not in range(len(self.card.items)):
            return self
        return replace(self, ticked=self.ticked ^ {item})

    def grade(self, grade: Grade) -> Step:
        """Ends the card with a grade; it comes back in this sitting while it is being learnt."""
        if self.current is None or not self.revealed:
            return self, ()
        event = self._stamp(
            "review", rating=int(grade), ms=self._milliseconds(), source="study", **self._items()
        )
        return self._after(event, done=(*self.done, event))

    def skip(self) -> Step:
        """Puts the card off until tomorrow."""
        now = self.table.stamp.now()
        seen = [self._stamp("shown")] if self.revealed else []
        until = self.table.calendar.tomorrow(now).isoformat()
        return self._after(*seen, self._stamp("bury", data={"until": until}))

    def suspend(self) -> Step:
        """Takes the card out of study until the learner brings it back."""
        return self._after(self._stamp("suspend"))

    def flag(self, note: str = "") -> Step:
        """Puts a remark on the card, which stays in front of the learner."""
        if self.current is None:
            return self, ()
        events = (self._stamp("flag", data={"note": note}),)
        kept = self._kept(events)
        return replace(self, states=self._states_after(events), before=self, caused=kept), kept

    def undo(self) -> Step:
        """Goes back to where the sitting stood before; what was stored since is taken back by events."""
        if self.before is None:
            return self, ()
        undone = (*self.undone, *self.caused)
        states = dict(self.before.states)
        for event in undone:
            if event.card is not None:
                old = states.get(event.card, NEW)
                states[event.card] = after(old, event, self.table.scheduler, counts=False)
        voids = tuple(
            self.table.stamp("void", card=event.card, data={"event": event.id}) for event in self.caused
        )
        back = replace(self.before, states=states, undone=undone, shown_at=self.table.stamp.now())
        return back, voids

    def quit(self) -> Step:
        """Ends the sitting; an answer that was looked at and not graded is remembered as shown."""
        seen = (self._stamp("shown"),) if self.current is not None and self.revealed else ()
        return replace(self, current=None, waiting=(), revealed=False), self._kept(seen)

    def _after(self, *events: Event, done: tuple[Event, ...] | None = None) -> Step:
        """The sitting with the next card on the table, and the way back."""
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
        return moved._next(self.table.stamp.now()), self._kept(events)

    def _learning_after(self, events: tuple[Event, ...], states: States) -> tuple[Entry, ...]:
        """The cards that come back in this sitting, with the one in front if it was graded and is not learnt yet."""
        if self.current is None or events[-1].kind != "review":
            return self.learning
        again = events[-1].rating == Grade.AGAIN
        memory = states.get(self.current.card, NEW).memory
        learning = again if self.table.cram else memory.phase in (Phase.LEARNING, Phase.RELEARNING)
        why = self.current.why if self.table.cram else Why.LEARNING
        return (*self.learning, replace(self.current, why=why)) if learning else self.learning

    def _next(self, now: datetime) -> StudyState:
        """Takes the next card: one in learning whose time has come, else the first in line, else learning early."""
        learning = sorted(self.learning, key=self._due)
        ready = [entry for entry in learning if self._due(entry) <= now and not self.table.cram]
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

    def _due(self, entry: Entry) -> datetime:
        due = self.states.get(entry.card, NEW).memory.due
        return self.shown_at if due is None or self.table.cram else due

    def _states_after(self, events: tuple[Event, ...]) -> States:
        if self.table.cram:
            return self.states
        states = dict(self.states)
        for event in events:
            if event.card is not None:
                states[event.card] = after(states.get(event.card, NEW), event, self.table.scheduler)
        return states

    def _kept(self, events: tuple[Event, ...]) -> tuple[Event, ...]:
        return () if self.table.cram else events

    def _stamp(self, kind: str, **fields: Any) -> Event:
        return self.table.stamp(kind, card=self.current.card if self.current else None, **fields)

    def _milliseconds(self) -> int:
        took = (self.table.stamp.now() - self.shown_at) // timedelta(milliseconds=1)
        return min(max(took, 0), LONGEST)

    def _items(self) -> dict[str, Any]:
        """What was ticked, as a count and as a bit mask; nothing where the learner did not tick at all."""
        if self.card is None or not self.card.by_items or not self.ticked:
            return {}
        mask = sum(1 << item for item in self.ticked)
        return {"items_hit": len(self.ticked), "items_total": len(self.card.items), "data": {"items": mask}}


def suggested_grade(hit: int, total: int) -> Grade:
    """All recalled is Good; all but one of three or more is Hard, which FSRS takes for a recall; less is Again."""
    if hit == total:
        return Grade.GOOD
    return Grade.HARD if total >= 3 and hit == total - 1 else Grade.AGAIN


def missed(state: CardState, total: int) -> list[int]:
    """How often each item of a card's answer was not recalled, over the reviews in which items were ticked."""
    masks = [recall.items for recall in state.recalls if recall.items is not None]
    return [sum(not mask >> item & 1 for mask in masks) for item in range(total)]
