"""Readers of decks for their tests."""

from __future__ import annotations

from labs.content import deck as deck_module
from labs.content.deck import Deck, parse
from labs.content.pack import installed_packs

AWS_ECS = installed_packs()[0].decks / "aws-ecs.md"
AWS_ECS_SHA256 = "6fdb24dc4a23a3302b8cb4261365c6956d9c334ca0b01b9b4c9821eb443ff66f"
AWS_ECS_IDS = """
    af85d83cf139409 06f5dd962beff59 a55392eb8179803 209820d1b182d52 b92f426ac2420eb ceb064de383caa9 34240d3282bd125
    c66f6e9e12a562d 4748dc76edc5a8f 2b990dd94c3f9a3 dfe6c179c35fc71 e3b33ea5738bfe6 8b51f274a115238 cc6191a7bd0ea80
    b9f035e4ddfef65 1276b0839db00ef 586e211a98c1870 af92b135d7332d5 95e7007a9315b53 4492596f9990402 1389f55e5c49ee1
    91a3d2ebc844fa5 3bd1a1543887cd0
"""


def markdown_to_anki(raw: bytes) -> list[tuple[str, str]]:
    """The algorithm of markdown-to-anki, with stripped faces, with which our reader must agree on plain decks."""
    text = raw.decode().replace("\t", "    ")
    faces = [card.split("\n---\n") for card in text.split("\n===\n")]
    return [(face[0].strip(), face[1].strip()) for face in faces]


def faces(deck: Deck) -> list[tuple[str, str]]:
    return [(card.question, card.answer) for card in deck.cards]


def codes(deck: Deck) -> list[tuple[int, str]]:
    return [(problem.line, problem.code) for problem in deck.problems]


def one(text: str) -> deck_module.Card:
    (card,) = parse(text.encode()).cards
    return card


def card_with(question: str, answer: str = "An answer") -> deck_module.Card:
    return one(f"{question}\n\n---\n\n{answer}\n")


def ids(raw: bytes) -> list[str]:
    return [card.id for card in parse(raw).cards]
