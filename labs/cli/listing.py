"""`labs list`, whether or not there are options to parse."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from labs.cli import runtime
from labs.cli.history import open_history
from labs.content.pack import open_catalog
from labs.show import catalog_text


def print_list(
    packs: Iterable[Path] = (),
    word: str = "",
    *,
    todo: bool = False,
    everything: bool = False,
    as_json: bool = False,
) -> None:
    """Prints decks and labs, with these folders' packs as well, and on standard error what cannot be read.

    Without a filter, as much as fits on the screen; all of it where nobody looks at a screen.
    """
    catalog = open_catalog(packs)
    with open_history() as history:
        who = history.learner(catalog)
    entries = catalog_text.entries(who, runtime.now())
    if word or todo:
        entries = catalog_text.filtered(entries, word, todo=todo)
    if as_json:
        from labs.show import verdict_json

        text = verdict_json.dumps(catalog_text.catalog_document(entries))
    else:
        whole = everything or word or todo
        text = catalog_text.render_catalog(entries, runtime.width(), None if whole else runtime.height())
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
    faults = catalog.readable()[1] if len(who.labs) < len(catalog.labs) else []
    for fault in faults:
        runtime.warn(f"left out: {fault}")
