"""Resolves links between labs and cards."""

from __future__ import annotations

from collections.abc import Iterable

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
