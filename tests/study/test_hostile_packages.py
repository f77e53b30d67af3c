"""Anki packages of strangers: whatever is in them, there is a collection or one ContentError."""

from __future__ import annotations

import sqlite3
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labs.errors import ContentError
from labs.study import ankifile
from labs.study.ankideck import MAX_CLOZES, import_deck
from labs.study.ankifile import AnkiNote, Collection, read_package
from labs.study.ankitext import MAX_LISTS, to_markdown

SCHEMA = """
CREATE TABLE col (models TEXT);
CREATE TABLE notes (id INTEGER PRIMARY KEY, guid TEXT, mid INTEGER, flds TEXT, tags TEXT);
CREATE TABLE cards (id INTEGER PRIMARY KEY, nid INTEGER, ord INTEGER);
CREATE TABLE revlog (id INTEGER PRIMARY KEY, cid INTEGER, ease INTEGER, time INTEGER, type INTEGER);
INSERT INTO col VALUES ('{"1": {"flds": [{"name": "Front"}, {"name": "Back"}]}}');
INSERT INTO notes VALUES (1, 'one', 1, 'question' || char(31) || 'answer', '');
INSERT INTO cards VALUES (1, 1, 0);
INSERT INTO revlog VALUES (1700000000000, 1, 3, 1000, 1);
"""
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"


def package(path: Path, more: str = "", compression: int = zipfile.ZIP_DEFLATED) -> Path:
    database = sqlite3.connect(":memory:")
    database.executescript(SCHEMA + more)
    with zipfile.ZipFile(path, "w", compression) as made:
        made.writestr("collection.anki2", database.serialize())
    database.close()
    return path


def test_a_package_is_read(tmp_path: Path) -> None:
    """The one that all others here are made of."""
    found = read_package(package(tmp_path / "x.apkg"))
    assert [note.fields for note in found.notes] == [("question", "answer")]
    assert [(review.guid, review.ease) for review in found.reviews] == [("one", 3)]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (
            f"DROP TABLE notes; CREATE VIEW notes AS {ENDLESS} SELECT i id, i guid, 1 mid, i flds, i tags FROM n",
            "not a table",
        ),
        (f"CREATE VIEW fields AS {ENDLESS} SELECT i ntid, i ord, i name FROM n", "not a table"),
        (
            "DROP TABLE revlog; CREATE VIRTUAL TABLE revlog USING fts5(id, cid, ease, time, type)",
            "not a table",
        ),
        ("UPDATE col SET models = '[1]'", "not an Anki package"),
        ("UPDATE col SET models = 'null'", "not an Anki package"),
        ('UPDATE col SET models = \'{"1": {"flds": [null]}}\'', "not an Anki package"),
        ("UPDATE notes SET flds = CAST(zeroblob(2000000) AS TEXT)", "too large"),
        ("UPDATE col SET models = replace(hex(zeroblob(50000)), '00', '[[')", "not an Anki package"),
    ],
    ids=["view", "fields", "virtual", "list", "null", "no field", "large", "nested"],
)
def test_a_collection_that_is_none_is_refused(tmp_path: Path, more: str, says: str) -> None:
    """One sentence with the file."""
    with pytest.raises(ContentError, match=says) as error:
        read_package(package(tmp_path / "x.apkg", more))
    assert str(tmp_path / "x.apkg") in str(error.value)


@pytest.mark.slow
def test_work_without_end_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables, too, can be much to join."""
    monkeypatch.setattr(ankifile, "MAX_STEPS", 10 * ankifile.STEPS_AT_ONCE)
    rows = ENDLESS + " SELECT i, 'g' || i, 1, 'a', '' FROM n LIMIT 100000"
    with pytest.raises(ContentError, match="interrupted"):
        read_package(package(tmp_path / "x.apkg", f"DELETE FROM notes; INSERT INTO notes {rows};"))


def test_a_review_at_a_time_of_no_calendar_is_left_out(tmp_path: Path) -> None:
    """2 to the power of 63 milliseconds are no moment."""
    more = "INSERT INTO revlog VALUES (9223372036854775807, 1, 3, 1, 1)"
    assert len(read_package(package(tmp_path / "x.apkg", more)).reviews) == 1


@pytest.mark.slow
@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
def test_flipped_bits_are_a_collection_or_one_error(tmp_path: Path, data: st.DataObject) -> None:
    """In the zip's own parts as in the database."""
    path = tmp_path / "x.apkg"
    content = bytearray(package(path, compression=data.draw(st.sampled_from([0, 8]))).read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(content) * 8 - 1), min_size=1, max_size=6)):
        content[place // 8] ^= 1 << place % 8
    path.write_bytes(content)
    try:
        found = read_package(path)
    except ContentError as error:
        found, said = Collection((), ()), str(error)
        assert said.startswith(str(path))
    assert isinstance(found, Collection)


def test_more_clozes_than_anybody_writes_are_refused() -> None:
    """Each is a card that holds the whole note: the square of their number."""
    text = "".join(f"{{{{c{number % 900}::x}}}}" for number in range(MAX_CLOZES + 1))
    note = AnkiNote("g", ("Text",), (text,), ())
    with pytest.raises(ContentError, match="more than 500 clozes"):
        import_deck(Collection((note,), ()))


def test_lists_are_followed_so_deep_only() -> None:
    """Each line of a list is indented by its depth."""
    assert to_markdown("<ul><li>a" * MAX_LISTS).count("- a") == MAX_LISTS
    with pytest.raises(ContentError, match="nested deeper"):
        to_markdown("<ul><li>a" * (MAX_LISTS + 1))


@pytest.mark.parametrize(
    "sign", ["\x1b]52;c;aGk=\x07", "&#27;[2J", "&#x9b;2J", "\x9b2J", "<pre>\x1b[2J</pre>"]
)
def test_no_control_character_gets_into_a_deck(sign: str) -> None:
    """Not even as the deck's own file: it is read by `cat`, too."""
    note = AnkiNote("g", ("Front", "Back"), (f"question {sign}", f"answer {sign}"), ())
    deck = import_deck(Collection((note,), ())).deck.decode()
    assert [each for each in deck if (ord(each) < 32 and each != "\n") or 0x7F <= ord(each) <= 0x9F] == []
