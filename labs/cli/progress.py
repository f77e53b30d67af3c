"""`labs progress` and `labs next`: progress, next steps, and export and import of the history."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labs.cli import options, runtime
from labs.cli.history import open_history
from labs.cli.menu import new_group
from labs.cli.options import TextOrJson
from labs.errors import StoreError, UsageError
from labs.system.files import MAX_BYTES, regular

MAX_IMPORT = 256 << 20
"""Bytes of an export; a review takes some two hundred."""

if TYPE_CHECKING:
    from labs.study.learner import Learner

app = new_group("Show your progress, export it and import it.")


@app.callback(invoke_without_command=True)
def progress(
    context: typer.Context,
    format_: options.AsTextOrJson = TextOrJson.TEXT,
    pack: options.Packs = None,
) -> None:
    """Show which cards you know and which labs you completed, what is due, and what to do next."""
    if context.invoked_subcommand is not None:
        return
    from labs.show import progress_text, verdict_json
    from labs.study.progress_json import progress_document

    who, now = _learner(pack), runtime.now()
    if format_ is TextOrJson.JSON:
        typer.echo(verdict_json.dumps(progress_document(who, now)))
    else:
        typer.echo(progress_text.render_progress(who, now, runtime.width()))


def next_steps(
    deck: Annotated[str, typer.Argument(metavar="[DECK]", help="Show only labs of DECK.")] = "",
    format_: options.AsTextOrJson = TextOrJson.TEXT,
    pack: options.Packs = None,
) -> None:
    """Show what to do next: finish a lab, review cards, or start a new lab."""
    from labs.cli.listing import print_next

    print_next(pack or (), deck, as_json=format_ is TextOrJson.JSON)


@app.command("export")
def export_events(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Output file. Default: standard output.")
    ] = None,
) -> None:
    """Export your history as JSON Lines, for another computer or as a backup."""
    from labs.store import jsonl

    try:
        with open_history() as history, file.open("wb") if file else nullcontext(sys.stdout.buffer) as out:
            out.writelines(jsonl.export(history.store))
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        raise StoreError(f"{file}: cannot be written: {error.strerror}") from error


@app.command("import")
def import_events(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="File from `labs progress export`, or - for standard input."),
    ],
) -> None:
    """Import history from another computer. Importing a file twice changes nothing."""
    from labs.show.wording import plural
    from labs.store import jsonl

    try:
        if str(file) != "-" and regular(file).stat().st_size > MAX_IMPORT:
            raise UsageError(
                f"{file} is larger than {MAX_IMPORT >> 20} MiB: this is not an export of progress"
            )
        with (
            open_history() as history,
            nullcontext(sys.stdin.buffer) if str(file) == "-" else file.open("rb") as lines,
        ):
            new = jsonl.import_into(history.store, iter(partial(lines.readline, MAX_BYTES), b""))
    except OSError as error:
        raise StoreError(f"{file}: cannot be read: {error.strerror}") from error
    typer.echo(f"{plural(new, 'new event')}.")


def _learner(pack: list[Path] | None) -> Learner:
    from labs.content.pack import open_catalog

    with open_history() as history:
        return history.learner(open_catalog(pack or ()))
