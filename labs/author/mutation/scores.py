"""The stored mutation scores of a pack's labs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import msgspec

from labs.author.mutation.mutant import Mutant
from labs.author.mutation.sources import CheckSources, sources_of
from labs.content.lab import Lab
from labs.content.pack import Catalog
from labs.sdk import Pack

MIN_SHARE = 0.9
"""The share of mutants that each lab must kill."""

FILE = "mutation.json"
"""The file of a pack's scores, in the folder of its tasks."""


class Survivor(msgspec.Struct, frozen=True):
    """A mutant that nothing detected: its module, its line, and the change as source text."""

    module: str
    line: int
    change: str


class Score(msgspec.Struct, frozen=True):
    """The results of a lab's mutants; `check` is the fingerprint of the check that they were made of."""

    lab: str
    check: str
    states: int
    killed: int
    survivors: tuple[Survivor, ...]

    @property
    def mutants(self) -> int:
        """The number of mutants."""
        return self.killed + len(self.survivors)

    @property
    def share(self) -> float:
        """The share of killed mutants; 1 if there are no mutants."""
        return self.killed / self.mutants if self.mutants else 1.0


def survivor(mutant: Mutant) -> Survivor:
    """A surviving mutant in the form that is stored."""
    return Survivor(mutant.module, mutant.line, mutant.change)


def fingerprint(sources: CheckSources) -> str:
    """A hash of the sources of a check, including the shared modules that it imports."""
    texts = msgspec.json.encode(sorted(sources.texts.items()))
    return hashlib.sha256(texts).hexdigest()[:16]


def read_scores(pack: Pack) -> dict[str, Score]:
    """The stored scores of a pack by lab. Raises msgspec.DecodeError if the file is malformed."""
    file = pack.tasks / FILE
    if not file.is_file():
        return {}
    scores = msgspec.json.decode(file.read_bytes(), type=tuple[Score, ...])
    return {score.lab: score for score in scores}


def keep_scores(pack: Pack, new: Iterable[Score]) -> None:
    """Stores new scores, which replace older ones of the same labs."""
    kept = {**read_scores(pack), **{score.lab: score for score in new}}
    encoded = msgspec.json.encode([kept[name] for name in sorted(kept)])
    (pack.tasks / FILE).write_bytes(msgspec.json.format(encoded) + b"\n")


class Known(msgspec.Struct, frozen=True):
    """A stored score, and whether the check is still the one that was measured."""

    score: Score
    current: bool


def known_scores(catalog: Catalog, labs: Iterable[Lab]) -> dict[str, Known]:
    """The stored scores of these labs, by lab."""
    found = {}
    for lab in labs:
        pack = catalog.labs[lab.id]
        score = read_scores(pack).get(lab.id)
        if score is not None:
            found[lab.id] = Known(score, score.check == fingerprint(sources_of(pack, lab.id)))
    return found
