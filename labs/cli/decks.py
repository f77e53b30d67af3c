"""`labs decks`: what is wrong with a deck."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from labs.cli import options
from labs.cli.options import AsTextOrJson, TextOrJson

app = typer.Typer(help="Read, check and exchange decks.", rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def root(context: typer.Context) -> None:
    """Read, check and exchange decks."""
    options.help_without_command(context)


@app.command()
def check(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Deck files, or folders of them.")],
    format_: AsTextOrJson = TextOrJson.TEXT,
) -> None:
    """Say what is wrong with decks: any files, not only installed ones. Exit code 1 where one has an error."""
    from labs import decklint
    from labs.show import data, decktext

    report = decklint.report(paths)
    typer.echo(data.dumps(report) if format_ is TextOrJson.JSON else decktext.text(report))
    raise typer.Exit(1 if decklint.has_errors(report) else 0)
