"""Imports an Anki collection as a deck: each note becomes a card whose id derives from the GUID, for updates."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec

from labs.content.deck import Card, parse
from labs.content.markdown import Link
from labs.errors import ContentError, Fault
from labs.store import Event, uuid7
from labs.study.anki import FIELDS, LAB_TAG
from labs.study.ankifile import AnkiNote, Collection, Review
from labs.study.ankitext import to_markdown

DEVICE = "anki"
"""The device of imported reviews: the same on every machine, so that a second import adds nothing."""
MAX_CLOZES = 500
"""Maximum number of clozes in a note: each becomes a card with the whole note."""
CARD_SEPARATOR = b"\n\n===\n\n"
_CLOZE = re.compile(r"(\{\{c[0-9]{1,3}::|\}\})")
_SEPARATED = re.compile(rb"\r?\n[ \t]*={3,}[ \t\r]*\n*\Z")
_LAB = re.compile(r"[a-z][a-z0-9-]*")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Imported(msgspec.Struct, frozen=True):
    """The deck after an import, and the number of cards by outcome; `skipped` notes have no question or no answer."""

    deck: bytes
    added: int
    updated: int
    unchanged: int
    skipped: int


class _Face(msgspec.Struct, frozen=True):
    id: str
    question: str
    answer: str
    labs: tuple[str, ...] = ()


def import_deck(collection: Collection, before: bytes = b"") -> Imported:
    """A deck with the collection's cards. In an existing deck, only cards whose notes changed are rewritten."""
    faces = {face.id: face for note in collection.notes for face in _faces(note)}
    whole = {name: face for name, face in faces.items() if face.question and face.answer}
    known = {card.id: card for card in parse(before).cards}
    changed = {name for name in whole.keys() & known.keys() if not _same(whole[name], known[name])}
    kept = [
        _card_text(whole[name], card) if name in changed else before[slice(*card.span)]
        for name, card in known.items()
    ]
    new = [_card_text(face, None) for name, face in whole.items() if name not in known]
    return Imported(
        deck=_joined([*kept, *new]),
        added=len(new),
        updated=len(changed),
        unchanged=len(whole.keys() & known.keys()) - len(changed),
        skipped=len(faces) - len(whole),
    )


def history(collection: Collection, deck: str) -> list[Event]:
    """The collection's reviews as events of a deck's cards; the same reviews always make the same events."""
    names = {note.guid: _id(note) for note in collection.notes}
    clozes = {note.guid for note in collection.notes if _numbers(note)}
    return [
        _event(
            answered, f"{deck}:{names[answered.guid]}{_suffix(answered.ordinal + 1, answered.guid in clozes)}"
        )
        for answered in collection.reviews
        if answered.guid in names
    ]


def _event(answered: Review, card: str) -> Event:
    at = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=answered.at)
    chance = hashlib.sha256(f"{answered.guid} {answered.ordinal} {answered.at}".encode()).digest()
    return Event(
        id=uuid7(at, lambda bits: int.from_bytes(chance[:8]) >> (64 - bits)),
        device=DEVICE,
        at=at,
        kind="review",
        card=card,
        rating=answered.ease,
        ms=answered.ms,
        source="anki",
    )


def _faces(note: AnkiNote) -> Iterator[_Face]:
    """The cards of a note: one for each of its clozes, else one. Reversed cards are left to Anki."""
    if note.names == FIELDS:
        yield _Face(_id(note), to_markdown(note.fields[0]), to_markdown(note.fields[1]), tuple(_labs(note)))
        return
    first, *others = note.fields
    rest = [text for text in map(to_markdown, others) if text]
    for number in _numbers(note):
        question, answer = (to_markdown(_cloze(first, number, shown=shown)) for shown in (False, True))
        yield _Face(_id(note) + _suffix(number, cloze=True), question, "\n\n".join([answer, *rest]))
    if not _numbers(note):
        yield _Face(_id(note), to_markdown(first), "\n\n".join(rest))


def _labs(note: AnkiNote) -> Iterator[str]:
    """The labs that an export by cardlabs wrote as tags."""
    for tag in note.tags:
        lab = tag.removeprefix(LAB_TAG)
        if lab != tag and _LAB.fullmatch(lab):
            yield lab


def _id(note: AnkiNote) -> str:
    """The card's id if the note was exported by cardlabs, else an id derived from the GUID."""
    own = (note.field("CardId") or "").strip() if note.names == FIELDS else ""
    if _ID.fullmatch(own):
        return own
    spelt = note.guid.encode("utf-8", "replace").hex()
    return (
        f"anki-{spelt}" if 0 < len(spelt) <= 48 else f"anki-{hashlib.sha256(spelt.encode()).hexdigest()[:48]}"
    )


def _suffix(number: int, cloze: bool) -> str:
    return f"-c{number}" if cloze else ""


def _numbers(note: AnkiNote) -> list[int]:
    """The numbers of the clozes in a note's first field."""
    openings = [opening for opening in _CLOZE.findall(note.fields[0]) if opening != "}}"]
    if len(openings) > MAX_CLOZES:
        raise ContentError(Fault(f"note {note.guid}", f"it has more than {MAX_CLOZES} clozes"))
    return sorted({int(opening[3:-2]) for opening in openings})


def _cloze(text: str, number: int, *, shown: bool) -> str:
    """The text with the clozes of this number as gaps, or in bold if `shown`; other clozes become plain text."""
    open_clozes: list[tuple[str, list[str]]] = [("", [])]
    for piece in _CLOZE.split(text):
        if piece == "}}" and len(open_clozes) > 1:
            opening, inside = open_clozes.pop()
            words, _, hint = "".join(inside).partition("::")
            gap = f"<b>{words}</b>" if shown else f"[{hint or '...'}]"
            open_clozes[-1][1].append(gap if int(opening[3:-2]) == number else words)
        elif piece.startswith("{{c") and piece.endswith("::"):
            open_clozes.append((piece, []))
        else:
            open_clozes[-1][1].append(piece)
    return "".join(opening + "".join(inside) for opening, inside in open_clozes)


def _same(face: _Face, card: Card) -> bool:
    [read] = parse(_card_text(face, card)).cards
    return (read.question, read.answer, read.links) == (card.question, card.answer, card.links)


def _card_text(face: _Face, before: Card | None) -> bytes:
    """The source text of a card, with the links to labs that it had, or else those of its note."""
    links = ", ".join([_spelt(link) for link in before.links] if before and before.links else face.labs)
    labs = f"labs: {links}; " if links else ""
    return f"<!-- {labs}id: {face.id} -->\n{face.question}\n\n---\n\n{face.answer}".encode("utf-8", "replace")


def _spelt(link: Link) -> str:
    return f"{link.lab}#{link.objective}" if link.objective else link.lab


def _joined(cards: list[bytes]) -> bytes:
    """The cards, joined by separators."""
    whole = [_SEPARATED.sub(b"", card) for card in cards]
    return CARD_SEPARATOR.join(card.strip(b"\r\n") for card in whole) + b"\n" if whole else b""
