"""Anki: what is exported is read back, what is imported cannot break out of its card, and importing again updates."""

from __future__ import annotations

import json
import sqlite3
import sys
import zipfile
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from labs.content import deck
from labs.content.lab_task import CardLink, Correction
from labs.errors import ContentError, LabsError
from labs.store.kinds import complete
from labs.study import anki, ankifile
from labs.study.ankideck import Imported, history, import_deck
from labs.study.ankifile import AnkiNote, Collection, Review, read_package
from labs.study.ankitext import to_markdown
from labs.study.practice_links import corrections, practices
from labs.study.replay import replay
from labs.study.schedule import Scheduler
from tests.study.learner_builder import DECK, PLACEMENT

AT = datetime(2026, 11, 22, tzinfo=UTC)
FIXED = Correction(
    "binpack needs a field: <cpu> or memory", "https://docs.aws.amazon.com/ecs", date(2026, 11, 22)
)
LINK = CardLink("deck", "Explain Binpack", ("binpack-memory",), correction=FIXED)
LAB = msgspec.structs.replace(PLACEMENT, task=msgspec.structs.replace(PLACEMENT.task, cards=(LINK,)))


def exported(out: Path, given: deck.Deck = DECK, at: datetime = AT) -> list[tuple[Any, ...]]:
    """The notes of a package, read by sqlite3 and nothing of ours: guid, fields, tags, mod."""
    content, _ = anki.export_deck(
        given, at=at, links=practices([LAB], [given]), corrected=corrections([LAB], [given])
    )
    out.write_bytes(content)
    with zipfile.ZipFile(out) as package:
        content = package.read("collection.anki2")
    database = sqlite3.connect(":memory:")
    database.deserialize(content)
    rows = database.execute("SELECT guid, flds, tags, mod FROM notes ORDER BY id").fetchall()
    database.close()
    return [(guid, tuple(flds.split("\x1f")), tags.split(), mod) for guid, flds, tags, mod in rows]


def test_each_complete_card_is_a_note_with_its_lab_and_correction(tmp_path: Path) -> None:
    notes = exported(tmp_path / "x.apkg")
    assert len(notes) == 3
    strategies, binpack, _ = notes
    assert strategies[1] == (
        "<p>List ECS Task Placement Strategies (3)</p>",
        "<ul>\n<li>Binpack</li>\n<li>Random</li>\n<li>Spread</li>\n</ul>",
        "strategies",
        "",
        "",
        "",
    )
    assert strategies[2] == []
    assert binpack[1][2:] == (
        "binpack",
        "<code>labs check ecs-placement</code>",
        "<p>binpack needs a field: &lt;cpu&gt; or memory</p>",
        '<a href="https://docs.aws.amazon.com/ecs">https://docs.aws.amazon.com/ecs</a>',
    )
    assert binpack[2] == ["labs::ecs-placement"]


def test_ids_of_decks_and_notes_are_the_same_on_every_machine() -> None:
    assert (anki.deck_number("aws-ecs"), anki.guid("aws-ecs:1")) == (1_671_228_389, "F4#C)^(zpZ")


@pytest.mark.slow
def test_an_edited_answer_keeps_its_note_and_is_newer(tmp_path: Path) -> None:
    edited = deck.parse(DECK.raw.replace(b"Evenly by a field", b"Evenly over zones"))
    before = exported(tmp_path / "a.apkg")
    after = exported(tmp_path / "b.apkg", edited, AT + timedelta(seconds=1))
    assert [note[0] for note in before] == [note[0] for note in after]
    assert before[2][1] != after[2][1]
    assert after[2][3] == before[2][3] + 1


def test_a_cards_own_html_is_shown_as_text_and_its_pictures_stay_pictures() -> None:
    shown = anki.to_html(
        'Put it in <bucket_name> <script>alert(1)</script>\n\n<img src="https://x.org/a.png" alt="a">'
    )
    assert "<script" not in shown
    assert "&lt;bucket_name&gt;" in shown
    assert '<img src="https://x.org/a.png" alt="a"' in shown
    assert "href" not in anki.to_html("[x](javascript:alert(1))")


def test_without_the_extra_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "genanki", None)
    with pytest.raises(LabsError, match=r"pip install 'cardlabs\[anki\]'"):
        anki.export_deck(DECK, at=AT)


def test_an_exported_deck_comes_back_with_the_same_ids_and_words(tmp_path: Path) -> None:
    exported(tmp_path / "x.apkg")
    imported = import_deck(read_package(tmp_path / "x.apkg"))
    cards = deck.parse(imported.deck).cards
    assert [card.id for card in cards] == ["strategies", "binpack", "spread"]
    assert [(card.question, card.answer) for card in cards] == [
        (card.question, card.answer) for card in DECK.cards if card.complete
    ]
    assert cards[0].by_items
    assert [[link.lab for link in card.links] for card in cards] == [[], ["ecs-placement"], []]


def test_the_deck_of_the_project_survives_the_way_to_anki_and_back(tmp_path: Path) -> None:
    given = deck.read_deck(Path(__file__).parents[2] / "decks" / "aws-ecs.md")
    exported(tmp_path / "x.apkg", given)
    cards = deck.parse(import_deck(read_package(tmp_path / "x.apkg")).deck).cards
    assert [card.id for card in cards] == [card.id for card in given.cards]
    assert [(card.counts, len(card.items)) for card in cards] == [
        (card.counts, len(card.items)) for card in given.cards
    ]


def note(guid: str, *fields: str, names: Sequence[str] = ("Front", "Back")) -> AnkiNote:
    return AnkiNote(guid, tuple(names), fields, ())


def imports(*notes: AnkiNote, before: bytes = b"") -> Imported:
    return import_deck(Collection(notes, ()), before)


def test_a_second_import_updates_and_leaves_the_rest_as_it_was() -> None:
    first = imports(note("g1", "What is ECS?", "A service"), note("g2", "What is ECR?", "A registry"))
    assert (first.added, first.updated, first.unchanged) == (2, 0, 0)
    again = imports(note("g2", "What is ECR?", "A registry"), before=first.deck)
    assert (again.deck, again.unchanged, again.added, again.updated) == (first.deck, 1, 0, 0)
    linked = first.deck.replace(b"<!-- id", b"<!-- labs: ecr-push#image; id")
    third = imports(
        note("g2", "What is ECR?", "A registry of images"), note("g3", "New?", "Yes"), before=linked
    )
    assert (third.added, third.updated, third.unchanged) == (1, 1, 0)
    ecs, ecr, new = deck.parse(third.deck).cards
    assert (ecs.answer, ecr.answer, new.answer) == ("A service", "A registry of images", "Yes")
    assert [(link.lab, link.objective) for link in ecr.links] == [("ecr-push", "image")]
    assert [card.id for card in deck.parse(first.deck).cards] == [ecs.id, ecr.id]


def test_an_import_leaves_the_learners_own_cards_in_the_deck() -> None:
    own = b"Mine?\n---\nYes\n===\n"
    cards = deck.parse(imports(note("g", "Theirs?", "Yes"), before=own).deck).cards
    assert [card.question for card in cards] == ["Mine?", "Theirs?"]


def test_a_note_without_a_question_or_an_answer_is_skipped_and_counted() -> None:
    imported = imports(note("a", "", "x"), note("b", "x", "<br>"), note("c", "x", "y"))
    assert (imported.added, imported.skipped) == (1, 2)


def test_each_cloze_becomes_a_question_with_a_gap() -> None:
    text = "{{c1::Binpack}} fills, {{c2::spread::strategy}} {{c1::evens}} out {{c3::{{c4::deep}}}}"
    imported = imports(note("g", text, "More", names=("Text", "Back Extra")))
    cards = deck.parse(imported.deck).cards
    assert [(card.id, card.question) for card in cards] == [
        ("anki-67-c1", "[...] fills, spread [...] out deep"),
        ("anki-67-c2", "Binpack fills, [strategy] evens out deep"),
        ("anki-67-c3", "Binpack fills, spread evens out [...]"),
        ("anki-67-c4", "Binpack fills, spread evens out [...]"),
    ]
    assert cards[1].answer == "Binpack fills, **spread** evens out deep\n\nMore"


@pytest.mark.parametrize("text", ["{{c1::open", "}} {{c1::x", "{{c1::a}} }}", "{{c::x}}", "{{c1::}}"])
def test_broken_clozes_are_kept_as_they_stand(text: str) -> None:
    assert imports(note("g", f"x {text}", "y")).added >= 1


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("a<br>b<div>c</div>", "a\nb\nc"),
        ("<p>a</p><p>b</p>", "a\n\nb"),
        ("<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>", "- a\n- b\n    - c"),
        ("<ol><li>a</li><li>b</li></ol>", "1. a\n1. b"),
        ("<b>a</b> <i>b</i> <code>c  d</code>", "**a** *b* `c d`"),
        ("<code>a`b</code>", "``a`b``"),
        ("<pre>a\n===\n```\n  b</pre>", "````\na\n===\n```\n  b\n````"),
        ('<a href="https://x.org/a b">x</a>', "[x](<https://x.org/a%20b>)"),
        ('<img src="a.png">', "![image](<a.png>)"),
        ("a<hr>b", "a\n\n* * *\n\nb"),
        ("&lt;bucket_name&gt; 1 &lt; 2", "&lt;bucket_name> 1 < 2"),
        ("<script>alert(1)</script>a<style>b</style>", "a"),
        ("a<br>===<br>b", "a\n\\===\nb"),
        ("a<br>&nbsp;---&nbsp;", "a\n\xa0\\---"),
        ("&lt;!-- id: stolen --&gt;", "&lt;!-- id: stolen -->"),
        ("<span>&lt;</span>!-- id: stolen --&gt;", "&lt;!-- id: stolen -->"),
        ("[//]: # (id: stolen)", "\\[//]: # (id: stolen)"),
        ("```<br>===", "\\```\n\\==="),
        ("<h2>a</h2>b", "## a\nb"),
        ("<unclosed <b>a", "a"),
        ("<ul>\n<li>\n<p>a</p>\n<p>b</p></li>\n<li>c<br>d</li></ul>e", "- a\n    b\n- c\n    d\n\ne"),
    ],
)
def test_a_field_becomes_markdown(html: str, markdown: str) -> None:
    assert to_markdown(html) == markdown


SIGNS = (
    *(
        "a",
        "\n",
        "\r",
        "\t",
        "\x0b",
        "\x85",
        " ",
        "    ",
        "===",
        "---",
        "=",
        "-",
        "```",
        "~~~",
        "`",
        "\\",
        "(",
        "[",
        "]",
    ),
    *("<br>", "<pre>", "</pre>", "<code>", "</code>", "<ul>", "<li>", "</ul>", "<hr>"),
    *("<div>", "</div>", "<b>", "</b>"),
    *("&lt;", "<", "<!--", "-->", "!-- id: x --", "[//]: # (id: x)", "{{c1::", "}}", "::", "&#10;"),
    *("<img src=x>", "<a href='y'>", "</a>"),
)
HOSTILE = st.lists(st.sampled_from(SIGNS) | st.text(max_size=5), max_size=12).map("".join)


@pytest.mark.slow
@given(st.lists(st.tuples(HOSTILE, HOSTILE), min_size=1, max_size=3))
@example([("a", "~~~"), ("a", "b")])
def test_no_field_can_break_out_of_its_card(fields: list[tuple[str, str]]) -> None:
    """Each note makes its own cards with its own ids, and importing it again changes nothing."""
    notes = [note(f"guid{number}", *pair) for number, pair in enumerate(fields)]
    imported = imports(*notes)
    ids = [card.id for card in deck.parse(imported.deck).cards]
    assert len(ids) == imported.added
    assert len(set(ids)) == len(ids)
    assert {name.split("-c")[0] for name in ids} <= {"anki-" + one.guid.encode().hex() for one in notes}
    again = imports(*notes, before=imported.deck)
    assert (again.deck, again.added, again.updated) == (imported.deck, 0, 0)


OLD = (
    "CREATE TABLE col (models TEXT); CREATE TABLE notes (id, guid, mid, tags, flds);"
    "CREATE TABLE cards (id, nid, ord);"
)
LOG = "CREATE TABLE revlog (id, cid, ease, time, type);"
NEW = (
    "CREATE TABLE fields (ntid INTEGER, ord INTEGER, name TEXT COLLATE unicase, PRIMARY KEY (ntid, ord)) WITHOUT ROWID;"
    "CREATE INDEX by_name ON fields (name);"
)


def package(path: Path, name: str, *, zstd: bool = False) -> Path:
    """A package as Anki writes it, with one note, and reviews of which three are answers."""
    database = sqlite3.connect(":memory:")
    database.create_collation("unicase", lambda one, other: (one > other) - (one < other))
    database.executescript(OLD + LOG + (NEW if zstd else ""))
    models = {"7": {"flds": [{"name": "Front"}, {"name": "Back"}]}}
    database.execute("INSERT INTO col VALUES (?)", ["" if zstd else json.dumps(models)])
    if zstd:
        database.executemany("INSERT INTO fields VALUES (7, ?, ?)", [(0, "Front"), (1, "Back")])
    database.execute("INSERT INTO notes VALUES (1, 'g&1', 7, ' a b ', ?)", ["What?\x1fThis"])
    database.execute("INSERT INTO cards VALUES (5, 1, 0)")
    day = 86_400_000
    start = int(AT.timestamp() * 1000)
    log = [(start, 5, 3, 9000, 0), (start + day, 5, 1, 100, 1), (start + 2 * day, 5, 4, -5, 2)]
    ignored = [(start + 1, 5, 0, 0, 4), (start + 2, 5, 3, 0, 3), (start + 3, 99, 3, 0, 1)]
    database.executemany("INSERT INTO revlog VALUES (?, ?, ?, ?, ?)", log + ignored)
    database.commit()
    content = bytearray(database.serialize())
    database.close()
    content[18:20] = b"\x02\x02" if zstd else b"\x01\x01"
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("collection.anki2", b"a stub that says to upgrade" if zstd else bytes(content))
        if zstd:
            import zstandard

            out.writestr(name, zstandard.compress(bytes(content)))
    return path


@pytest.mark.parametrize(("name", "zstd"), [("collection.anki2", False), ("collection.anki21b", True)])
def test_old_and_new_packages_are_read_alike(tmp_path: Path, name: str, zstd: bool) -> None:
    collection = read_package(package(tmp_path / "x.apkg", name, zstd=zstd))
    assert collection.notes == (AnkiNote("g&1", ("Front", "Back"), ("What?", "This"), ("a", "b")),)
    assert [answered.ease for answered in collection.reviews] == [3, 1, 4]


def test_the_log_becomes_the_same_events_on_every_machine(tmp_path: Path) -> None:
    collection = read_package(package(tmp_path / "x.apkg", "collection.anki2"))
    events = history(collection, "mine")
    assert events == history(collection, "mine")
    assert len({event.id for event in events}) == 3
    assert [(event.card, event.rating, event.ms) for event in events] == [
        ("mine:anki-672631", 3, 9000),
        ("mine:anki-672631", 1, 100),
        ("mine:anki-672631", 4, 0),
    ]
    assert all(complete(event).source == "anki" for event in events)
    assert events[0].at == AT
    [card] = deck.parse(import_deck(collection).deck).cards
    assert len(replay(events, Scheduler())[f"mine:{card.id}"].recalls) == 3


def test_the_log_of_a_cloze_belongs_to_the_card_of_its_number() -> None:
    answered = Review("g", 1, int(AT.timestamp() * 1000), 3, 100)
    [event] = history(Collection((note("g", "{{c1::a}} {{c2::b}}", ""),), (answered,)), "mine")
    assert event.card == "mine:anki-67-c2"


def test_import_keeps_reviews_in_one_millisecond_and_skips_unknown_notes() -> None:
    answered = [Review(guid, 0, int(AT.timestamp() * 1000), 3, 100) for guid in ("g", "h", "lost")]
    events = history(Collection((note("g", "a", "b"), note("h", "a", "b")), tuple(answered)), "mine")
    assert [event.card for event in events] == ["mine:anki-67", "mine:anki-68"]
    assert events[0].id != events[1].id


@pytest.mark.parametrize("guid", ["", "g" * 5000, "\x00<!--", "\u4e16\u754c", "-->"])
def test_any_guid_makes_an_id_that_a_deck_can_hold(guid: str) -> None:
    [card] = deck.parse(imports(note(guid, "a", "b")).deck).cards
    assert card.id.startswith("anki-")
    assert len(card.id) <= 64


def test_tags_name_labs_where_the_deck_does_not() -> None:
    """A deck of an earlier import gets the links, its own links stay, and a tag that names no lab is left out."""
    tagged = AnkiNote(
        "g", anki.FIELDS, ("a?", "b", "own", "", "", ""), ("labs::ecr-push", "labs::-->", "aws")
    )
    linked = b"<!-- labs: ecr-access; id: own -->\na?\n\n---\n\nb\n"
    [card] = deck.parse(imports(tagged, before=linked.replace(b"labs: ecr-access; ", b"")).deck).cards
    assert [link.lab for link in card.links] == ["ecr-push"]
    assert imports(tagged, before=linked).deck == linked


@pytest.mark.parametrize("own", ["", "<b>x</b>", "a b", "x" * 65, "--> <!-- id: y"])
def test_a_card_id_that_is_none_is_not_believed(own: str) -> None:
    fields = ("a", "b", own, "", "", "")
    [card] = deck.parse(imports(note("g", *fields, names=anki.FIELDS)).deck).cards
    assert card.id == "anki-67"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"no zip", id="no zip"),
        pytest.param({}, id="an empty zip"),
        pytest.param({"collection.anki2": b"no database"}, id="no database"),
        pytest.param({"collection.anki2": b""}, id="an empty database"),
        pytest.param({"collection.anki21b": b"no zstandard"}, id="no zstandard"),
        pytest.param(None, id="no file"),
    ],
)
def test_what_is_no_package_is_refused_by_name(
    tmp_path: Path, content: bytes | dict[str, bytes] | None
) -> None:
    path = tmp_path / "x.apkg"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        with zipfile.ZipFile(path, "w") as out:
            for name, data in content.items():
                out.writestr(name, data)
    with pytest.raises(ContentError, match=r"x\.apkg"):
        read_package(path)


def test_a_collection_that_would_fill_the_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ankifile, "MAX_COLLECTION_BYTES", 1000)
    for name, zstd in (("collection.anki2", False), ("collection.anki21b", True)):
        with pytest.raises(ContentError, match="too large"):
            read_package(package(tmp_path / name, name, zstd=zstd))
