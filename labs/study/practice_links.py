"""Links between cards and labs, from the labs' tasks and from comments in decks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from labs.content.deck import Deck
from labs.content.lab import Lab
from labs.content.lab_task import Correction
from labs.content.links import linked


class Practice(msgspec.Struct, frozen=True):
    """A card, the lab that practises it, and the objectives that prove it.

    `applies` is False if the objectives only touch on the content of the card, which is not a recall.
    """

    card: str
    lab: str
    objectives: tuple[str, ...]
    applies: bool = True


def practices(labs: Iterable[Lab], decks: Iterable[Deck]) -> tuple[Practice, ...]:
    """Every link between a card and a lab, except links to no card or to several cards."""
    labs, decks = list(labs), list(decks)
    return (*_from_tasks(labs, decks), *_from_comments(labs, decks))


def _from_tasks(labs: list[Lab], decks: list[Deck]) -> Iterator[Practice]:
    for lab in labs:
        for link in lab.task.cards:
            found = linked(link, decks)
            if len(found) == 1:
                [(deck, card)] = found
                yield Practice(deck.ref(card), lab.id, link.objectives, link.evidence == "applies")


def _from_comments(labs: list[Lab], decks: list[Deck]) -> Iterator[Practice]:
    """A comment that names no objective means all of them."""
    goals = {lab.id: tuple(goal.id for goal in lab.task.objectives) for lab in labs}
    for deck in decks:
        for card in deck.cards:
            for link in card.links:
                if link.lab in goals:
                    named = (link.objective,) if link.objective else goals[link.lab]
                    yield Practice(deck.ref(card), link.lab, named)


def corrections(labs: Iterable[Lab], decks: Iterable[Deck]) -> dict[str, tuple[Correction, ...]]:
    """The corrections of each card, by the card's reference."""
    labs, decks = list(labs), list(decks)
    found: dict[str, tuple[Correction, ...]] = {}
    for lab in labs:
        for link in lab.task.cards:
            for deck, card in linked(link, decks):
                known = found.get(deck.ref(card), ())
                if link.correction is not None and link.correction not in known:
                    found[deck.ref(card)] = (*known, link.correction)
    return found
