"""Starts a study session with the cards that are due."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from labs.study.practice_links import corrections
from labs.study.queue import StudyOptions, cards_in_order, queue
from labs.study.session import StudySession, failed_today_first
from labs.study.study_state import StudyState

if TYPE_CHECKING:
    from labs.content.deck import Deck
    from labs.content.pack import Catalog
    from labs.learner.history import History


def start_session(
    catalog: Catalog,
    history: History,
    options: StudyOptions,
    decks: Sequence[Deck],
    foreign: Sequence[Deck] = (),
) -> StudySession:
    """A session with the due cards of these decks; `foreign` are the decks among them that belong to no pack."""
    learner = history.learner(catalog, foreign)
    learner = replace(learner, pool=replace(learner.pool, order=cards_in_order(decks)))
    config = learner.study_config(history.new_event, cram=options.cram)
    now = history.new_event.now()
    entries = failed_today_first(queue(learner.pool, now, options), learner, now)
    state = StudyState.start(config, entries, learner.pool.states)
    by_name = {deck.name: deck for deck in decks}
    return StudySession(state, history.store, learner, by_name, corrections(learner.labs, decks))
