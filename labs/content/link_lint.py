"""A linter of links: cards that no lab practises, links that match no card or several."""

from __future__ import annotations

from collections.abc import Iterator
from os.path import realpath
from typing import Any

from labs.content.deck import Deck
from labs.content.lab import Lab
from labs.content.links import linked
from labs.content.markdown import normalise
from labs.content.pack import Catalog
from labs.content.text_lint import avoided, words_of


def add_links(report: dict[str, Any], catalog: Catalog) -> dict[str, Any]:
    """The report of `labs.content.deck_lint`, with these warnings for the decks of packs; others have no labs."""
    labs, _ = catalog.readable()
    own = {realpath(deck.path): deck for deck in catalog.decks() if deck.path}
    return {
        **report,
        "decks": [
            _with_links(entry, own.get(realpath(entry["path"])), labs, catalog) for entry in report["decks"]
        ],
    }


def _with_links(
    entry: dict[str, Any], deck: Deck | None, labs: list[Lab], catalog: Catalog
) -> dict[str, Any]:
    if deck is None:
        return entry
    found = [
        *_cards_without_lab(deck, labs),
        *_links_astray(deck, labs),
        *_comments_astray(deck, labs),
        *_avoided_words(deck, labs, catalog),
    ]
    return {**entry, "problems": sorted([*entry["problems"], *found], key=lambda problem: problem["line"])}


def _cards_without_lab(deck: Deck, labs: list[Lab]) -> Iterator[dict[str, Any]]:
    practised = {
        normalise(link.question) for lab in labs for link in lab.task.cards if link.deck == deck.name
    }
    for card in deck.cards:
        if card.complete and not card.links and normalise(card.question) not in practised:
            what = (
                "No lab practices this card. Name its question in a lab's task.toml, or the lab in a comment."
            )
            yield _warning(card.line, "no-lab", what)


def _links_astray(deck: Deck, labs: list[Lab]) -> Iterator[dict[str, Any]]:
    for lab in labs:
        for link in lab.task.cards:
            found = linked(link, [deck]) if link.deck == deck.name else [None]
            if not found:
                what = f"Lab {lab.id} names a card that is not here: {link.question!r}. Was its question changed?"
                yield _warning(1, "link-to-no-card", what)
            elif len(found) > 1:
                what = f"Lab {lab.id} names {len(found)} cards by {link.question!r}: give one of them another question."
                yield _warning(1, "link-to-several-cards", what)


def _comments_astray(deck: Deck, labs: list[Lab]) -> Iterator[dict[str, Any]]:
    goals = {lab.id: {goal.id for goal in lab.task.objectives} for lab in labs}
    for card in deck.cards:
        for link in card.links:
            if link.lab not in goals or (link.objective and link.objective not in goals[link.lab]):
                target = f"{link.lab}#{link.objective}" if link.objective else link.lab
                yield _warning(
                    card.line, "link-to-no-lab", f"This card links to {target}, which is not there."
                )


def _avoided_words(deck: Deck, labs: list[Lab], catalog: Catalog) -> Iterator[dict[str, Any]]:
    """The words in the updates to the deck's cards that the pack of their lab avoids."""
    for lab in labs:
        words = words_of(catalog.labs[lab.id])
        for link in lab.task.cards:
            if link.correction and link.deck == deck.name:
                for found, instead in avoided(link.correction.text, words):
                    what = (
                        f"The correction of {link.question!r} in lab {lab.id} has {found!r}: write {instead}."
                    )
                    yield {"line": 1, "code": "avoided-word", "level": "error", "message": what}


def _warning(line: int, code: str, message: str) -> dict[str, Any]:
    return {"line": line, "code": code, "level": "warning", "message": message}
