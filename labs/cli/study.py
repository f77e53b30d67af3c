"""`labs study`: reviews the cards that are due."""

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
        metavar="[DECK]",
        help="Deck name or deck file. Default: all decks.",
        autocompletion=options.complete_deck,
    ),
]


def study(
    deck: DeckName = None,
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", min=1, help="Study at most N cards.")
    ] = None,
    new: Annotated[
        int | None,
        typer.Option(
            "--new", metavar="N", min=0, help="Study up to N new cards, regardless of the daily limit."
        ),
    ] = None,
    ahead: Annotated[
        int,
        typer.Option(
            "--ahead",
            metavar="DAYS",
            min=0,
            max=36_500,
            help="Also study cards that are due within DAYS days.",
        ),
    ] = 0,
    cram: Annotated[
        bool, typer.Option("--cram", help="Study every card once without saving grades.")
    ] = False,
    plain: Annotated[
        bool, typer.Option("--plain", help="Read and print plain lines, for screen readers and scripts.")
    ] = False,
    pack: options.Packs = None,
) -> None:
    """Review the cards that are due. Each grade is saved when you give it, so you can quit at any time."""
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
    """The decks to study, and those of them that belong to no pack."""
    known = catalog.decks()
    if name is None:
        return known, []
    found = options.deck(catalog, name)
    return [found], [] if any(deck.path == found.path for deck in known) else [found]
