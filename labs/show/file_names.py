"""Names of files from names of people, in any script."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from labs.show.wording import one_line

MAX_LETTERS = 50


def file_name(text: str) -> str:
    """The letters, marks and digits of a text, with a hyphen for everything between them."""
    composed = unicodedata.normalize("NFC", one_line(text))
    kept = "".join(
        each if each in "-_" or unicodedata.category(each)[0] in "LMN" else "-" for each in composed
    )
    return re.sub("-+", "-", kept).strip("-")[:MAX_LETTERS] or "seat"


def file_names(texts: Iterable[str]) -> dict[str, str]:
    """A name for each text; all differ, also on a case-insensitive file system."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for text in texts:
        name = file_name(text)
        number = 2
        while name.casefold() in taken:
            name, number = f"{file_name(text)}-{number}", number + 1
        taken.add(name.casefold())
        found[text] = name
    return found
