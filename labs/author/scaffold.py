"""`labs new`: a lab to start from, which passes `labs test` as it is; its author replaces it piece by piece."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from labs.errors import UsageError

TEMPLATES = Path(__file__).parent / "template"


def scaffold(pack: Path, lab: str) -> Iterator[Path]:
    """Writes the files of a new lab into a pack, and returns their paths. Raises UsageError where one is there."""
    if not re.fullmatch("[a-z][a-z0-9-]*", lab):
        raise UsageError(f"{lab!r} cannot be a lab's name: small letters, digits and hyphens, a letter first")
    module = lab.replace("-", "_")
    deck = pack / "decks" / f"{lab}.md"
    places = {
        "task.toml": pack / "tasks" / lab / "task.toml",
        "brief.md": pack / "tasks" / lab / "brief.md",
        "solution.sh": pack / "tasks" / lab / "solution.sh",
        "mistake.sh": pack / "tasks" / lab / "mistakes" / "other-name.sh",
        "check.py.txt": pack / "checks" / f"{module}.py",
        "deck.md": deck,
    }
    taken = [str(path) for path in places.values() if path.exists()]
    if taken:
        raise UsageError(f"{', '.join(taken)} is there already: nothing was written")
    for template, path in places.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text((TEMPLATES / template).read_text("utf-8").replace("new-lab", lab), encoding="utf-8")
        yield path
