"""A pack: its decks, tasks and checks, and the version of `labs.sdk` that it needs."""

from __future__ import annotations

from pathlib import Path

import msgspec

API = 1
"""The version of `labs.sdk`. It grows by additions; a name is deprecated for one release before it is removed."""


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
    """The import name of `checks`, if it is an installed package."""
    words: Path | None = None
    """A list of words that the texts of the pack avoid. A line has a regular expression, a tab, and the replacement.

    With such a list, `labs test` and `labs decks check` also check the style of the texts.
    """
    version: str = ""
    """The pack's own version, which records and receipts name."""
    api: int = 1
    """The version of `labs.sdk` that its checks are written for. If it differs from API, the pack is left out."""

    def __str__(self) -> str:
        return f"{self.name} {self.version}".rstrip()

    @classmethod
    def at(cls, folder: Path) -> Pack:
        """The pack in a folder with `decks/`, `tasks/`, `checks/` and, optionally, `words.tsv`."""
        words = folder / "words.tsv"
        return cls(
            folder.resolve().name,
            folder / "decks",
            folder / "tasks",
            folder / "checks",
            words=words if words.is_file() else None,
        )
