"""The deck reader: which bytes become a card, and which faults are reported."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from labs.content import deck as deck_module
from labs.content.deck import parse, read_deck
from tests.deck_kit import (
    AWS_ECS,
    AWS_ECS_IDS,
    AWS_ECS_SHA256,
    codes,
    faces,
    markdown_to_anki,
)


def test_the_first_deck_is_byte_for_byte_as_it_was_given():
    assert hashlib.sha256(AWS_ECS.read_bytes()).hexdigest() == AWS_ECS_SHA256


def test_the_first_deck_keeps_its_ids_for_ever():
    """Progress is kept under these ids: a change of one forgets what a learner knows of that card."""
    assert [card.id for card in read_deck(AWS_ECS).cards] == AWS_ECS_IDS.split()


def test_the_first_deck_is_read_as_by_the_original_tool():
    deck = read_deck(AWS_ECS)
    assert len(deck.cards) == 23
    assert faces(deck) == markdown_to_anki(AWS_ECS.read_bytes())
    assert deck.problems == ()
    assert deck.name == "aws-ecs"


def test_the_first_deck_grades_by_item_what_lists_as_many_as_it_asks_for():
    by_items = {card.question: card.items for card in read_deck(AWS_ECS).cards if card.by_items}
    assert len(by_items) == 6
    assert by_items["List ECS Task Placement Strategies (3)"] == ("Binpack", "Random", "Spread")


def test_reading_a_deck_never_writes_to_it(tmp_path: Path):
    folder = tmp_path / "decks"
    folder.mkdir()
    copy = folder / "deck.md"
    copy.write_bytes(b"Q\r\n---\r\nA")
    copy.chmod(0o400)
    before = copy.stat()
    read_deck(copy)
    assert copy.read_bytes() == b"Q\r\n---\r\nA"
    assert copy.stat().st_mtime_ns == before.st_mtime_ns
    assert [path.name for path in folder.iterdir()] == ["deck.md"]


TWO = [("Q1", "A1"), ("Q2", "A2")]
VARIATIONS = {
    "plain": ("Q1\n\n---\n\nA1\n\n===\n\nQ2\n\n---\n\nA2\n", TWO),
    "no final newline": ("Q1\n---\nA1\n===\nQ2\n---\nA2", TWO),
    "no blank lines around separators": ("Q1\n---\nA1\n===\nQ2\n---\nA2\n", TWO),
    "spaces and tabs behind separators": ("Q1\n--- \nA1\n===\t \nQ2\n---\t\nA2\n", TWO),
    "longer separators": ("Q1\n-----\nA1\n=====\nQ2\n----\nA2\n", TWO),
    "Windows line ends": ("Q1\r\n---\r\nA1\r\n===\r\nQ2\r\n---\r\nA2\r\n", TWO),
    "a byte order mark": ("\ufeffQ1\n---\nA1\n===\nQ2\n---\nA2\n", TWO),
    "a byte order mark and front matter": ("\ufeff---\na: b\n---\nQ1\n---\nA1\n===\nQ2\n---\nA2\n", TWO),
    "front matter": ("---\ntitle: x\n---\n\nQ1\n---\nA1\n===\nQ2\n---\nA2\n", TWO),
    "front matter that ends in dots": ("---\r\ntitle: x\r\n...\r\nQ1\n---\nA1\n===\nQ2\n---\nA2\n", TWO),
    "a separator at the end": ("Q1\n---\nA1\n===\nQ2\n---\nA2\n===\n", TWO),
    "a separator at the end without a newline": ("Q1\n---\nA1\n===\nQ2\n---\nA2\n===", TWO),
    "a separator at the start": ("===\nQ1\n---\nA1\n===\nQ2\n---\nA2\n", TWO),
    "nothing between two separators": ("Q1\n---\nA1\n===\n\n===\nQ2\n---\nA2\n", TWO),
    "only a comment between two separators": ("Q1\n---\nA1\n===\n<!-- two -->\n===\nQ2\n---\nA2\n", TWO),
    "one card": ("Q\n---\nA\n", [("Q", "A")]),
    "a later --- stays in the answer": ("Q\n---\nA\n\n---\n\nB\n", [("Q", "A\n\n---\n\nB")]),
    "separators in a fence": (
        "Q\n---\n```yaml\n---\na: b\n===\n```\n",
        [("Q", "```yaml\n---\na: b\n===\n```")],
    ),
    "separators in a fence of tildes": (
        "Q\n~~~~\n---\n~~~\n~~~~\n---\nA",
        [("Q\n~~~~\n---\n~~~\n~~~~", "A")],
    ),
    "separators in a fence of a list item": (
        "Q\n---\n-  a\n\n   ```\n   x\n---\n   ```\n-  b\n",
        [("Q", "-  a\n\n   ```\n   x\n---\n   ```\n-  b")],
    ),
    "a fence is not closed by a line with words": (
        "Q\n---\n```\n``` x\n===\n```\n",
        [("Q", "```\n``` x\n===\n```")],
    ),
    "a first line --- that no second one follows is no front matter": (
        "---\nA\n===\nQ2\n---\nA2\n",
        [("", "A"), ("Q2", "A2")],
    ),
    "three ticks on one line open no fence": ("Q ```x```\n---\nA\n", [("Q ```x```", "A")]),
    "a comment line before the question": ("[//]: <> (Chapter 12)\n\nQ\n---\nA\n", [("Q", "A")]),
    "a comment line with a hash": ("[//]: # (Chapter 12)\nQ\n---\nA\n", [("Q", "A")]),
    "an indented comment line": ("  [//]: # (Chapter 12)\nQ\n---\nA\n", [("Q", "A")]),
    "a comment behind an escaped tick": ("Is \\` <!-- c -->` it?\n---\nA\n", [("Is \\` ` it?", "A")]),
    "an HTML comment over lines": ("<!-- one\ntwo -->\nQ\n---\nA <!-- three -->\n", [("Q", "A")]),
    "a comment in code is no comment": ("What is `<!-- x -->`?\n---\nA\n", [("What is `<!-- x -->`?", "A")]),
    "a comment below a fence that longer ticks close": (
        "Q\n---\n```\nx\n`````\n<!-- c -->\n```\ny\n```\n",
        [("Q", "```\nx\n`````\n\n```\ny\n```")],
    ),
    "a comment between paragraphs with a tick each": (
        "Q\n---\na `\n\n<!-- c -->\n\nb `\n",
        [("Q", "a `\n\n\n\nb `")],
    ),
    "a heading as question": ("## Q (7)\n---\nA\n", [("## Q (7)", "A")]),
    "a table": ("Q\n---\n| a | b |\n|---|---|\n| 1 | 2 |\n", [("Q", "| a | b |\n|---|---|\n| 1 | 2 |")]),
    "control characters": ("Q\x1b[2J\x07\x00\n---\nA\u009b\x0bB\tC\n", [("Q[2J", "AB\tC")]),
    "only a newline byte ends a line": ("Q\x0c---\u2028---\x85\n---\nA\n", [("Q---\u2028---", "A")]),
    "leading indentation of code is kept": ("Q\n---\n\n    code\n", [("Q", "    code")]),
    "no question": ("\n---\nA\n===\nQ2\n---\nA2\n", [("", "A"), ("Q2", "A2")]),
    "no answer": ("Q1\n---\n\n===\nQ2\n---\nA2\n", [("Q1", ""), ("Q2", "A2")]),
    "no --- in a card": ("Q1\n===\nQ2\n---\nA2\n", [("Q1", ""), ("Q2", "A2")]),
    "an unclosed fence hides nothing": (
        "Q1\n---\n```\nA1\n===\nQ2\n---\nA2\n",
        [("Q1", "```\nA1"), ("Q2", "A2")],
    ),
    "bytes that are not UTF-8": (b"Q\xff\n---\nA\n", [("Q\ufffd", "A")]),
}


@pytest.mark.parametrize(("text", "cards"), VARIATIONS.values(), ids=VARIATIONS.keys())
def test_every_variation_of_the_format_seen_in_the_wild_is_read(
    text: str | bytes, cards: list[tuple[str, str]]
):
    raw = text if isinstance(text, bytes) else text.encode()
    deck = parse(raw)
    assert faces(deck) == cards
    assert b"".join(raw[slice(*card.span)] for card in deck.cards) == (raw if cards else b"")


ERRORS = {
    "an empty file": (b"", [(1, "no-cards")], 0),
    "blank lines": (b"\n \n\t\r\n", [(1, "no-cards")], 0),
    "separators alone": (b"===\n\n===\n", [(1, "no-cards")], 0),
    "comments alone": (b"<!-- later -->\n", [(1, "no-cards")], 0),
    "slides": (b"# One\n\n---\n\n# Two\n\n---\n\n# Three\n\n---\n\n# Four\n", [(3, "not-a-deck")], 0),
    "prose": (b"# Read me\n\nThis is no deck.\n", [(1, "not-a-deck")], 0),
    "an unclosed fence": (b"Q1\n---\nA\n===\nQ2\n---\n```\nA\n", [(7, "unclosed-fence")], 2),
    "an unclosed fence before closed ones": (
        b"Q1\n---\n```\nA\n===\nQ2\n---\n```\nA\n```\n===\nQ3\n---\n```\nA\n```\n",
        [(3, "unclosed-fence")],
        3,
    ),
    "no question": (b"\n---\nA\n===\nQ\n---\nA\n", [(2, "empty-question")], 2),
    "no question, twice": (b"---\nA\n===\n\n---\nA\n", [(1, "empty-question"), (5, "empty-question")], 2),
    "a comment for a question": (b"<!-- id: x -->\n---\nA\n", [(2, "empty-question")], 1),
    "no answer": (b"Q\n\n---\n\n", [(3, "empty-answer")], 1),
    "a comment for an answer": (b"Q\n\n---\n\n<!-- later -->\n", [(3, "empty-answer")], 1),
    "no ---": (b"\nQ\n\n===\n\nQ2\n---\nA\n", [(2, "empty-answer")], 2),
    "neither": (b"---\n", [(1, "empty-question"), (1, "empty-answer")], 1),
    "not UTF-8": (b"Q\n---\nA\xc3\n", [(3, "not-utf-8")], 1),
    "a zero byte": (b"Q\n---\nA\x00\n", [(3, "not-text")], 1),
    "UTF-16": ("Q\n---\nA\n".encode("utf-16"), [(1, "not-utf-8"), (1, "not-text"), (1, "not-a-deck")], 0),
    "the same question": (b"Q?\n---\nA\n===\n\nq\n---\nB\n", [(6, "duplicate-question")], 2),
    "the same id": (b"<!-- id: x -->Q\n---\nA\n===\n<!-- id: x -->R\n---\nB\n", [(5, "duplicate-id")], 2),
    "a key that is not known": (b"Q <!-- id: x; lab: y -->\n---\nA\n", [(1, "bad-comment")], 1),
    "a link that is none": (b"Q <!-- labs: a#b#c -->\n---\nA\n", [(1, "bad-comment")], 1),
    "an id that is none": (b"Q <!-- id: a b -->\n---\nA\n", [(1, "bad-comment")], 1),
    "two ids": (b"Q <!-- id: a --> <!-- id: b -->\n---\nA\n", [(1, "bad-comment")], 1),
}


@pytest.mark.parametrize(("raw", "expected", "cards"), ERRORS.values(), ids=ERRORS.keys())
def test_every_error_is_named_with_its_line_and_the_rest_is_read(
    raw: bytes, expected: list[tuple[int, str]], cards: int
):
    deck = parse(raw)
    assert codes(deck) == expected
    assert len(deck.cards) == cards
    assert {problem.level for problem in deck.problems} == {"error"}


def test_slides_are_refused_with_the_number_of_their_breaks():
    (problem,) = parse(b"a\n---\n" * 11).problems
    assert problem.message.startswith("not a deck: 11 '---' and no '==='")


def test_a_card_that_lacks_a_face_is_listed_but_not_complete():
    cards = parse(b"Q1\n---\n===\n\n---\nA2\n===\nQ3\n---\nA3\n").cards
    assert [card.complete for card in cards] == [False, False, True]


def test_line_numbers_include_the_front_matter():
    deck = parse(b"---\na: b\n---\n\nQ1\n---\nA\n===\n\nQ2\n---\nA\n")
    assert [card.line for card in deck.cards] == [5, 10]


def test_what_cannot_be_read_is_a_deck_with_a_problem(tmp_path: Path):
    for path in (tmp_path / "missing.md", tmp_path, tmp_path / ("x" * 300)):
        deck = read_deck(path)
        assert (deck.cards, codes(deck)) == ((), [(1, "cannot-read")])


def test_a_file_too_large_for_a_deck_is_not_read_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(deck_module, "MAX_BYTES", 8)
    path = tmp_path / "deck.md"
    path.write_bytes(b"Q\n---\nA\n")
    assert codes(read_deck(path)) == []
    path.write_bytes(b"Q\n---\nAB\n")
    assert codes(read_deck(path)) == [(1, "too-large")]


def test_a_binary_file_is_no_deck(tmp_path: Path):
    path = tmp_path / "picture.md"
    path.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")
    assert codes(read_deck(path)) == [(1, "not-utf-8"), (1, "not-a-deck"), (3, "not-text")]


def test_a_deck_is_named_by_its_file_even_where_that_is_not_unicode(tmp_path: Path):
    path = tmp_path / os.fsdecode(b"d\xff.md")
    path.write_bytes(b"Q\n---\nA\n")
    deck = read_deck(path)
    assert deck.name == "d?"
    assert deck.ref(deck.cards[0]) == f"d?:{deck.cards[0].id}"
