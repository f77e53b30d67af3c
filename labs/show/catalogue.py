"""`labs list`: decks and labs in the order of learning, with what is done and what comes next."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from labs.deck import Deck
from labs.links import linked
from labs.pack import Shelf

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """One lab in the list; `score` is the best so far, None where it was never checked."""

    lab: str
    title: str
    deck: str
    group: str
    requires: tuple[str, ...]
    minutes: int
    cards: int
    score: int | None
    total: int

    @property
    def done(self) -> bool:
        """Every objective passed at once."""
        return self.score == self.total

    def shown(self) -> str:
        """The lab with its sign: done, begun, tried without success, or new."""
        if self.done:
            return f"✓ {self.lab}"
        if self.score is None:
            return f"· {self.lab}"
        return f"{'◐' if self.score else '✗'} {self.lab} {self.score}/{self.total}"


@dataclass(frozen=True, slots=True)
class Entries:
    """All labs, and the decks with their numbers of cards."""

    labs: tuple[Entry, ...]
    decks: Mapping[str, int]

    def next(self) -> Entry | None:
        """The lab to do next: one that was begun, else the first whose prerequisites are done."""
        done = {entry.lab for entry in self.labs if entry.done}
        open_ = [entry for entry in self.labs if not entry.done and done.issuperset(entry.requires)]
        begun = [entry for entry in open_ if entry.score is not None]
        return next(iter(begun or open_), None)


def entries(shelf: Shelf, best: Mapping[str, tuple[int, int]], decks: Iterable[Deck]) -> Entries:
    """Every lab with its best score, in the order of learning."""
    decks = list(decks)
    labs = []
    for lab in shelf.all():
        task = lab.task
        cards = {card.id for link in task.cards for _, card in linked(link, decks)}
        score, _ = best.get(lab.id, (None, 0))
        labs.append(
            Entry(
                lab.id,
                task.title,
                task.deck,
                task.group,
                task.requires,
                task.minutes,
                len(cards),
                score,
                len(task.objectives),
            )
        )
    return Entries(tuple(labs), {deck.name: len(deck.cards) for deck in decks})


def text(all_entries: Entries, width: int) -> str:
    """The list for people."""
    lines: list[str] = []
    for deck, labs in groupby(all_entries.labs, lambda entry: entry.deck):
        here = list(labs)
        lines.append(
            f"{deck} · {all_entries.decks.get(deck, 0)} cards · {_done(here)} of {len(here)} labs done\n"
        )
        groups = {
            group: [entry.shown() for entry in some] for group, some in groupby(here, lambda each: each.group)
        }
        column = max(map(len, groups)) + 4
        for group, shown in groups.items():
            lines += _row(group, shown, column, width)
        lines.append("")
    following = all_entries.next()
    if following:
        lines.append(f"  next: labs show {following.lab}   {following.title} ({following.minutes} min)")
    elif all_entries.labs:
        lines.append("  Every lab is done.")
    return "\n".join(lines)


def document(all_entries: Entries) -> dict[str, Any]:
    """The list for scripts."""
    following = all_entries.next()
    return {
        "schema": SCHEMA,
        "decks": [{"deck": deck, "cards": cards} for deck, cards in all_entries.decks.items()],
        "labs": [{**asdict(entry), "done": entry.done} for entry in all_entries.labs],
        "next": following.lab if following else None,
    }


def _done(labs: Iterable[Entry]) -> int:
    return sum(entry.done for entry in labs)


def _row(group: str, shown: list[str], column: int, width: int) -> list[str]:
    """One group, wrapped between labs and never within one."""
    glued = "   ".join(each.replace(" ", "\0") for each in shown)
    rows = textwrap.wrap(glued, max(width - column, 30), break_long_words=False, break_on_hyphens=False)
    return [
        f"{f'  {group}' if not number else '':<{column}}{row}".replace("\0", " ")
        for number, row in enumerate(rows)
    ]
