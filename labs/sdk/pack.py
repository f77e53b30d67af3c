"""A pack: its decks, tasks and checks, and the version of `labs.sdk` that it needs."""

from __future__ import annotations

from pathlib import Path

import msgspec

API = 1
"""The version of `labs.sdk`: it grows by additions; what is taken away first says so for a release."""


class Pack(msgspec.Struct, frozen=True):
    """A set of decks, lab tasks and checks that belong together.

    `checks` is a folder with one module for each lab: `ecs-placement` is checked by `ecs_placement.py`, which
    holds READS (the operations that it may call), OBJECTIVES, and LEFTOVERS (what finds things to clean up).
    """

    name: str
    decks: Path
    tasks: Path
    checks: Path
    module: str = ""
    """The import name of `checks`, where it is an installed package."""
    words: Path | None = None
    """A list of words that the texts of the pack avoid: lines of a regular expression, a tab and what to write.

    With such a list, `labs test` and `labs decks check` also check the style of the texts.
    """
    version: str = ""
    """The pack's own version, which records and receipts name."""
    api: int = 1
    """The version of `labs.sdk` that its checks are written for; another one than API leaves the pack out."""

    def __str__(self) -> str:
        return f"{self.name} {self.version}".rstrip()

    @classmethod
    def at(cls, folder: Path) -> Pack:
        """The pack that is kept in a folder with `decks/`, `tasks/` and `checks/`, and maybe `words.tsv`."""
        words = folder / "words.tsv"
        return cls(
            folder.resolve().name,
            folder / "decks",
            folder / "tasks",
            folder / "checks",
            words=words if words.is_file() else None,
        )
