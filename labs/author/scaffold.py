"""`labs new`: creates a lab from a template that passes `labs test`, for its author to replace."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from labs.content.deck import read_deck
from labs.errors import UsageError

TEMPLATES = Path(__file__).parent / "template"
QUESTION = "Where does CloudWatch Logs store the log streams of one application?"
"""The question of the template's deck."""


@dataclass(frozen=True, slots=True)
class Practises:
    """The deck that a new lab is for, and the card that it practises."""

    deck: str
    question: str


def card_at(deck: Path, line: int) -> Practises:
    """The card of a deck at a line of the file. Raises UsageError if no card starts there or before."""
    if not deck.is_file():
        raise UsageError(f"{deck} is not a deck file")
    before = [card for card in read_deck(deck).cards if card.line <= line]
    if not before:
        raise UsageError(f"no card begins at line {line} of {deck} or before")
    return Practises(deck.stem, before[-1].question)


def scaffold(pack: Path, lab: str, practises: Practises | None = None) -> Iterator[Path]:
    """Writes the files of a new lab into a pack, and yields their paths. Raises UsageError if one exists.

    Without a card to practise, the lab gets its own deck.
    """
    check_name(lab, "a lab's")
    module = lab.replace("-", "_")
    places = {
        "task.toml": pack / "tasks" / lab / "task.toml",
        "brief.md": pack / "tasks" / lab / "brief.md",
        "solution.sh": pack / "tasks" / lab / "solution.sh",
        "mistake.sh": pack / "tasks" / lab / "mistakes" / "other-name.sh",
        "check.py.txt": pack / "checks" / f"{module}.py",
    }
    words = {"new-lab": lab}
    if practises is None:
        places["deck.md"] = pack / "decks" / f"{lab}.md"
    else:
        words = {
            'deck = "new-lab"': f"deck = {json.dumps(practises.deck)}",
            json.dumps(QUESTION): json.dumps(practises.question, ensure_ascii=False),
            **words,
        }
    yield from _write(places, words)


def scaffold_package(folder: Path, deck: Path | None = None) -> tuple[Path, Iterable[Path]]:
    """Writes an installable pack, named like the folder, with a copy of a deck.

    Returns the pack's folder in it, and the written files.
    """
    name = folder.name
    check_name(name, "a package's")
    package = name.replace("-", "_")
    pack = folder / package
    places = {
        "pyproject.toml.txt": folder / "pyproject.toml",
        "readme.md.txt": folder / "README.md",
        "pack.py.txt": pack / "__init__.py",
        "checks.py.txt": pack / "checks" / "__init__.py",
    }
    words = {"new_package": package, "new-package": name, "new-pack": name.removeprefix("cardlabs-")}
    return pack, chain(_write(places, words), _copy(deck, pack / "decks") if deck else ())


def _copy(deck: Path, folder: Path) -> Iterator[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    yield Path(shutil.copy(deck, folder))


def check_name(name: str, whose: str) -> None:
    """Raises UsageError unless folders, modules and links can have this name."""
    if not re.fullmatch("[a-z][a-z0-9-]*", name):
        raise UsageError(
            f"{name!r} cannot be {whose} name. Use lowercase letters, digits and hyphens, a letter first"
        )


def _write(places: Mapping[str, Path], words: Mapping[str, str]) -> Iterator[Path]:
    taken = [str(path) for path in places.values() if path.exists()]
    if taken:
        raise UsageError(f"{taken[0]} already exists. Nothing was written")
    for template, path in places.items():
        text = (TEMPLATES / template).read_text("utf-8")
        for word, new in words.items():
            text = text.replace(word, new)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        yield path
