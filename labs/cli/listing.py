"""`labs list` and `labs next`. Imports no typer: without options, they run without parsing (see `labs.cli`)."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from msgspec.structs import replace

from labs.cli import runtime
from labs.cli.history import open_history
from labs.content.pack import open_catalog
from labs.errors import UsageError
from labs.study.proposals import Proposal, next_step, proposals


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
    from labs.show import catalog_text

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


def print_next(packs: Iterable[Path] = (), deck: str = "", *, as_json: bool = False) -> None:
    """Prints what to do next, including the packs in these folders. Raises UsageError for a deck without labs."""
    with open_history() as history:
        who = history.learner(open_catalog(packs))
    if deck:
        labs = tuple(lab for lab in who.labs if lab.task.deck == deck)
        if not labs:
            raise UsageError(f"no lab is of a deck {deck!r}: `labs list` shows the decks")
        ids = {lab.id for lab in labs}
        steps = [step for step in proposals(replace(who, labs=labs), runtime.now()) if step.lab in ids]
    else:
        steps = proposals(who, runtime.now())
    sys.stdout.write(f"{_next_text(steps, as_json=as_json)}\n")
    sys.stdout.flush()


def _next_text(steps: list[Proposal], *, as_json: bool) -> str:
    if as_json:
        from labs.show import verdict_json
        from labs.study.progress_json import next_document

        return verdict_json.dumps(next_document(steps))
    from labs.show import progress_text

    return progress_text.next_text(steps[: progress_text.MAX_STEPS], runtime.width())
