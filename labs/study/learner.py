"""The learner as of the stored events: cards, labs and the progress in both; read once for each command."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import tzinfo

import msgspec
from msgspec.structs import replace

from labs.content.deck import Card, Deck
from labs.content.lab import Lab
from labs.store import Event, EventFactory, Store, queries
from labs.study.calendar import Calendar
from labs.study.credit import CreditContext, latest_attempt
from labs.study.practice_links import Practice, practices
from labs.study.queue import CardPool, cards_in_order
from labs.study.replay import States, in_order, replay, settings_of
from labs.study.schedule import Scheduler
from labs.study.study_state import StudyConfig
from labs.study.unfounded import unfounded


class Learner(msgspec.Struct, frozen=True):
    """Someone's cards and labs, and how far they are with each."""

    events: tuple[Event, ...]
    cards: Mapping[str, Card]
    labs: tuple[Lab, ...]
    links: tuple[Practice, ...]
    pool: CardPool
    best: Mapping[str, queries.Best]
    last: Mapping[str, queries.Checked]
    in_progress: frozenset[str]
    """The labs that the learner is working on."""

    def credit_context(self, lab: str) -> CreditContext:
        """The cards' states and the attempt that a new verdict on a lab is credited against."""
        attempt = latest_attempt(self.events, lab)
        return CreditContext(self.pool.states, attempt, self.pool.calendar, self.pool.scheduler.settings)

    def refreshed(self, store: Store) -> Learner:
        """The same learner with what was stored since; cards and labs are not read again."""
        events = tuple(store.events())
        started = labs_in_progress(events)
        pool = replace(
            self.pool,
            states=_states(events, self.pool.scheduler),
            in_progress=frozenset(link.card for link in self.links if link.lab in started),
        )
        best, last = queries.best_scores(store), queries.last_checks(store)
        return replace(self, events=events, pool=pool, best=best, last=last, in_progress=started)

    def study_config(self, new_event: EventFactory, *, cram: bool = False) -> StudyConfig:
        """The configuration of a session with these cards."""
        return StudyConfig(self.cards, self.pool.scheduler, self.pool.calendar, new_event, cram)


def read_learner(store: Store, labs: Iterable[Lab], decks: Iterable[Deck], zone: tzinfo) -> Learner:
    """The learner whose events these are; `zone` is where the learner's mornings are. Reads, and writes nothing."""
    labs, decks = tuple(labs), tuple(decks)
    events = tuple(store.events())
    links = practices(labs, decks)
    scheduler = Scheduler(settings_of(events))
    started = labs_in_progress(events)
    pool = CardPool(
        order=cards_in_order(decks),
        states=_states(events, scheduler),
        scheduler=scheduler,
        calendar=Calendar(zone),
        in_progress=frozenset(link.card for link in links if link.lab in started),
    )
    return Learner(
        events=events,
        cards={deck.ref(card): card for deck in decks for card in deck.cards},
        labs=labs,
        links=links,
        pool=pool,
        best=queries.best_scores(store),
        last=queries.last_checks(store),
        in_progress=started,
    )


def labs_in_progress(events: Iterable[Event]) -> frozenset[str]:
    """The labs that were started, or checked when something of them passed, and are neither done nor cleaned up since.

    A check of a lab that nobody began shows nothing but curiosity.
    """
    started: set[str] = set()
    for event in in_order(events):
        if event.lab is None:
            continue
        result = queries.result_of(event) if event.kind == "check" else None
        if event.kind == "clean" or (result and result.passed):
            started.discard(event.lab)
        elif event.kind == "attempt" or (result and result.score):
            started.add(event.lab)
    return frozenset(started)


def _states(events: Iterable[Event], scheduler: Scheduler) -> States:
    """The state of every card, without what brought it forward for no reason."""
    wrong = unfounded(in_order(events))
    return replay([event for event in events if event.id not in wrong], scheduler)
