"""Reads an Anki package of any age: a zip around an SQLite file, the newer ones compressed by Zstandard."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from io import BytesIO
from pathlib import Path

import msgspec

from labs.errors import ContentError, Fault, MissingExtra

NEWEST_FIRST = ("collection.anki21b", "collection.anki21", "collection.anki2")
"""A new package holds an old file too, with a single note that says to upgrade."""
MAX_COLLECTION_BYTES = 512 * 1024 * 1024
"""A larger file is not accepted as a collection."""


class Note(msgspec.Struct, frozen=True):
    """A note: its GUID, the names of its note type's fields, their HTML, and its tags."""

    guid: str
    names: tuple[str, ...]
    fields: tuple[str, ...]
    tags: tuple[str, ...]

    def field(self, name: str) -> str | None:
        """The HTML of a field by its name; None where the note type has none of this name."""
        return dict(zip(self.names, self.fields, strict=False)).get(name)


class Review(msgspec.Struct, frozen=True):
    """One review in Anki: which note, which card of it from 0, when in milliseconds since 1970, how, and how long."""

    guid: str
    ordinal: int
    at: int
    ease: int
    ms: int


class Collection(msgspec.Struct, frozen=True):
    """The content of a package."""

    notes: tuple[Note, ...]
    reviews: tuple[Review, ...]


def read_package(path: Path) -> Collection:
    """The notes and reviews of an `.apkg` file. Raises ContentError for any other file."""
    try:
        with closing(_database(_collection_bytes(path))) as database:
            names = _field_names(database)
            return Collection(tuple(_notes(database, names)), tuple(_reviews(database)))
    except (zipfile.BadZipFile, sqlite3.Error, ValueError, KeyError) as error:
        raise ContentError(Fault(str(path), f"this is no Anki package: {error}")) from error
    except OSError as error:
        raise ContentError(Fault(str(path), error.strerror or str(error))) from error


def _collection_bytes(path: Path) -> bytes:
    with zipfile.ZipFile(path) as package:
        name = next((name for name in NEWEST_FIRST if name in package.namelist()), None)
        if name is None:
            raise ValueError("it holds no collection")
        if package.getinfo(name).file_size > MAX_COLLECTION_BYTES:
            raise ValueError("its collection is too large")
        content = package.read(name)
    return _decompressed(content) if name.endswith("21b") else content


def _decompressed(content: bytes) -> bytes:
    try:
        import zstandard
    except ImportError as error:
        raise MissingExtra("anki") from error
    try:
        with zstandard.ZstdDecompressor().stream_reader(BytesIO(content)) as stream:
            plain = stream.read(MAX_COLLECTION_BYTES + 1)
    except zstandard.ZstdError as error:
        raise ValueError(str(error)) from error
    if len(plain) > MAX_COLLECTION_BYTES:
        raise ValueError("its collection is too large")
    return plain


def _database(content: bytes) -> sqlite3.Connection:
    """The collection in memory. Anki's own collation is needed to read at all; its order is not."""
    database = sqlite3.connect(":memory:")
    database.create_collation("unicase", lambda one, other: (one > other) - (one < other))
    journalled = content[:18] + b"\x01\x01" + content[20:]  # a write-ahead log cannot be opened in memory
    database.deserialize(journalled)
    return database


def _field_names(database: sqlite3.Connection) -> dict[int, tuple[str, ...]]:
    """The names of the fields of each note type: a table since 2020, JSON before."""
    if database.execute("SELECT 1 FROM sqlite_master WHERE name = 'fields'").fetchone():
        names: dict[int, list[str]] = {}
        for number, name in database.execute("SELECT ntid, name FROM fields ORDER BY ntid, ord"):
            names.setdefault(number, []).append(str(name))
        return {number: tuple(found) for number, found in names.items()}
    [(models,)] = database.execute("SELECT models FROM col").fetchall()
    return {
        int(number): tuple(field["name"] for field in model["flds"])
        for number, model in json.loads(models).items()
    }


def _notes(database: sqlite3.Connection, names: dict[int, tuple[str, ...]]) -> Iterator[Note]:
    for guid, model, fields, tags in database.execute("SELECT guid, mid, flds, tags FROM notes ORDER BY id"):
        yield Note(
            str(guid), names.get(model, ()), tuple(str(fields).split("\x1f")), tuple(str(tags).split())
        )


def _reviews(database: sqlite3.Connection) -> Iterator[Review]:
    """The reviews of the log; cards moved by hand (no ease) and cramming (type 3) are left out."""
    rows = database.execute(
        "SELECT notes.guid, cards.ord, revlog.id, revlog.ease, revlog.time FROM revlog"
        " JOIN cards ON cards.id = revlog.cid JOIN notes ON notes.id = cards.nid"
        " WHERE revlog.ease BETWEEN 1 AND 4 AND revlog.type IN (0, 1, 2) ORDER BY revlog.id"
    )
    for guid, ordinal, at, ease, ms in rows:
        yield Review(str(guid), int(ordinal), int(at), int(ease), max(0, int(ms)))
