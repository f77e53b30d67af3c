"""Which objectives a card that no lab practises might be practised by: those whose words are nearest to its own.

Ranked by Okapi BM25 (Robertson and Zaragoza, 2009, "The Probabilistic Relevance Framework"): a word counts the more,
the fewer objectives have it. The libraries for it bring numpy, for what is here a hundred short texts.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from labs.content.deck import Card, Deck
from labs.content.lab import Lab
from labs.study.practice_links import practices

SATURATION = 1.5
"""How soon a word that a text repeats stops to count for more (k1)."""
LENGTH = 0.75
"""How much a long text is held against it (b)."""
COMMON = 0.2
"""The share of objectives beyond which a word that they have tells nothing: "the", "is", "task"."""
_WORD = re.compile(r"[a-z0-9]+")


class Target(msgspec.Struct, frozen=True):
    """An objective that a card may be linked to, as its comment names it: `ecs-placement#spread`."""

    name: str
    title: str


class CardLinks(msgspec.Struct, frozen=True):
    """A card of a deck, the labs that practise it, and where none does, the objectives that are nearest to it."""

    card: Card
    labs: tuple[str, ...]
    nearest: tuple[Target, ...] = ()


def card_links(deck: Deck, labs: Iterable[Lab], nearest: int = 0) -> list[CardLinks]:
    """Every card that can be asked, with its labs; with this number of objectives for each that no lab practises."""
    labs = list(labs)
    practised: dict[str, dict[str, None]] = {}
    for link in practices(labs, [deck]):
        practised.setdefault(link.card, {})[link.lab] = None
    ranking = Ranking(labs) if nearest else None
    return [
        CardLinks(
            card,
            own := tuple(practised.get(deck.ref(card), ())),
            ranking.nearest(card, nearest) if ranking and not own else (),
        )
        for card in deck.cards
        if card.complete
    ]


class Ranking:
    """The objectives of labs, ready to be compared with cards."""

    def __init__(self, labs: Iterable[Lab]) -> None:
        told = [_told(lab, goal.id) for lab in labs for goal in lab.task.objectives]
        self._targets = [target for target, _ in told]
        self._counts = [Counter(_words(text)) for _, text in told]
        self._having = Counter(word for counts in self._counts for word in counts)
        self._mean = sum(map(Counter.total, self._counts)) / max(len(told), 1)

    def nearest(self, card: Card, at_most: int) -> tuple[Target, ...]:
        """The objectives that share the most telling words with a card, the nearest first; none that shares none."""
        wanted = {word for word in _words(f"{card.question} {card.answer}") if self._tells(word)}
        scores = [self._score(wanted, counts) for counts in self._counts]
        best = sorted(zip(scores, self._targets, strict=True), key=lambda pair: -pair[0])
        return tuple(target for score, target in best[:at_most] if score > 0)

    def _score(self, wanted: Iterable[str], counts: Counter[str]) -> float:
        length = 1 - LENGTH + LENGTH * counts.total() / self._mean
        return sum(
            self._rarity(word) * counts[word] * (SATURATION + 1) / (counts[word] + SATURATION * length)
            for word in wanted
            if word in counts
        )

    def _tells(self, word: str) -> bool:
        return self._having[word] <= max(1, COMMON * len(self._counts))

    def _rarity(self, word: str) -> float:
        having = self._having[word]
        return math.log(1 + (len(self._counts) - having + 0.5) / (having + 0.5))


def _told(lab: Lab, objective: str) -> tuple[Target, str]:
    """An objective, and all that its lab says to the learner about it."""
    title = lab.title(objective, lab.task.parameters)
    hints: Sequence[str] = lab.goal(objective).hints
    return Target(f"{lab.id}#{objective}", title), " ".join([lab.task.title, title, *hints])


def _words(text: str) -> list[str]:
    """The words of a text, in the singular as far as an `s` makes the plural."""
    return [word.removesuffix("s") if len(word) > 3 else word for word in _WORD.findall(text.casefold())]
