"""`labs list`, whether or not there are options to parse."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from labs.cli import here, memory
from labs.content.pack import open_shelf
from labs.show import catalogue


def print_list(packs: Iterable[Path] = (), *, as_json: bool = False) -> None:
    """Prints decks and labs, with these folders' packs as well, and on standard error what cannot be read."""
    shelf = open_shelf(packs)
    store, _ = here.open_history()
    with store:
        who = memory.learner(store, shelf)
    entries = catalogue.entries(who, here.now())
    if as_json:
        from labs.show import data

        told = data.dumps(catalogue.document(entries))
    else:
        told = catalogue.text(entries, here.width())
    sys.stdout.write(f"{told}\n")
    sys.stdout.flush()
    faults = shelf.readable()[1] if len(who.labs) < len(shelf.labs) else []
    for fault in faults:
        here.warn(f"left out: {fault}")
