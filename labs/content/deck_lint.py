"""A linter of decks: errors, and passages that may not have the meaning that the author intended.

Every warning is about something visible in the file: markdown-to-anki would read it differently,
a viewer would show it differently, or the answer cannot be graded as the question promises.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from labs.content import deck_parser, markdown
from labs.content.deck import Card, Deck, Problem, read_deck

MAX_ITEMS = 5
"""More items than this are hard to keep in one card (P. Wozniak, "Twenty rules of formulating knowledge", 9 and 10)."""

_TAG = re.compile(r"(?<!\\)</?([A-Za-z][\w-]*)(?:\s[^<>\n]*)?>")
_HTML = """
    a abbr audio b blockquote br center code dd del details div dl dt em font h1 h2 h3 h4 h5 h6 hr i iframe img ins kbd
    li mark ol p picture pre q s samp small source span strike strong sub summary sup svg table tbody td tfoot th
    thead tr tt u ul var video
"""


def report(paths: Iterable[Path]) -> dict[str, Any]:
    """The output of `labs decks check --format json` about files, and about every `*.md` in folders.

    `ids` holds the cards' ids without the name of the deck, in the order of the cards.
    """
    return {"schema": 1, "decks": [_entry(deck) for path in paths for deck in _decks(path)]}


def has_errors(report: dict[str, Any]) -> bool:
    """Whether any deck of a report has an error, not only warnings."""
    return any(problem["level"] == "error" for deck in report["decks"] for problem in deck["problems"])


def lint(deck: Deck) -> tuple[Problem, ...]:
    """All errors and warnings of a deck, in the order of its lines."""
    found = list(deck.problems)
    if deck.cards:
        lines, _ = deck_parser.scan(deck.raw)
        front = deck_parser.front_matter(lines)
        parts = list(deck_parser.split_cards(lines[front:]))
        found += [*_of_file(deck.raw, lines, front), *_of_lines(lines[front:]), *_of_parts(parts)]
        for card in deck.cards:
            found += [*_of_counts(card), *_of_markup(card)]
    return tuple(sorted(found, key=lambda problem: problem.line))


def _decks(path: Path) -> list[Deck]:
    if not _is_folder(path):
        return [read_deck(path)]
    files = sorted(path.glob("*.md"))
    what = "There is no deck in this folder: no file here ends in '.md'."
    nothing = Deck(path, path.name, (), (Problem(1, "no-decks", "error", what),))
    return [read_deck(file) for file in files] or [nothing]


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a name too long, a parent that may not be searched: reading the file will say so
        return False


def _entry(deck: Deck) -> dict[str, Any]:
    return {
        "path": str(deck.path).encode("utf-8", "replace").decode(),
        "cards": len(deck.cards),
        "ids": [card.id for card in deck.cards],
        "problems": [
            {"line": it.line, "code": it.code, "level": it.level, "message": it.message} for it in lint(deck)
        ],
    }


def _of_file(raw: bytes, lines: Sequence[deck_parser.Line], front: int) -> Iterator[Problem]:
    if raw.startswith(deck_parser.BOM):
        yield _warning(
            1, "byte-order-mark", "markdown-to-anki shows the byte order mark in the first question."
        )
    if front:
        what = "markdown-to-anki takes this front matter for a face of the first card. Delete it, or write a comment."
        yield _warning(1, "front-matter", what)
    if b"\r\n" in raw:
        line = raw.count(b"\n", 0, raw.index(b"\r\n")) + 1
        what = "Lines end in CR LF here. markdown-to-anki finds no separator in them: save the deck with LF."
        yield _warning(line, "windows-line-ends", what)
    steering = [line.number for line in lines if markdown.plain(line.text) != line.text]
    if steering:
        what = f"{_lines(len(steering))} control characters, which can steer a terminal. They are left out."
        yield _warning(steering[0], "control-characters", what)


def _of_lines(lines: Sequence[deck_parser.Line]) -> Iterator[Problem]:
    """Separators that are not exactly `===` or `---` on a line of their own after a blank line."""
    for before, line in pairwise(lines):
        if not line.mark:
            continue
        sign = line.mark * 3
        if line.fenced:
            what = f"markdown-to-anki splits at this '{sign}' inside a code fence. Indent it, or close the fence."
            yield _warning(line.number, "separator-in-fence", what)
            continue
        if line.text != sign:
            what = f"markdown-to-anki does not split here: it knows only '{sign}', without a space or another sign."
            yield _warning(line.number, "inexact-separator", what)
        if before.text.strip() and not before.mark:
            what = f"Markdown viewers may show the text above this '{sign}' as a heading. Put a blank line between."
            yield _warning(line.number, "separator-without-blank", what)


def _of_parts(parts: Sequence[deck_parser.CardLines]) -> Iterator[Problem]:
    for part in parts:
        yield from _of_answer(part)
    for part in parts[:-1]:
        if part.empty:
            what = "There is no card above this '==='. markdown-to-anki makes one of it all the same. Delete the line."
            yield _warning(part.lines[-1].number, "empty-card", what)
    if len(parts) > 1 and parts[-1].empty:
        what = "No card follows this '==='. markdown-to-anki makes one of it all the same. Delete the line."
        yield _warning(parts[-2].lines[-1].number, "trailing-separator", what)


def _of_answer(part: deck_parser.CardLines) -> Iterator[Problem]:
    later = [line for line in part.lines if line.ends_question and line != part.middle]
    if later:
        what = "A second '---' in one card: markdown-to-anki drops what follows. Is a '===' missing? Or write '***'."
        yield _warning(later[0].number, "second-answer", what)
    marks = markdown.marks(part.answer)
    if part.middle and (marks.id or marks.links or marks.faults):
        what = "The answer below has a comment with 'labs:' or 'id:', which counts only above the '---'. Move it there."
        yield _warning(part.middle.number, "comment-in-answer", what)


def _of_counts(card: Card) -> Iterator[Problem]:
    if not card.complete:
        return
    asked, found = card.count, len(card.items)
    if card.pictures_only:
        what = "The answer is a picture: it cannot be shown in a terminal or read aloud. Say it in words as well."
        yield _warning(card.line, "picture-answer", what)
    elif len(card.counts) > 1:
        several = " and ".join(f"({number})" for number in card.counts)
        yield _warning(
            card.line, "several-counts", f"The question asks for {several}: the answer is graded as a whole."
        )
    elif asked is not None and asked != max(found, 1):
        listed = f"the answer lists {found}" if found else "the answer is not a list"
        what = f"The question asks for ({asked}) and {listed}: it is graded as a whole. Make the two agree."
        yield _warning(card.line, "count-differs", what)
    if found > MAX_ITEMS:
        what = (
            f"The answer lists {found} items. "
            f"Sets of more than {MAX_ITEMS} are hard to remember: think of several cards."
        )
        yield _warning(card.line, "many-items", what)


def _of_markup(card: Card) -> Iterator[Problem]:
    if any(not image.url for image in card.images):
        yield _warning(
            card.line, "picture-without-address", "A picture of this card has no address to show it from."
        )
    words = f"{markdown.prose(card.question)}\n\n{markdown.prose(card.answer)}"
    tags = [found[0] for found in _TAG.finditer(words) if found[1].lower() not in _HTML.split()]
    if tags:
        what = f"Anki and browsers take {tags[0]} for HTML and do not show it. Put it between backticks: `{tags[0]}`."
        yield _warning(card.line, "unknown-tag", what)


def _lines(number: int) -> str:
    return "This line holds" if number == 1 else f"{number} lines, this one first, hold"


def _warning(line: int, code: str, message: str) -> Problem:
    return Problem(line, code, "warning", message)
