"""The learner as the events tell: cards, labs, and what is known of both; read once for each command."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import tzinfo

import msgspec
from msgspec.structs import replace

from labs.content.deck import Card, Deck
from labs.content.lab import Lab
from labs.store import Event, EventFactory, Store, history
from labs.study.calendar import Calendar
from labs.study.credit import CreditContext, latest_attempt
from labs.study.practice_links import Practice, practices
from labs.study.queue import DueCards, cards_in_order
from labs.study.replay import in_order, replay, settings_of
from labs.study.schedule import Scheduler
from labs.study.session_state import StudyConfig


class Learner(msgspec.Struct, frozen=True):
    """Someone's cards and labs, and how far they are with each."""

    events: tuple[Event, ...]
    cards: Mapping[str, Card]
    labs: tuple[Lab, ...]
    links: tuple[Practice, ...]
    desk: DueCards
    best: Mapping[str, history.Best]
    last: Mapping[str, history.Checked]
    in_progress: frozenset[str]
    """The labs that were begun or checked, and did not pass since."""

    def past(self, lab: str) -> CreditContext:
        """What a new verdict on a lab is weighed against."""
        attempt = latest_attempt(self.events, lab)
        return CreditContext(self.desk.states, attempt, self.desk.calendar, self.desk.scheduler.settings)

    def refreshed(self, store: Store) -> Learner:
        """The same learner with what was stored since; cards and labs are not read again."""
        events = tuple(store.events())
        begun = labs_in_progress(events)
        desk = replace(
            self.desk,
            states=replay(events, self.desk.scheduler),
            in_progress=frozenset(link.card for link in self.links if link.lab in begun),
        )
        best, last = history.best_scores(store), history.last_checks(store)
        return replace(self, events=events, desk=desk, best=best, last=last, in_progress=begun)

    def table(self, stamp: EventFactory, *, cram: bool = False) -> StudyConfig:
        """What a sitting with these cards needs."""
        return StudyConfig(self.cards, self.desk.scheduler, self.desk.calendar, stamp, cram)


def read_learner(store: Store, labs: Iterable[Lab], decks: Iterable[Deck], zone: tzinfo) -> Learner:
    """The learner whose events these are; `zone` is where the learner's mornings are. Reads, and writes nothing."""
    labs, decks = tuple(labs), tuple(decks)
    events = tuple(store.events())
    links = practices(labs, decks)
    scheduler = Scheduler(settings_of(events))
    begun = labs_in_progress(events)
    desk = DueCards(
        order=cards_in_order(decks),
        states=replay(events, scheduler),
        scheduler=scheduler,
        calendar=Calendar(zone),
        in_progress=frozenset(link.card for link in links if link.lab in begun),
    )
    return Learner(
        events=events,
        cards={deck.ref(card): card for deck in decks for card in deck.cards},
        labs=labs,
        links=links,
        desk=desk,
        best=history.best_scores(store),
        last=history.last_checks(store),
        in_progress=begun,
    )


def labs_in_progress(events: Iterable[Event]) -> frozenset[str]:
    """The labs that were begun or checked, and did not pass since."""
    begun: set[str] = set()
    for event in in_order(events):
        if event.lab is not None and event.kind in ("attempt", "check"):
            passed = event.kind == "check" and history.result_of(event).passed
            (begun.discard if passed else begun.add)(event.lab)
    return frozenset(begun)
