"""Exports a deck as an Anki package: a note for each card, whose GUID stays the same when the answer changes.

Anki updates a note only if its modification time is later, so the time is an argument. Pictures stay links.
The schedule is not exported: genanki cannot write one.
"""

from __future__ import annotations

import hashlib
import html
import importlib
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from labs.content.deck import Card, Deck
from labs.content.lab_task import Correction
from labs.content.markdown import replace_images
from labs.errors import MissingExtra
from labs.study.practice_links import Practice

FIELDS = ("Question", "Answer", "CardId", "Labs", "Correction", "Source")
LAB_TAG = "labs::"
"""The tag of a note that a lab practices begins with this; the id of the lab follows."""
MODEL = 1_795_305_601
"""The id of the note type: with another id, Anki would create another note type."""
_QUESTION = "{{Question}}"
_ANSWER = """{{FrontSide}}
<hr id="answer">
{{Answer}}
{{#Correction}}<hr>{{Correction}}{{/Correction}}
{{#Labs}}<hr>{{Labs}}{{/Labs}}"""


def export_deck(
    deck: Deck,
    *,
    at: datetime,
    links: Sequence[Practice] = (),
    corrected: Mapping[str, Sequence[Correction]] | None = None,
) -> tuple[bytes, int]:
    """The content of an `.apkg` file with the complete cards, and their number."""
    genanki = _genanki()
    package = genanki.Deck(deck_number(deck.name), deck.name)
    cards = [card for card in deck.cards if card.complete]
    for card in cards:
        labs = dict.fromkeys(link.lab for link in links if link.card == deck.ref(card))
        package.add_note(_note(deck, card, tuple(labs), (corrected or {}).get(deck.ref(card), ())))
    content = io.BytesIO()
    genanki.Package(package).write_to_file(content, timestamp=at.timestamp())
    return content.getvalue(), len(cards)


def _genanki() -> Any:
    """The module genanki, which has no types. Raises MissingExtra if it is not installed."""
    try:
        return importlib.import_module("genanki")
    except ImportError as error:
        raise MissingExtra("anki") from error


def guid(card: str) -> str:
    """The GUID of a card's note, derived from the card's reference."""
    return str(_genanki().guid_for("labs", card))


def deck_number(name: str) -> int:
    """The id of a deck, derived from its name; above the ids that Anki assigns."""
    return (1 << 30) + int.from_bytes(hashlib.sha256(name.encode("utf-8")).digest()[:4]) % (1 << 30)


def _note(deck: Deck, card: Card, labs: Sequence[str], corrected: Sequence[Correction]) -> Any:
    fields = (
        to_html(card.question),
        to_html(card.answer),
        html.escape(card.id),
        "<br>".join(f"<code>labs check {html.escape(lab)}</code>" for lab in labs),
        "".join(to_html(correction.text) for correction in corrected),
        "<br>".join(_link(correction.source) for correction in corrected),
    )
    return _genanki().Note(
        model=_model(),
        fields=list(fields),
        guid=guid(deck.ref(card)),
        tags=[f"{LAB_TAG}{lab}" for lab in labs],
    )


def _model() -> Any:
    template: dict[str, Any] = {"name": "Recall", "qfmt": _QUESTION, "afmt": _ANSWER}
    return _genanki().Model(
        MODEL, "cardlabs", fields=[{"name": name} for name in FIELDS], templates=[template]
    )


def _link(url: str) -> str:
    return f'<a href="{html.escape(url)}">{html.escape(url)}</a>'


def to_html(markdown: str) -> str:
    """A card's Markdown as HTML; raw HTML becomes text, pictures stay pictures."""
    try:
        from markdown_it import MarkdownIt
    except ImportError as error:
        raise MissingExtra("anki") from error
    plain = replace_images(markdown, lambda image: f"![{image.alt}](<{image.url}>)")
    rendered: str = MarkdownIt("commonmark", {"html": False}).enable("table").render(plain)
    return rendered.strip()
