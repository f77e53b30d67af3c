"""Migration scripts of a database: numbered SQL files in the folder `schema` of a package."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path


def migrations(package: Path) -> list[str]:
    """The scripts in a package's folder, oldest first: a database of version n has run the first n."""
    return [script.read_text(encoding="utf-8") for script in sorted((package / "schema").glob("*.sql"))]


def statements(script: str) -> Iterator[str]:
    """The statements of a script, which are separated by empty lines."""
    return (part.strip() for part in script.split("\n\n") if part.strip())
