"""A summary of each pack in use: its version, labs and decks, and how well its checks are tested."""

from __future__ import annotations

import msgspec

from labs.content.pack import Catalog
from labs.errors import Fault
from labs.sdk import Pack

SCORES = "mutation.json"
"""The file of a pack's mutation scores in its folder of tasks."""


class PackInfo(msgspec.Struct, frozen=True):
    """One pack. `score` is the share of mutants killed over all labs, None if nothing was measured."""

    name: str
    version: str
    labs: tuple[str, ...]
    decks: tuple[str, ...]
    score: float | None
    measured: int
    """The number of labs with a kill score."""
    faults: tuple[Fault, ...]


class _Score(msgspec.Struct):
    killed: int
    survivors: list[msgspec.Raw]


def pack_infos(catalog: Catalog) -> list[PackInfo]:
    """Each pack of the catalog, with the faults of its labs."""
    _, faults = catalog.readable()
    return [_info(catalog, pack, faults) for pack in catalog.packs]


def _info(catalog: Catalog, pack: Pack, faults: list[Fault]) -> PackInfo:
    labs = tuple(name for name, owner in catalog.labs.items() if owner == pack)
    decks = tuple(sorted(path.stem for path in pack.decks.glob("*.md")))
    scores = _scores(pack)
    own = tuple(fault for fault in faults if fault.where.startswith(str(pack.tasks)))
    return PackInfo(pack.name, pack.version, labs, decks, _kill_score(scores), len(scores), own)


def _scores(pack: Pack) -> list[_Score]:
    try:
        return msgspec.json.decode((pack.tasks / SCORES).read_bytes(), type=list[_Score])
    except (OSError, msgspec.DecodeError, RecursionError):
        return []


def _kill_score(scores: list[_Score]) -> float | None:
    killed = sum(score.killed for score in scores)
    mutants = killed + sum(len(score.survivors) for score in scores)
    return killed / mutants if mutants else None
