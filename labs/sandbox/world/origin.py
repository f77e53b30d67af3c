"""Whether the world of a journal was made here, or loaded from a file, which is untrusted."""

from __future__ import annotations

from pathlib import Path


def is_loaded(journal: Path) -> bool:
    """Whether the world was loaded from a file."""
    return _mark(journal).exists()


def mark_loaded(journal: Path) -> None:
    """Marks the world as loaded from a file."""
    _mark(journal).touch()


def mark_own(journal: Path) -> None:
    """Marks the world as made here."""
    _mark(journal).unlink(missing_ok=True)


def _mark(journal: Path) -> Path:
    return journal.with_name("loaded")
