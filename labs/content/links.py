"""Resolves links between labs and cards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from labs.content.deck import Card, Deck
from labs.content.lab import Lab
from labs.content.lab_task import CardLink
from labs.content.markdown import normalise


def linked(link: CardLink, decks: Iterable[Deck]) -> list[tuple[Deck, Card]]:
    """The cards that a link refers to: those with the same normalised question, in decks with its name."""
    wanted = normalise(link.question)
    return [
        (deck, card)
        for deck in decks
        if deck.name == link.deck
        for card in deck.cards
        if normalise(card.question) == wanted
    ]


def missing_cards(lab: Lab, decks: Iterable[Deck]) -> Iterator[str]:
    """The decks and cards that a lab names and that are in no pack."""
    decks = list(decks)
    names = {deck.name for deck in decks}
    for name in dict.fromkeys((lab.task.deck, *(link.deck for link in lab.task.cards))):
        if name not in names:
            yield f"{lab.id}: no pack has a deck {name!r}. Create decks/{name}.md, or correct task.toml"
    for link in lab.task.cards:
        if link.deck in names and not linked(link, decks):
            yield f"{lab.id}: deck {link.deck!r} has no card {link.question!r}. Correct the question in task.toml"


def questions(decks: Iterable[Deck]) -> dict[str, str]:
    """The question of each card, by the card's reference in verdicts and in the learner's history."""
    return {deck.ref(card): card.question for deck in decks for card in deck.cards}


def objective_cards(lab: Lab, decks: Iterable[Deck]) -> dict[str, tuple[str, ...]]:
    """The references of the cards that each objective of a lab practises."""
    decks = list(decks)
    cards: dict[str, list[str]] = {}
    for link in lab.task.cards:
        for deck, card in linked(link, decks):
            for objective in link.objectives:
                cards.setdefault(objective, []).append(deck.ref(card))
    for deck in decks:
        for card in deck.cards:
            for own in card.links:
                if own.lab == lab.id and own.objective:
                    cards.setdefault(own.objective, []).append(deck.ref(card))
    return {objective: tuple(dict.fromkeys(found)) for objective, found in cards.items()}
