"""`labs list`: decks and labs in learning order, with progress and the next step."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any

import msgspec
from msgspec.structs import asdict

from labs.content.lab import Lab
from labs.errors import UsageError
from labs.show.wording import plural
from labs.study.learner import Learner
from labs.study.progress import CardProgress, card_progress, lab_progress
from labs.study.proposals import Proposal, next_step

SCHEMA = 1
LEGEND = ["✓ done", "◐ in progress", "✗ no objective passed", "· not started"]


class LabEntry(msgspec.Struct, frozen=True):
    """One lab in the list; `score` is the best so far, None if it was never checked."""

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
        """Whether every objective passed in one check."""
        return self.score == self.total

    def shown(self) -> str:
        """The lab with its sign: done, started, checked without success, or new."""
        if self.done:
            return f"✓ {self.lab}"
        if self.score is None:
            return f"· {self.lab}"
        return f"{'◐' if self.score else '✗'} {self.lab} {self.score}/{self.total}"


class DeckCounts(msgspec.Struct, frozen=True):
    """How many cards a deck has, and the learner's progress with them."""

    deck: str
    cards: int
    known: int
    practised: int
    mastered: int
    due: int


class Entries(msgspec.Struct, frozen=True):
    """The content of the list: labs, decks, and the next step."""

    labs: tuple[LabEntry, ...]
    decks: tuple[DeckCounts, ...]
    next: Proposal | None


def entries(learner: Learner, now: datetime) -> Entries:
    """Every lab with its best score, in learning order, and every deck with the learner's progress."""
    cards = card_progress(learner, now)
    best = {lab.lab: lab.score for lab in lab_progress(learner)}
    labs = tuple(_entry(lab, cards, best.get(lab.id)) for lab in learner.labs)
    decks: dict[str, int] = {}
    for card in learner.cards:
        name = card.partition(":")[0]
        decks[name] = decks.get(name, 0) + 1
    counts = tuple(_counts(name, number, cards) for name, number in decks.items())
    return Entries(labs, counts, next_step(learner, now))


def _entry(lab: Lab, cards: Iterable[CardProgress], score: int | None) -> LabEntry:
    task = lab.task
    return LabEntry(
        lab.id,
        task.title,
        task.deck,
        task.group,
        task.requires,
        task.minutes,
        sum(lab.id in card.labs for card in cards),
        score,
        len(task.objectives),
    )


def _counts(deck: str, number: int, cards: Iterable[CardProgress]) -> DeckCounts:
    own = [card for card in cards if card.card.partition(":")[0] == deck]
    return DeckCounts(
        deck,
        number,
        sum(card.known for card in own),
        sum(card.practised for card in own),
        sum(card.mastered for card in own),
        sum(card.due for card in own),
    )


def filtered(found: Entries, word: str = "", *, todo: bool = False) -> Entries:
    """The labs of the deck with this name; else those with the word in name, title or deck. Raises UsageError.

    With `todo`, only labs that are not done yet.
    """
    wanted = word.lower()
    labs = [lab for lab in found.labs if wanted == lab.deck.lower()] or [
        lab for lab in found.labs if wanted in f"{lab.lab} {lab.title} {lab.deck}".lower()
    ]
    if not labs:
        raise UsageError(f"No lab or deck matches {word!r}. See all: labs list --all")
    labs = [lab for lab in labs if not (todo and lab.done)]
    decks = {lab.deck for lab in labs}
    return Entries(tuple(labs), tuple(deck for deck in found.decks if deck.deck in decks), found.next)


def render_catalog(found: Entries, width: int, height: int | None = None) -> str:
    """The list as text: all labs, or what fits on this many lines, with decks in progress first."""
    counts = {deck.deck: deck for deck in found.decks}
    parts = {
        name: _deck(name, list(labs), counts.get(name), width)
        for name, labs in groupby(found.labs, lambda entry: entry.deck)
    }
    foot = [*_row("", LEGEND, 2, width), "", *_folded(f"Next: {_step(found)}", width)]
    if height is None or sum(map(len, parts.values())) + len(foot) < height:
        return "\n".join([*(line for part in parts.values() for line in part), *foot])
    return "\n".join([*_overview(found, parts, counts, width, height - len(foot) - 1), *foot])


def _folded(text: str, width: int) -> list[str]:
    """A line with the margin of the list, wrapped between words."""
    return textwrap.wrap(
        text,
        width,
        initial_indent="  ",
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _overview(
    found: Entries,
    parts: Mapping[str, list[str]],
    counts: Mapping[str, DeckCounts],
    width: int,
    height: int,
) -> Iterator[str]:
    """The labs of the deck in progress, a line for each other deck that was started, and the names of the rest."""
    started = {lab.deck for lab in found.labs if lab.score is not None}
    started |= {name for name, deck in counts.items() if deck.known}
    of_next = [lab.deck for lab in found.labs if found.next and lab.lab == found.next.lab]
    open_deck = next(iter([*of_next, *(name for name in parts if name in started), *parts]))
    started -= {open_deck}
    rest = [name for name in parts if name not in started | {open_deck}]
    hint = f"{len(rest)} more decks: {', '.join(rest)}" if rest else ""
    more = textwrap.wrap(hint, width - 2, initial_indent="  ", subsequent_indent="  ")
    yield from parts[open_deck]
    free = height - len(parts[open_deck]) - 1
    heads = [parts[name][0] for name in parts if name in started]
    kept = heads[: max(free - min(len(more), 3), 1)]
    yield from kept
    left = max(free - len(kept), 1)
    yield from more[:left]
    yield "  One deck: labs list DECK   Find labs: labs list WORD   All: labs list --all"


def _deck(name: str, labs: list[LabEntry], counts: DeckCounts | None, width: int) -> list[str]:
    """A deck's line, and below it its labs by group."""
    groups = {
        group: [entry.shown() for entry in some] for group, some in groupby(labs, lambda each: each.group)
    }
    column = max(map(len, groups)) + 4
    head = f"{name}: {sum(entry.done for entry in labs)} of {plural(len(labs), 'lab')} done{_deck_counts(counts)}"
    rows = [row for group, shown in groups.items() for row in _row(group, shown, column, width)]
    return ["\n".join(textwrap.wrap(head, width, subsequent_indent="  ")), "", *rows, ""]


def catalog_document(all_entries: Entries) -> dict[str, Any]:
    """The list as a JSON document."""
    step = all_entries.next
    return {
        "schema": SCHEMA,
        "decks": [asdict(deck) for deck in all_entries.decks],
        "labs": [{**asdict(entry), "done": entry.done} for entry in all_entries.labs],
        "next": asdict(step) if step else None,
    }


def _deck_counts(deck: DeckCounts | None) -> str:
    if deck is None:
        return ""
    known = f"{deck.known} known, {deck.practised} practiced, {deck.mastered} mastered"
    return f", {plural(deck.cards, 'card')} ({known}{f', {deck.due} due' if deck.due else ''})"


def _step(all_entries: Entries) -> str:
    step = all_entries.next
    if step is None:
        return "All labs are done and no cards are due."
    return f"{f'labs show {step.lab}' if step.lab else 'labs study'} ({step.why})"


def _row(group: str, shown: list[str], column: int, width: int) -> list[str]:
    """One group, wrapped between labs."""
    glued = "   ".join(each.replace(" ", "\0") for each in shown)
    rows = textwrap.wrap(glued, max(width - column, 30), break_long_words=False, break_on_hyphens=False)
    return [
        f"{f'  {group}' if not number else '':<{column}}{row}".replace("\0", " ")
        for number, row in enumerate(rows)
    ]
