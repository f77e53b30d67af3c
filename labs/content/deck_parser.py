"""Splits the bytes of a deck into lines, and the lines into the parts that become cards.

Lines end only at a newline byte: form feeds, U+2028 and the like are text. Bytes that are not UTF-8
are read as U+FFFD, so any file has lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from labs.content import markdown

BOM = b"\xef\xbb\xbf"
_SEPARATOR = re.compile(r"={3,}|-{3,}")
_FENCE = re.compile(r"[ \t]*(`{3,}(?=[^`]*$)|~{3,})(.*)", re.DOTALL)


class Line(NamedTuple):
    """A line: its number from 1, the offset of its first byte, and its text without line end or byte order mark."""

    number: int
    start: int
    text: str
    fenced: bool = False

    @property
    def mark(self) -> str:
        """`=` or `-` if the line looks like a separator, in a code fence or not."""
        shape = self.text.strip(" \t\r")
        return shape[0] if _SEPARATOR.fullmatch(shape) else ""

    @property
    def ends_card(self) -> bool:
        """Whether the next line starts another card."""
        return not self.fenced and self.mark == "="

    @property
    def ends_question(self) -> bool:
        """Whether the next line starts the answer, if none has started."""
        return not self.fenced and self.mark == "-"


class CardLines(msgspec.Struct, frozen=True):
    """The lines of one card; `middle` is the `---` between question and answer, if there is one."""

    lines: tuple[Line, ...]
    middle: Line | None

    @property
    def question(self) -> str:
        """The question with its comments."""
        return _text(line for line in self.lines if not self.middle or line.number < self.middle.number)

    @property
    def answer(self) -> str:
        """The answer with its comments; empty if there is no `---`."""
        return _text(line for line in self.lines if self.middle and line.number > self.middle.number)

    @property
    def empty(self) -> bool:
        """Whether the card has no visible content."""
        return self.middle is None and not markdown.without_comments(self.question)

    @property
    def first(self) -> int:
        """The number of the first line with content."""
        return next((line.number for line in self.lines if line.text.strip()), self.lines[0].number)


def scan(raw: bytes) -> tuple[list[Line], int | None]:
    """The lines, with those in a code fence marked, and the line of a fence that is never closed.

    With such a fence no line is marked: it would hide every separator behind it.
    """
    lines = []
    start = len(BOM) if raw.startswith(BOM) else 0
    for number, piece in enumerate(raw[start:].split(b"\n"), 1):
        lines.append(Line(number, start, piece.decode("utf-8", "replace").rstrip("\r")))
        start += len(piece) + 1
    fenced, unclosed = _fences(lines)
    if unclosed is None:
        return [line._replace(fenced=hidden) for line, hidden in zip(lines, fenced, strict=True)], None
    within_cards = (_fences(part.lines)[1] for part in split_cards(lines))
    return lines, next(filter(None, within_cards), unclosed)


def front_matter(lines: list[Line]) -> int:
    """The number of lines of front matter: from `---` on the first line to the next one, if no card ends before it."""
    if lines[0].text.strip() != "---":
        return 0
    for line in lines[1:]:
        if line.mark == "=":
            break
        if line.text.strip() in ("---", "..."):
            return line.number
    return 0


def split_cards(lines: Iterable[Line]) -> Iterator[CardLines]:
    """The parts of a deck, each with the `===` that ends it; including empty parts."""
    inside: list[Line] = []
    middle = None
    for line in lines:
        inside.append(line)
        if line.ends_card:
            yield CardLines(tuple(inside), middle)
            inside, middle = [], None
        elif line.ends_question and middle is None:
            middle = line
    if inside:
        yield CardLines(tuple(inside), middle)


def _fences(lines: Iterable[Line]) -> tuple[list[bool], int | None]:
    """For each line, whether it is in a code fence; and the line of the fence that is open at the end."""
    fenced = []
    bar, opened = "", None
    for line in lines:
        fenced.append(bool(bar))
        found = _FENCE.fullmatch(line.text)
        if found and not bar:
            bar, opened = found[1], line.number
        elif found and found[1].startswith(bar) and not found[2].strip():
            bar, opened = "", None
    return fenced, opened


def _text(lines: Iterable[Line]) -> str:
    return "\n".join(markdown.plain(line.text) for line in lines if not line.ends_card)
