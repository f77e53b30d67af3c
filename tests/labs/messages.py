"""The messages of each lab's first mistake, as `messages.json` keeps them for review.

`python -m tests.labs.messages` writes the file again; it makes each state in a sandbox, which takes some minutes.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from labs.verdict import State
from tests.labs.states import LabState, LabStates, lab_ids

FILE = Path(__file__).with_name("messages.json")
_MADE_UP = (
    (r"\b(i|sg|lt|ami|vpc|subnet|fs|fsmt|fsap|vol|eni|rtb|igw|eipalloc|nat)-[0-9a-f]{8,}\b", r"\1-..."),
    (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "..."),
    (r"\b[0-9a-f]{12,64}\b", "..."),
    (r"\b\d{4}-\d\d-\d\d[T ][\d:.+Z]+", "..."),
)
"""Matches parts of messages that differ each time a state is made: ids, digests, times."""

Messages = dict[str, dict[str, str]]


def messages(state: LabState) -> Messages:
    """The messages of a state's failed objectives, without parts that differ each time."""
    return {
        name: {"found": _same(each.found), "expected": _same(each.expected), "hint": each.message}
        for name, each in state.findings.items()
        if each.state is State.FAILED
    }


def kept() -> dict[str, Messages]:
    """The reviewed messages of all labs."""
    there: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return there


def _same(text: str) -> str:
    for pattern, word in _MADE_UP:
        text = re.sub(pattern, word, text)
    return text


def write(folder: Path) -> None:
    """Writes the messages of all labs; states are stored in the folder."""
    states = LabStates(folder, folder / "states")
    try:
        found = {lab: messages(states.state(lab, "wrong")) for lab in lab_ids()}
    finally:
        states.close()
    FILE.write_text(json.dumps(found, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        write(Path(made))
    sys.stdout.write(f"{FILE}\n")
