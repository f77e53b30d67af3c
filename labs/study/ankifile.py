"""Reads Anki packages of all versions: a zip with an SQLite file, which newer versions compress with Zstandard."""

from __future__ import annotations

import json
import lzma
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from io import BytesIO
from pathlib import Path

import msgspec

from labs.errors import ContentError, Fault, MissingExtra

NEWEST_FIRST = ("collection.anki21b", "collection.anki21", "collection.anki2")
"""New packages also contain a file in the old format, with a single note that says to upgrade."""
MAX_COLLECTION_BYTES = 64 * 1024 * 1024
"""A larger file is not accepted as a collection."""
MAX_TEXT_BYTES = 1024 * 1024
"""A longer field, or other value, is not accepted either."""
MAX_STEPS, STEPS_AT_ONCE = 100_000_000, 10_000
"""Limit of SQLite's virtual machine steps for a collection, and the interval of the progress handler."""
_LAST_MILLISECOND = 253_402_300_799_999
_TABLES = ("notes", "cards", "revlog", "col", "fields")


class AnkiNote(msgspec.Struct, frozen=True):
    """A note: its GUID, the names of its note type's fields, their HTML, and its tags."""

    guid: str
    names: tuple[str, ...]
    fields: tuple[str, ...]
    tags: tuple[str, ...]

    def field(self, name: str) -> str | None:
        """The HTML of a field; None if the note type has no field with this name."""
        return dict(zip(self.names, self.fields, strict=False)).get(name)


class Review(msgspec.Struct, frozen=True):
    """One review: the note's GUID, index of the card, time and duration in milliseconds (time since 1970), and ease."""

    guid: str
    ordinal: int
    at: int
    ease: int
    ms: int


class Collection(msgspec.Struct, frozen=True):
    """The content of a package."""

    notes: tuple[AnkiNote, ...]
    reviews: tuple[Review, ...]


def read_package(path: Path) -> Collection:
    """The notes and reviews of an `.apkg` file. Raises ContentError for any other file."""
    try:
        with closing(_database(_collection_bytes(path))) as database:
            _refuse_all_but_tables(database)
            names = _field_names(database)
            notes = dict(_notes(database, names))
            return Collection(tuple(notes.values()), tuple(_reviews(database, notes)))
    except _DAMAGE as error:
        raise ContentError(Fault(str(path), f"this is not an Anki package: {error}")) from error
    except OSError as error:
        raise ContentError(Fault(str(path), error.strerror or str(error))) from error


_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    sqlite3.Error,
    EOFError,
    RuntimeError,  # an encrypted zip; a compression that is not known; what is nested too deep
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
)
"""The exceptions that a damaged package raises."""


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
    """The collection in memory, with a stand-in for Anki's collation: SQLite needs it, the order does not matter."""
    database = sqlite3.connect(":memory:")
    database.create_collation("unicase", lambda one, other: (one > other) - (one < other))
    journalled = content[:18] + b"\x01\x01" + content[20:]  # a write-ahead log cannot be opened in memory
    database.deserialize(journalled)
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_COLLECTION_BYTES)
    database.execute("PRAGMA trusted_schema = OFF")
    database.execute("PRAGMA temp_store = MEMORY")
    left = iter(range(MAX_STEPS // STEPS_AT_ONCE))
    database.set_progress_handler(lambda: next(left, None) is None, STEPS_AT_ONCE)
    return database


def _refuse_all_but_tables(database: sqlite3.Connection) -> None:
    """Raises ValueError for views and virtual tables, which would run code of the package."""
    kinds = database.execute("SELECT name, type, sql FROM sqlite_master WHERE type IN ('table', 'view')")
    for name, kind, sql in kinds.fetchall():
        virtual = str(sql).upper().split()[:2] == ["CREATE", "VIRTUAL"]
        if str(name).lower() in _TABLES and (kind != "table" or virtual):
            raise ValueError(f"its {name} is not a table")


def _field_names(database: sqlite3.Connection) -> dict[int, tuple[str, ...]]:
    """The field names of each note type: in a table since 2020, in JSON before."""
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


def _notes(database: sqlite3.Connection, names: dict[int, tuple[str, ...]]) -> Iterator[tuple[int, AnkiNote]]:
    """Each note with its id."""
    rows = database.execute("SELECT id, guid, mid, flds, tags FROM notes ORDER BY id")
    for number, guid, model, fields, tags in rows:
        texts = str(guid), str(fields), str(tags)
        if max(map(len, texts)) > MAX_TEXT_BYTES:
            raise ValueError(f"its note {number} is too large")
        yield (
            number,
            AnkiNote(texts[0], names.get(model, ()), tuple(texts[1].split("\x1f")), tuple(texts[2].split())),
        )


def _reviews(database: sqlite3.Connection, notes: dict[int, AnkiNote]) -> Iterator[Review]:
    """The reviews in the log, without manual rescheduling (no ease) and cramming (type 3)."""
    rows = database.execute(
        "SELECT cards.nid, cards.ord, revlog.id, revlog.ease, revlog.time FROM revlog"
        " JOIN cards ON cards.id = revlog.cid"
        " WHERE revlog.ease BETWEEN 1 AND 4 AND revlog.type IN (0, 1, 2)"
        " AND revlog.id BETWEEN 0 AND ? ORDER BY revlog.id",
        (_LAST_MILLISECOND,),
    )
    for number, ordinal, at, ease, ms in rows:
        if number in notes:
            yield Review(notes[number].guid, int(ordinal), int(at), int(ease), max(0, int(ms)))
