"""Suggests objectives that could practise a card without a lab: those whose words are most similar to the card's.

Ranked by Okapi BM25 (Robertson and Zaragoza, 2009, "The Probabilistic Relevance Framework"): rare words count more.
The libraries for it need numpy, which is too much for a hundred short texts.
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
"""The least score of an objective of the deck's own pack: below it, single words are shared by chance."""
MIN_FOREIGN_SCORE, MIN_COVERAGE = 15.0, 0.5
"""For objectives of other packs: the least score, and the least share of what the card says, rare words first.

Measured on the decks of two packs and on eighteen cards about other services: none of those is suggested anything.
"""
_WORD = re.compile(r"[a-z0-9]+")


class ObjectiveRef(msgspec.Struct, frozen=True):
    """An objective that a card may be linked to, as its comment names it: `ecs-placement#spread`."""

    name: str
    title: str

    @property
    def lab(self) -> str:
        """The lab of the objective."""
        return self.name.partition("#")[0]


class CardLinks(msgspec.Struct, frozen=True):
    """A card of a deck, the labs that practise it, and where none does, the objectives that are nearest to it."""

    card: Card
    labs: tuple[str, ...]
    nearest: tuple[ObjectiveRef, ...] = ()


def card_links(
    deck: Deck, labs: Iterable[Lab], nearest: int = 0, own: Collection[str] = ()
) -> list[CardLinks]:
    """Every card that can be asked, with its labs; with this number of objectives for each that no lab practises.

    `own` are the labs of the deck's pack. Others are suggested only where none of these is near, and they are near.
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
    """The objectives of labs, ready to be compared with cards."""

    def __init__(self, labs: Iterable[Lab]) -> None:
        described = [_described(lab, goal.id) for lab in labs for goal in lab.task.objectives]
        self._targets = [target for target, _ in described]
        self._counts = [Counter(_words(text)) for _, text in described]
        self._having = Counter(word for counts in self._counts for word in counts)
        self._mean = sum(map(Counter.total, self._counts)) / max(len(described), 1)

    def nearest(self, card: Card, at_most: int, own: Collection[str] = ()) -> tuple[ObjectiveRef, ...]:
        """The objectives that share the most telling words with a card, the nearest first; none if none is near.

        Those of labs that are not `own` come in only where no other does, and must share most of what the card says.
        """
        words = set(_words(f"{card.question} {card.answer}"))
        wanted = {word for word in words if self._is_telling(word)}
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
        """The share of a card's telling words that an objective has, each counted by its rarity."""
        rarities = {word: self._rarity(word) for word in wanted}
        return sum(rarities[word] for word in rarities if word in counts) / sum(rarities.values())

    def _score(self, wanted: Iterable[str], counts: Counter[str]) -> float:
        length = 1 - LENGTH + LENGTH * counts.total() / self._mean
        return sum(
            self._rarity(word) * counts[word] * (SATURATION + 1) / (counts[word] + SATURATION * length)
            for word in wanted
            if word in counts
        )

    def _is_telling(self, word: str) -> bool:
        return self._having[word] <= max(1, MAX_WORD_SHARE * len(self._counts))

    def _rarity(self, word: str) -> float:
        having = self._having[word]
        return math.log(1 + (len(self._counts) - having + 0.5) / (having + 0.5))


def _described(lab: Lab, objective: str) -> tuple[ObjectiveRef, str]:
    """An objective, and all that its lab says to the learner about it."""
    title = lab.title(objective, lab.task.parameters)
    hints: Sequence[str] = lab.goal(objective).hints
    return ObjectiveRef(f"{lab.id}#{objective}", title), " ".join([lab.task.title, title, *hints])


def _words(text: str) -> list[str]:
    """The words of a text, in the singular as far as an `s` makes the plural."""
    return [word.removesuffix("s") if len(word) > 3 else word for word in _WORD.findall(text.casefold())]
