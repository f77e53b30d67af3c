"""`labs decks`: lints decks, links cards to labs, exports to Anki and imports from it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labs.cli import options, runtime
from labs.cli.history import open_history
from labs.cli.menu import new_group
from labs.cli.options import AsTextOrJson, TextOrJson

if TYPE_CHECKING:
    from labs.study.ankifile import Collection

DeckName = Annotated[
    str,
    typer.Argument(metavar="DECK", help="Deck name or deck file.", autocompletion=options.complete_deck),
]
SUGGESTIONS = 3

app = new_group("Check, link, export and import decks.")


@app.callback(invoke_without_command=True)
def root(context: typer.Context) -> None:
    """Check, link, export and import decks."""
    options.help_without_command(context)


@app.command()
def check(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Deck files or folders.")],
    format_: AsTextOrJson = TextOrJson.TEXT,
    pack: options.Packs = None,
) -> None:
    """Report errors in deck files. Exit code 1 if there are any."""
    from labs.content import deck_lint
    from labs.content.link_lint import add_links
    from labs.content.pack import open_catalog
    from labs.show import deck_text, verdict_json

    report = add_links(deck_lint.report(paths), open_catalog(pack or ()))
    typer.echo(
        verdict_json.dumps(report) if format_ is TextOrJson.JSON else deck_text.render_deck_report(report)
    )
    raise typer.Exit(1 if deck_lint.has_errors(report) else 0)


@app.command()
def link(
    deck: DeckName,
    suggest: Annotated[
        bool,
        typer.Option("--suggest", help="Suggest objectives for cards without a lab."),
    ] = False,
    format_: AsTextOrJson = TextOrJson.TEXT,
    pack: options.Packs = None,
) -> None:
    """Show which labs practice each card, and how to link a card to a lab."""
    from labs.content.pack import open_catalog
    from labs.show import link_text, verdict_json
    from labs.study.suggest import card_links

    catalog = open_catalog(pack or ())
    found = options.deck(catalog, deck)
    links = card_links(
        found, catalog.readable()[0], SUGGESTIONS if suggest else 0, catalog.labs_beside(found.name)
    )
    if format_ is TextOrJson.JSON:
        typer.echo(verdict_json.dumps(link_text.card_links_document(found, links)))
    else:
        typer.echo(link_text.render_card_links(found, links))


@app.command("export")
def export_deck(
    deck: DeckName,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Output file. Default: DECK.apkg."),
    ] = None,
    pack: options.Packs = None,
) -> None:
    """Export a deck to an Anki package. Labs become tags, corrections become a field."""
    from labs.content.pack import open_catalog
    from labs.show.wording import plural
    from labs.study.anki import export_deck as export
    from labs.study.practice_links import corrections, practices

    catalog = open_catalog(pack or ())
    found = options.deck(catalog, deck)
    (labs, _), decks = catalog.readable(), [found]
    to = out or Path(f"{found.name}.apkg")
    content, number = export(
        found, at=runtime.now(), links=practices(labs, decks), corrected=corrections(labs, decks)
    )
    options.write(to, content)
    typer.echo(f"{to}: {plural(number, 'card')}")


@app.command("import")
def import_deck(
    package: Annotated[Path, typer.Argument(metavar="FILE.apkg", help="Anki package.")],
    out: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="DECK.md", help="Deck file to create or update. Default: FILE.md."
        ),
    ] = None,
    history: Annotated[bool, typer.Option("--history", help="Also import the review history.")] = False,
) -> None:
    """Create or update a deck from an Anki package. Only changed cards are rewritten."""
    from labs.study.ankideck import import_deck as imported
    from labs.study.ankifile import read_package

    collection = read_package(package)
    to = out or Path(f"{package.stem}.md")
    made = imported(collection, options.read(to) if to.exists() else b"")
    options.write(to, made.deck)
    typer.echo(
        f"{to}: {made.added} added, {made.updated} updated, {made.unchanged} unchanged, {made.skipped} left out"
    )
    if history:
        typer.echo(f"{_import_reviews(collection, to.stem)} new reviews")


def _import_reviews(collection: Collection, deck: str) -> int:
    """Stores the reviews of a package, except those already stored. Returns the number of new ones."""
    from labs.study.ankideck import history as reviews

    with open_history() as history:
        return history.store.append(*reviews(collection, deck))
