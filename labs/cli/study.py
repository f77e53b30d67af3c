"""`labs study`: one card after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from labs.cli import options
from labs.cli.history import open_history

if TYPE_CHECKING:
    from labs.content.deck import Deck
    from labs.content.pack import Catalog

DeckName = Annotated[
    str | None,
    typer.Argument(
        metavar="[DECK]", help="A deck by its name, or any deck file.", autocompletion=options.complete_deck
    ),
]


def study(
    deck: DeckName = None,
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", min=1, help="At most so many cards.")
    ] = None,
    new: Annotated[
        int | None,
        typer.Option("--new", metavar="N", min=0, help="So many new cards, whatever the day still allows."),
    ] = None,
    ahead: Annotated[
        int, typer.Option("--ahead", metavar="DAYS", min=0, help="Also what is due within so many days.")
    ] = 0,
    cram: Annotated[
        bool, typer.Option("--cram", help="Every card once, and nothing is kept: before an exam.")
    ] = False,
    plain: Annotated[
        bool, typer.Option("--plain", help="Lines instead of single keys: for screen readers and scripts.")
    ] = False,
    pack: options.Packs = None,
) -> None:
    """Recall cards when they are due. What you grade is kept at once, so you can stop at any moment."""
    from labs.cli.study_loop import run_session
    from labs.content.pack import open_catalog
    from labs.learner.study import start_session
    from labs.show import study_text
    from labs.study.queue import StudyOptions

    catalog = open_catalog(pack or ())
    with open_history() as history:
        study_options = StudyOptions(limit=limit, new=new, ahead=ahead, cram=cram)
        session = start_session(catalog, history, study_options, *_decks(catalog, deck))
        run_session(session, catalog, plain_lines=plain)
        typer.echo(study_text.render_study_summary(session))


def _decks(catalog: Catalog, name: str | None) -> tuple[list[Deck], list[Deck]]:
    """The decks to study, and those among them that no pack holds."""
    known = catalog.decks()
    if name is None:
        return known, []
    found = options.deck(catalog, name)
    return [found], [] if any(deck.path == found.path for deck in known) else [found]
