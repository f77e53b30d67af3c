"""Starts a study session: the cards that are due, in their order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from labs.study.practice_links import corrections
from labs.study.queue import StudyOptions, cards_in_order, queue
from labs.study.session import StudySession, in_turn
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
    """A session with the cards of these decks that are due; `foreign` are those of them that no pack holds."""
    learner = history.learner(catalog, foreign)
    learner = replace(learner, pool=replace(learner.pool, order=cards_in_order(decks)))
    config = learner.study_config(history.new_event, cram=options.cram)
    now = history.new_event.now()
    entries = in_turn(queue(learner.pool, now, options), learner, now)
    state = StudyState.start(config, entries, learner.pool.states)
    by_name = {deck.name: deck for deck in decks}
    return StudySession(state, history.store, learner, by_name, corrections(learner.labs, decks))
