"""Reads a deck of flashcards: a Markdown file of cards between `===` lines, each with a question, `---` and an answer.

The format is that of the npm tool markdown-to-anki, which splits the text at lines that are exactly `===`, and
each card at `---`. Decks that it accepts give the same cards here. In addition, separators may be longer, have spaces
or end in CR LF, code fences hide them, and a second `---` belongs to the answer, which the original cuts there.

A deck belongs to its author, so nothing here writes. The spans of the cards cover the file from the first byte
to the last: a card's span starts after the `===` of the card before and ends with its own. Empty parts belong to
the card before them; a byte order mark and front matter belong to the first card.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import count, pairwise
from pathlib import Path
from typing import Literal

import msgspec
from msgspec.structs import replace

from labs.content import deck_parser, markdown
from labs.content.markdown import Image, Link, card_id, plain
from labs.system.files import regular

__all__ = ["Card", "Deck", "Image", "Link", "Problem", "card_id", "parse", "plain", "read_deck"]

MAX_BYTES = 16 * 1024 * 1024
"""Maximum size of a deck; a larger file is refused."""
SLIDES = 3
"""From this number of `---` lines without any `===`, they are the page breaks of slides, not one card."""


class Problem(msgspec.Struct, frozen=True):
    """An error in a deck, or something that its author may not have meant (`warning`).

    `line` counts from 1; 1 also stands for the file as a whole.
    """

    line: int
    code: str
    level: Literal["error", "warning"]
    message: str


class Card(msgspec.Struct, frozen=True):
    """A question and its answer, as Markdown without comments and control characters, and their position.

    `span` is the first byte and the byte after the last; `line` is where an editor should open the deck, from 1.
    """

    id: str
    question: str
    answer: str
    span: tuple[int, int]
    line: int
    links: tuple[Link, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether the card has a question and an answer; only complete cards are scheduled."""
        return bool(self.question and self.answer)

    @property
    def counts(self) -> tuple[int, ...]:
        """The numbers of answers that the question asks for."""
        return markdown.counts(self.question)

    @property
    def items(self) -> tuple[str, ...]:
        """The top-level items of the answer, each as its first paragraph."""
        return markdown.listing(self.answer).items

    @property
    def ordered(self) -> bool:
        """Whether the answer numbers its items."""
        return markdown.listing(self.answer).ordered

    @property
    def question_images(self) -> tuple[Image, ...]:
        """The pictures of the question."""
        return markdown.images(self.question)

    @property
    def answer_images(self) -> tuple[Image, ...]:
        """The pictures of the answer."""
        return markdown.images(self.answer)

    @property
    def count(self) -> int | None:
        """The number of answers that the question asks for ("(3)"); None if it names no number or several."""
        return self.counts[0] if len(self.counts) == 1 else None

    @property
    def by_items(self) -> bool:
        """Whether the answer can be graded item by item: it has exactly as many items as the question asks for."""
        return self.count == len(self.items) and not self.pictures_only

    @property
    def images(self) -> tuple[Image, ...]:
        """The pictures of the question, then those of the answer."""
        return self.question_images + self.answer_images

    @property
    def pictures_only(self) -> bool:
        """Whether the answer consists of pictures only."""
        words = markdown.replace_images(self.answer, lambda _: "")
        return bool(self.answer_images) and not any(map(str.isalnum, words))


class Deck(msgspec.Struct, frozen=True):
    """The cards of one file, and the errors in it; `labs.content.deck_lint.lint` adds the warnings."""

    path: Path | None
    name: str
    cards: tuple[Card, ...]
    problems: tuple[Problem, ...] = ()
    raw: bytes = b""

    def ref(self, card: Card) -> str:
        """The card's reference, unique among decks with different names: `aws-ecs:` and its id."""
        return f"{self.name}:{card.id}"

    def find(self, question: str) -> tuple[Card, ...]:
        """The cards with this question, ignoring case, spaces and punctuation."""
        wanted = markdown.normalise(question)
        return tuple(card for card in self.cards if markdown.normalise(card.question) == wanted)


def read_deck(path: Path) -> Deck:
    """The deck in a file; if it cannot be read, a deck without cards and with an error that gives the reason."""
    try:
        with regular(path).open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = plain(error.strerror or str(error))
        return _refused(
            path, _error(1, "cannot-read", f"Cannot read this file: {reason}. Is it the path you meant?")
        )
    if len(raw) > MAX_BYTES:
        return _refused(
            path, _error(1, "too-large", f"More than {MAX_BYTES >> 20} MiB: this is not a deck. Split it.")
        )
    return parse(raw, path)


def parse(raw: bytes, path: Path | None = None) -> Deck:
    """Parses a deck. Never raises: errors are problems with their line."""
    lines, unclosed = deck_parser.scan(raw)
    problems = [*_not_text(raw), *_unclosed(unclosed)]
    body = lines[deck_parser.front_matter(lines) :]
    filled = [part for part in deck_parser.split_cards(body) if not part.empty]
    refusal = _refusal(body, filled)
    if refusal:
        return replace(_refused(path, *problems, refusal), raw=raw)
    bounds = [0, *(part.lines[0].start for part in filled[1:]), len(raw)]
    read = [_card(part, span) for part, span in zip(filled, pairwise(bounds), strict=True)]
    for part, card in zip(filled, read, strict=True):
        problems += [*_incomplete(part, card), *_bad_comments(part)]
    cards, doubles = _distinct(read)
    return Deck(path, _name(path), cards, _by_line(*problems, *doubles), raw)


def _card(part: deck_parser.CardLines, span: tuple[int, int]) -> Card:
    return Card(
        id=card_id(part.question),
        question=markdown.without_comments(part.question),
        answer=markdown.without_comments(part.answer),
        span=span,
        line=part.first,
        links=markdown.marks(part.question).links,
    )


def _distinct(cards: Sequence[Card]) -> tuple[tuple[Card, ...], list[Problem]]:
    """The cards with unique ids: the second card with the same id gets `-2`, the third `-3`."""
    first: dict[str, Card] = {}
    taken = {card.id for card in cards}
    numbers: dict[str, Iterator[int]] = defaultdict(lambda: count(2))
    distinct: list[Card] = []
    problems: list[Problem] = []
    for card in cards:
        original = first.setdefault(card.id, card)
        if original is not card:
            problems += _double(card, original)
            free = next(name for number in numbers[card.id] if (name := f"{card.id}-{number}") not in taken)
            taken.add(free)
            distinct.append(replace(card, id=free))
        else:
            distinct.append(card)
    return tuple(distinct), problems


def _double(card: Card, original: Card) -> Iterator[Problem]:
    if markdown.normalise(card.question) != markdown.normalise(original.question):
        what = f"The id {card.id!r} is that of the card on line {original.line} already. Give one of them another id."
        yield _error(card.line, "duplicate-id", what)
    elif card.question:
        what = (
            f"This question has the same letters and digits as the one on line {original.line}: what you know of one "
            "would count for the other. Word it differently, delete one, or put <!-- id: a-name --> into this one."
        )
        yield _error(card.line, "duplicate-question", what)


def _incomplete(part: deck_parser.CardLines, card: Card) -> Iterator[Problem]:
    line = part.middle.number if part.middle else card.line
    if not card.question:
        what = "This card has an answer and no question, so it is never asked. Write the question above the '---'."
        yield _error(line, "empty-question", what)
    if part.middle is None:
        what = "This card has no line '---', so it has no answer and is never asked. Put '---' below the question."
        yield _error(line, "empty-answer", what)
    elif not card.answer:
        what = (
            "Nothing follows this '---': a card without an answer is never asked. Write the answer below it."
        )
        yield _error(line, "empty-answer", what)


def _bad_comments(part: deck_parser.CardLines) -> Iterator[Problem]:
    for fault in markdown.marks(part.question).faults:
        what = f"This comment is not understood at {fault!r}. Write <!-- labs: lab#objective, lab; id: a-name -->."
        yield _error(part.first, "bad-comment", what)


def _not_text(raw: bytes) -> Iterator[Problem]:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        wide = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
        what = "This file is UTF-16" if wide else f"Byte 0x{raw[error.start]:02x} here is not UTF-8"
        yield _error(
            line, "not-utf-8", f"{what}: it is read as '\N{REPLACEMENT CHARACTER}'. Save the deck as UTF-8."
        )
    if b"\0" in raw:
        line = raw.count(b"\n", 0, raw.index(b"\0")) + 1
        yield _error(
            line, "not-text", "A zero byte, as only binary files have them. Is this the path you meant?"
        )


def _unclosed(line: int | None) -> Iterator[Problem]:
    if line:
        what = (
            "This code fence is never closed. Until it is, every '===' and '---' counts as a separator, "
            "also in the deck's other fences. Close it with a line of the same signs."
        )
        yield _error(line, "unclosed-fence", what)


def _refusal(body: Sequence[deck_parser.Line], filled: Sequence[deck_parser.CardLines]) -> Problem | None:
    """The reason why these lines should not become cards; None if they should."""
    if not filled:
        return _error(
            1, "no-cards", "There is no card in this file. A card is a question, a line '---' and an answer."
        )
    breaks = [line.number for line in body if line.ends_question]
    if any(line.ends_card for line in body) or 0 < len(breaks) < SLIDES:
        return None
    signs = f"{len(breaks)} '---' and no '==='" if breaks else "no '---' and no '==='"
    what = f"not a deck: {signs}. A deck has a line '---' below each question and a line '===' between two cards."
    return _error(breaks[0] if breaks else 1, "not-a-deck", what)


def _name(path: Path | None) -> str:
    return plain(path.stem).encode("utf-8", "replace").decode() if path else "deck"


def _refused(path: Path | None, *problems: Problem) -> Deck:
    return Deck(path, _name(path), (), _by_line(*problems))


def _by_line(*problems: Problem) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: problem.line))


def _error(line: int, code: str, message: str) -> Problem:
    return Problem(line, code, "error", message)
