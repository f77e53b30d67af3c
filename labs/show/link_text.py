"""`labs decks link`: which labs practise each card, and what to write into a deck to link one."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from labs.content.deck import Deck
from labs.show.wording import plural
from labs.study.suggest import CardLinks, ObjectiveRef

SCHEMA = 1
QUESTION = 60
"""Columns that a question may take."""


def render_card_links(deck: Deck, links: Sequence[CardLinks]) -> str:
    """A line for each card, with the most similar objectives for a card without a lab, and a summary."""
    place = deck.path or deck.name
    lines = [line for each in links for line in _card(f"{place}:{each.card.line}", each)]
    without = sum(not each.labs for each in links)
    suggested = next((each.nearest[0] for each in links if each.nearest), None)
    if suggested:
        lines += ["", f"To link a card, add this line above its question: <!-- labs: {suggested.name} -->"]
        lines += ["For a deck that you do not change, add these tables to task.toml of the lab:"]
        lines += [line for each in links for near in each.nearest[:1] for line in _toml(deck, each, near)]
    return "\n".join([*lines, "", f"{plural(len(links), 'card')}, {without} without a lab"])


def card_links_document(deck: Deck, links: Sequence[CardLinks]) -> dict[str, Any]:
    """The links as a JSON document."""
    return {
        "schema": SCHEMA,
        "deck": deck.name,
        "cards": [
            {
                "card": deck.ref(each.card),
                "line": each.card.line,
                "question": each.card.question,
                "labs": list(each.labs),
                "nearest": [{"objective": near.name, "title": near.title} for near in each.nearest],
            }
            for each in links
        ],
    }


def _toml(deck: Deck, links: CardLinks, near: ObjectiveRef) -> Iterator[str]:
    """The TOML table that links a card in task.toml."""
    objective = near.name.partition("#")[2]
    yield from (
        "",
        f"# {near.lab}",
        "[[cards]]",
        f"deck = {json.dumps(deck.name)}",
        f"question = {json.dumps(links.card.question, ensure_ascii=False)}",
        f"objectives = [{json.dumps(objective)}]",
    )


def _card(place: str, links: CardLinks) -> Iterator[str]:
    question = textwrap.shorten(links.card.question, QUESTION, placeholder=" ...")
    yield f"{place}: {question}: {', '.join(links.labs) or 'no lab'}"
    width = max((len(near.name) for near in links.nearest), default=0)
    for near in links.nearest:
        yield f"    {near.name:<{width}}  {near.title}"
