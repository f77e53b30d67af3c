"""The learner's progress in cards and labs, derived from the stored events once for each command."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import tzinfo

import msgspec

from labs.content.deck import Card, Deck
from labs.content.lab import Lab, version_of
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
    """A learner: events, cards and labs, and the progress in each."""

    events: tuple[Event, ...]
    cards: Mapping[str, Card]
    labs: tuple[Lab, ...]
    links: tuple[Practice, ...]
    pool: CardPool
    best: Mapping[str, queries.Best]
    last: Mapping[str, queries.Checked]
    in_progress: frozenset[str]
    """The labs that the learner is working on."""
    versions: Mapping[str, str]
    """The present version of each lab, by the lab's id."""

    def credit_context(self, lab: str) -> CreditContext:
        """The context for crediting a new verdict on a lab."""
        attempt = latest_attempt(self.events, lab)
        return CreditContext(self.pool.states, attempt, self.pool.calendar, self.pool.scheduler.settings)

    def study_config(self, new_event: EventFactory, *, cram: bool = False) -> StudyConfig:
        """The configuration of a session with these cards."""
        return StudyConfig(self.cards, self.pool.scheduler, self.pool.calendar, new_event, cram)


def read_learner(store: Store, labs: Iterable[Lab], decks: Iterable[Deck], zone: tzinfo) -> Learner:
    """The learner with these events; `zone` is the learner's time zone. Writes nothing."""
    labs, decks = tuple(labs), tuple(decks)
    events = tuple(store.events())
    links = practices(labs, decks)
    scheduler = Scheduler(settings_of(events))
    started = labs_in_progress(events)
    checked = queries.checked(events)
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
        best=queries.best_scores(checked),
        last={check.result.lab: check for check in checked},
        in_progress=started,
        versions={lab.id: version_of(lab.pack) for lab in labs},
    )


def labs_in_progress(events: Iterable[Event]) -> frozenset[str]:
    """The labs that were started, or checked with a passed objective, and since then neither completed nor cleaned up.

    A check without a start and without a passed objective does not count.
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
    """The state of every card, ignoring unfounded `surface` events."""
    wrong = unfounded(in_order(events))
    return replay([event for event in events if event.id not in wrong], scheduler)
