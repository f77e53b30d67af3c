"""Parts of lines: untrusted text, made safe and fitted to a width; a number with its noun."""

from __future__ import annotations

import textwrap
import unicodedata

from labs.content.markdown import plain

JOINERS = "\u200c\u200d"


def visible(text: str) -> str:
    """Untrusted text without control characters and bidirectional controls.

    Joiners are kept between letters, as Persian and Indic names need them. Of an emoji of several parts, only the first
    is kept, because terminals do not agree on the width of the whole.
    """
    found: list[str] = []
    joined = False
    for letter in plain(text):
        category = unicodedata.category(letter)
        if letter in JOINERS and found and unicodedata.category(found[-1])[0] in "LM":
            found.append(letter)
        elif letter == "\u200d":
            joined = True
        elif category == "Cf" or letter == "\ufe0f" or "\U0001f3fb" <= letter <= "\U0001f3ff":
            continue
        elif joined and category == "So":
            joined = False
        else:
            joined = False
            found.append(letter)
    return "".join(found)


def one_line(text: str) -> str:
    """Untrusted text on one line."""
    return " ".join(visible(text).split())


def wide(text: str) -> int:
    """The width of a text in terminal columns: two for a wide character, none for a combining one."""
    return sum(
        0
        if unicodedata.category(letter) in ("Mn", "Me", "Cf")
        else 2
        if unicodedata.east_asian_width(letter) in "WF"
        else 1
        for letter in text
    )


def plural(number: int, thing: str) -> str:
    """`1 lab`, `3 labs`."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def hanging(label: str, text: str, width: int) -> list[str]:
    """The text after its label, with a hanging indent; words and names are never broken."""
    return textwrap.wrap(
        text,
        width,
        initial_indent=label,
        subsequent_indent=" " * len(label),
        break_long_words=False,
        break_on_hyphens=False,
    )


def shortened(text: str, width: int) -> str:
    """The text, cut to this number of columns."""
    if wide(text) <= width:
        return text
    while text and wide(text) > width - 3:
        text = text[:-1]
    return f"{text}..."
