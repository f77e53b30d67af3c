"""Suggests objectives for cards without a lab, by similarity of words.

Ranked by Okapi BM25 (Robertson and Zaragoza, 2009, "The Probabilistic Relevance Framework"): rare words count more.
Libraries for BM25 need numpy, which is too large for a hundred short texts.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from functools import partial

import msgspec

from labs.content.deck import Card, Deck
from labs.content.lab import Lab
from labs.study.practice_links import practices

SATURATION = 1.5
"""BM25's k1: how soon further repetitions of a word stop counting."""
LENGTH = 0.75
"""BM25's b: how much the length of a text lowers its score."""
MAX_WORD_SHARE = 0.2
"""A word in a larger share of the objectives is ignored: "the", "is", "task"."""
MIN_SCORE = 6.0
"""Minimum score of an objective of the deck's own pack: below it, shared words are chance."""
MIN_FOREIGN_SCORE, MIN_COVERAGE = 15.0, 0.5
"""Minimum score for objectives of other packs, and minimum share of the card's words, weighted by rarity.

Measured on the decks of two packs and on eighteen cards about other services, which get no suggestions.
"""
_WORD = re.compile(r"[a-z0-9]+")


class ObjectiveRef(msgspec.Struct, frozen=True):
    """An objective by its name in deck comments: `ecs-placement#spread`."""

    name: str
    title: str

    @property
    def lab(self) -> str:
        """The lab of the objective."""
        return self.name.partition("#")[0]


class CardLinks(msgspec.Struct, frozen=True):
    """A card with the labs that practise it, or the most similar objectives if there are none."""

    card: Card
    labs: tuple[str, ...]
    nearest: tuple[ObjectiveRef, ...] = ()


def card_links(
    deck: Deck, labs: Iterable[Lab], nearest: int = 0, own: Collection[str] = ()
) -> list[CardLinks]:
    """Every complete card with its labs, and up to `nearest` suggestions for cards without a lab.

    `own` are the labs of the deck's pack; others are suggested only if none of these is similar enough.
    """
    labs = list(labs)
    practised: dict[str, dict[str, None]] = {}
    for link in practices(labs, [deck]):
        practised.setdefault(link.card, {})[link.lab] = None
    ranking = Ranking(labs) if nearest else None
    return [
        CardLinks(
            card,
            linked := tuple(practised.get(deck.ref(card), ())),
            ranking.nearest(card, nearest, own) if ranking and not linked else (),
        )
        for card in deck.cards
        if card.complete
    ]


class Ranking:
    """An index of objectives for comparison with cards."""

    def __init__(self, labs: Iterable[Lab]) -> None:
        described = [_described(lab, goal.id) for lab in labs for goal in lab.task.objectives]
        self._targets = [target for target, _ in described]
        self._counts = [Counter(_words(text)) for _, text in described]
        self._having = Counter(word for counts in self._counts for word in counts)
        self._mean = sum(map(Counter.total, self._counts)) / max(len(described), 1)

    def nearest(self, card: Card, at_most: int, own: Collection[str] = ()) -> tuple[ObjectiveRef, ...]:
        """The objectives most similar to a card, best first; empty if none is similar enough.

        Objectives of labs that are not `own` count only if no other is found, and have stricter limits.
        """
        words = set(_words(f"{card.question} {card.answer}"))
        wanted = {word for word in words if self._is_distinctive(word)}
        scored = zip(
            map(partial(self._score, wanted), self._counts), self._targets, self._counts, strict=True
        )
        best = sorted(scored, key=lambda each: -each[0])
        near = [target for score, target, _ in best if score >= MIN_SCORE and target.lab in own]
        far = [
            target
            for score, target, counts in best
            if score >= MIN_FOREIGN_SCORE and self._coverage(wanted, counts) >= MIN_COVERAGE
        ]
        return tuple((near or far)[:at_most])

    def _coverage(self, wanted: Iterable[str], counts: Counter[str]) -> float:
        """The share of the card's distinctive words in an objective, weighted by rarity."""
        rarities = {word: self._rarity(word) for word in wanted}
        return sum(rarities[word] for word in rarities if word in counts) / sum(rarities.values())

    def _score(self, wanted: Iterable[str], counts: Counter[str]) -> float:
        length = 1 - LENGTH + LENGTH * counts.total() / self._mean
        return sum(
            self._rarity(word) * counts[word] * (SATURATION + 1) / (counts[word] + SATURATION * length)
            for word in wanted
            if word in counts
        )

    def _is_distinctive(self, word: str) -> bool:
        return self._having[word] <= max(1, MAX_WORD_SHARE * len(self._counts))

    def _rarity(self, word: str) -> float:
        having = self._having[word]
        return math.log(1 + (len(self._counts) - having + 0.5) / (having + 0.5))


def _described(lab: Lab, objective: str) -> tuple[ObjectiveRef, str]:
    """An objective, and all texts of its lab about it."""
    title = lab.title(objective, lab.task.parameters)
    hints: Sequence[str] = lab.goal(objective).hints
    return ObjectiveRef(f"{lab.id}#{objective}", title), " ".join([lab.task.title, title, *hints])


def _words(text: str) -> list[str]:
    """The words of a text, without a plural `s`."""
    return [word.removesuffix("s") if len(word) > 3 else word for word in _WORD.findall(text.casefold())]
