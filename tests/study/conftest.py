"""A deck in a file, and `labs study` on it in this process."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from labs.cli import runtime
from labs.store import Event, open_store
from tests.builders import Labs, Ran
from tests.store.builders import Clock

DECK = """\
List the strategies (3)

---

- Binpack
- Random
- Spread

===

Explain Binpack

---

Fills **one** instance first.

![image](https://example.com/a.png)
"""


@dataclass
class StudyCommand:
    """A learner with a deck, a clock that hardly moves, and the command line."""

    deck: Path
    clock: Clock
    _call: Callable[[str, list[str]], Ran]

    def studies(self, *lines: str, deck: Path | None = None, given: tuple[str, ...] = ()) -> Ran:
        """A session in lines; after the last of them the input ends."""
        return self._call("".join(f"{line}\n" for line in lines), ["study", str(deck or self.deck), *given])

    def labs(self, *arguments: str) -> Ran:
        """Any other command."""
        return self._call("", list(arguments))

    @property
    def events(self) -> list[Event]:
        """Everything that is on disk."""
        with open_store(runtime.home()) as store:
            return store.events()

    @property
    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, labs: Labs) -> StudyCommand:
    """The command line of a learner with two cards, early on a Sunday."""
    deck = tmp_path / "mine.md"
    deck.write_text(DECK)
    clock = Clock()

    def now() -> datetime:
        clock.move(milliseconds=1)  # no two events at one moment
        return clock.at

    monkeypatch.setattr(runtime, "now", now)
    monkeypatch.setenv("COLUMNS", "80")

    def call(written: str, arguments: list[str]) -> Ran:
        monkeypatch.setattr("sys.stdin", io.StringIO(written))
        return labs(*arguments)

    return StudyCommand(deck, clock, call)
