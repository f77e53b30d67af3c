"""`labs list`. Imports no typer: without options, the command runs without parsing (see `labs.cli`)."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from msgspec.structs import replace

from labs.cli import runtime
from labs.cli.history import open_history
from labs.content.pack import open_catalog
from labs.show import catalog_text
from labs.study.proposals import next_step


def print_list(
    packs: Iterable[Path] = (),
    word: str = "",
    *,
    todo: bool = False,
    everything: bool = False,
    as_json: bool = False,
) -> None:
    """Prints decks and labs, including the packs in these folders; on standard error, what cannot be read.

    Without a filter, prints as much as fits on the screen, or everything if the output is not a terminal.
    """
    catalog = open_catalog(packs)
    with open_history() as history:
        who = history.learner(catalog)
    now = runtime.now()
    entries = catalog_text.entries(who, now)
    if word or todo:
        entries = catalog_text.filtered(entries, word, todo=todo)
        shown = {entry.lab for entry in entries.labs}
        own = replace(who, labs=tuple(lab for lab in who.labs if lab.id in shown))
        entries = replace(entries, next=next_step(own, now))
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
