"""Migration scripts of a database: numbered SQL files in the folder `schema` of a package."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources


def migrations(package: str) -> list[str]:
    """The scripts of a package, oldest first: a database of version n has run the first n."""
    folder = resources.files(package) / "schema"
    scripts = sorted(
        (file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda file: file.name
    )
    return [script.read_text(encoding="utf-8") for script in scripts]


def statements(script: str) -> Iterator[str]:
    """The statements of a script, which are separated by empty lines."""
    return (part.strip() for part in script.split("\n\n") if part.strip())
