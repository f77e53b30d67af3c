"""Cards, decks and learners for the tests of study."""

from __future__ import annotations

import random
from datetime import date, datetime
from pathlib import Path
from typing import Any

from labs.content import deck
from labs.content.lab import Lab
from labs.content.lab_task import CardLink, Cost, Goal, LabTask
from labs.store import Event, EventFactory
from labs.study.calendar import Calendar
from labs.study.card_state import CardState
from labs.study.replay import replay
from labs.study.schedule import Scheduler
from tests.store.builders import START, Clock

DECK = deck.parse(
    b"""<!-- id: strategies -->
List ECS Task Placement Strategies (3)
---
- Binpack
- Random
- Spread
===
<!-- id: binpack -->
Explain Binpack
---
Fills one instance before it uses the next.
===
<!-- id: spread -->
Explain Spread
---
Evenly by a field.
===
<!-- id: hollow -->
A card without an answer
---
"""
)
STRATEGIES, BINPACK, SPREAD = "deck:strategies", "deck:binpack", "deck:spread"
CARDS = {DECK.ref(card): card for card in DECK.cards}


def lab(name: str, *objectives: str, **more: Any) -> Lab:
    """A lab in memory, without files."""
    task = LabTask(
        title=name,
        deck="deck",
        group="tests",
        minutes=20,
        cost=Cost(0.0, 0.04, "an instance", "https://aws.amazon.com/ec2/pricing/", date(2026, 11, 22)),
        objectives=tuple(Goal(each, f"{each} holds", ("Think.", "Think harder.")) for each in objectives),
        **more,
    )
    return Lab(name, Path("nowhere"), task)


PLACEMENT = lab(
    "ecs-placement",
    "service",
    "binpack-memory",
    cards=(
        CardLink("deck", "Explain Binpack", ("binpack-memory",)),
        CardLink("deck", "explain SPREAD!", ("service",), evidence="touches"),
    ),
)
AFTER = lab("ecs-placement-spread", "spread-az", requires=("ecs-placement",))
FIRST = lab("ecr-push", "image")


class Learner:
    """Someone with a clock, whose events are collected."""

    def __init__(self, at: datetime = START, scheduler: Scheduler | None = None) -> None:
        self.clock = Clock(at)
        self.new_event = EventFactory("laptop", self.clock, random.Random(7).getrandbits)
        self.scheduler = scheduler or Scheduler()
        self.calendar = Calendar()
        self.events: list[Event] = []

    @property
    def now(self) -> datetime:
        return self.clock.at

    def does(self, kind: str, **fields: Any) -> Event:
        event = self.new_event(kind, **fields)
        self.events.append(event)
        self.clock.move(milliseconds=1)
        return event

    def reviews(self, card: str, rating: int, **fields: Any) -> Event:
        return self.does("review", card=card, rating=rating, **{"source": "study", **fields})

    def learns(self, card: str, good: int = 4) -> CardState:
        """Recalls a card well so many times, each when it is due; the last leaves it in review and not due."""
        for _ in range(good):
            due = self.state(card).memory.due
            self.clock.at = max(self.clock.at, due or self.clock.at)
            self.reviews(card, 3)
        return self.state(card)

    def waits_until_due(self, card: str) -> None:
        due = self.state(card).memory.due
        assert due is not None
        self.clock.at = max(self.clock.at, due)

    def states(self) -> dict[str, CardState]:
        return replay(self.events, self.scheduler)

    def state(self, card: str) -> CardState:
        return self.states().get(card, CardState())
