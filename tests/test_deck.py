"""The deck reader: what becomes a card, which bytes it owns, and which id it keeps."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from labs.content import deck as deck_module
from labs.content.deck import Deck, Image, Link, card_id, parse, plain, read_deck
from labs.content.markdown import replace_images
from labs.content.pack import installed_packs

AWS_ECS = installed_packs()[0].decks / "aws-ecs.md"
AWS_ECS_SHA256 = "6fdb24dc4a23a3302b8cb4261365c6956d9c334ca0b01b9b4c9821eb443ff66f"
AWS_ECS_IDS = """
    af85d83cf139409 06f5dd962beff59 a55392eb8179803 209820d1b182d52 b92f426ac2420eb ceb064de383caa9 34240d3282bd125
    c66f6e9e12a562d 4748dc76edc5a8f 2b990dd94c3f9a3 dfe6c179c35fc71 e3b33ea5738bfe6 8b51f274a115238 cc6191a7bd0ea80
    b9f035e4ddfef65 1276b0839db00ef 586e211a98c1870 af92b135d7332d5 95e7007a9315b53 4492596f9990402 1389f55e5c49ee1
    91a3d2ebc844fa5 3bd1a1543887cd0
"""


def markdown_to_anki(raw: bytes) -> list[tuple[str, str]]:
    """The original tool's algorithm, faces stripped: what our reader must agree with on plain decks."""
    text = raw.decode().replace("\t", "    ")
    faces = [card.split("\n---\n") for card in text.split("\n===\n")]
    return [(face[0].strip(), face[1].strip()) for face in faces]


def faces(deck: Deck) -> list[tuple[str, str]]:
    return [(card.question, card.answer) for card in deck.cards]


def codes(deck: Deck) -> list[tuple[int, str]]:
    return [(problem.line, problem.code) for problem in deck.problems]


def one(text: str) -> deck_module.Card:
    (card,) = parse(text.encode()).cards
    return card


def check_context(question: str, answer: str = "An answer") -> deck_module.Card:
    return one(f"{question}\n\n---\n\n{answer}\n")


def ids(raw: bytes) -> list[str]:
    return [card.id for card in parse(raw).cards]


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


def test_lines_are_counted_from_the_first_line_of_the_file_front_matter_included():
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


def test_a_full_id_is_the_name_of_the_deck_and_the_id():
    deck = read_deck(AWS_ECS)
    assert deck.ref(deck.cards[0]) == "aws-ecs:af85d83cf139409"


def test_an_id_is_the_hash_of_the_letters_and_digits_of_the_question():
    expected = hashlib.sha256(b"listecstaskplacementstrategies3").hexdigest()[:15]
    assert check_context("List **ECS** task-placement strategies (3)!").id == expected


@pytest.mark.parametrize(
    "same",
    [
        "what is ecs",
        "WHAT IS ECS?",
        "  What is\n_ECS_ ? ",
        "What is \uff25\uff23\uff33?",
        "What is ECS <!-- c -->",
    ],
    ids=["lower", "upper", "spaced", "full width", "comment"],
)
def test_an_id_does_not_change_with_case_punctuation_width_or_comments(same: str):
    assert check_context(same).id == check_context("What is ECS?").id


def test_an_id_does_not_change_with_the_case_of_letters_that_have_no_simple_capital():
    assert check_context("Straße").id == check_context("STRASSE").id


def test_an_id_does_not_change_when_a_picture_moves():
    moved = [
        check_context(f"What is ![this](https://{host}/x.png)?").id for host in ("a.example", "b.example")
    ]
    assert len(set(moved)) == 1


def test_questions_that_differ_only_in_their_count_have_different_ids():
    raw = b"Explain Memory Optimized (3)\n---\nA\n===\nExplain Memory Optimized (5)\n---\nB\n"
    assert len(set(ids(raw))) == 2
    assert parse(raw).problems == ()


def test_an_id_does_not_depend_on_the_answer_or_the_place_in_the_deck():
    assert ids(b"Q1\n---\nA\n===\nQ2\n---\nB\n") == ids(b"Q2\n---\n```\nC\n```\n===\nQ1\n---\nD\n")[::-1]


def test_a_second_and_a_third_card_of_the_same_question_get_numbers():
    first, second, third = ids(b"Q\n---\nA\n===\nQ?\n---\nB\n===\nq\n---\nC\n")
    assert (second, third) == (f"{first}-2", f"{first}-3")


def test_a_numbered_id_never_takes_one_that_another_card_has():
    raw = b"Q<!--id: x-->\n---\nA\n===\nR<!--id: x-->\n---\nA\n===\nS<!--id: x-2-->\n---\nA\n"
    assert ids(raw) == ["x", "x-3", "x-2"]


def test_a_comment_gives_the_id_and_the_labs():
    card = check_context("<!-- labs: ecs-placement#spread, ecs-roles; id: spread -->\nExplain spread")
    assert (card.id, card.question) == ("spread", "Explain spread")
    assert card.links == (Link("ecs-placement", "spread"), Link("ecs-roles"))
    assert card_id("Explain spread <!-- id: spread -->") == "spread"


def test_a_comment_line_gives_the_id_and_the_labs_too():
    card = check_context("Explain spread\n\n[//]: # (labs: ecs-placement#spread; id: spread)")
    assert (card.id, card.links) == ("spread", (Link("ecs-placement", "spread"),))


def test_a_comment_below_the_question_or_in_code_gives_nothing():
    assert check_context("Q", "A <!-- id: x -->").id == check_context("Q").id
    assert check_context("Q `<!-- id: x -->`").links == ()


def test_a_question_is_found_whatever_its_case_and_punctuation():
    deck = read_deck(AWS_ECS)
    (card,) = deck.find("explain BINPACK: task placement strategy, ECS?")
    assert card.id == "8b51f274a115238"
    assert deck.find("Explain Binpack") == ()


@pytest.mark.parametrize(
    ("question", "counts"),
    [
        ("List strategies (3)", (3,)),
        ("(4): List", (4,)),
        ("(2). What's", (2,)),
        ("List (IDH) (2)", (2,)),
        ("List (4) (Skip 3rd one)", (4,)),
        ("List strategies(3)", (3,)),
        ("What is (3) and what is not? (1)", (3, 1)),
        ("List (AWS (3), 3rd party, custom (1))", (3, 1)),
        ("List (version 1 and version 2)", ()),
        ("List (2 options)", ()),
        ("List (3, one is deprecated)", ()),
        ("List ( 3 )", ()),
        ("List (0)", ()),
        ("Announced in (2019)", ()),
        ("What is `range(3)`?", ()),
        ("See [this](3)", ()),
        ("See ![this](3)", ()),
        ("List <!-- (3) -->", ()),
        ("What prints\n\n```\nf (3)\n```", ()),
    ],
)
def test_a_count_is_a_number_alone_in_parentheses(question: str, counts: tuple[int, ...]):
    card = check_context(question)
    assert card.counts == counts
    assert card.count == (counts[0] if len(counts) == 1 else None)


def test_a_count_is_never_read_from_the_answer():
    assert check_context("List", "(1) one, (2) two").counts == ()


ITEMS = {
    "dashes": ("- a\n- b", ("a", "b")),
    "stars and pluses": ("* a\n\n+ b", ("a", "b")),
    "numbers": ("1. a\n2) b", ("a", "b")),
    "a line that runs on": ("-  a\n   and more\n-  b\nand more", ("a and more", "b and more")),
    "nested items": ("- a\n  - a1\n  - a2\n- b\n    1. b1", ("a", "b")),
    "nested below a wide marker": ("-  a\n   -  a1\n-  b", ("a", "b")),
    "nested below an item of indented code": ("-      a\n   - a1\n- b", ("a", "b")),
    "nested with tabs": ("- a\n\t- a1\n- b", ("a", "b")),
    "a second paragraph of an item": ("- a\n\n  more\n- b", ("a", "b")),
    "words around": ("These:\n\n- a\n- b\n\nNot those.", ("a", "b")),
    "two lists": ("- a\n\nand\n\n  - b", ("a", "b")),
    "indented by three": ("   - a\n   - b", ("a", "b")),
    "code in an item": ("- a\n  ```\n  - x\n  ```\n- `- b`", ("a", "`- b`")),
    "a fence between items": ("-  a\n\n```\n{ b }\n- c\n```\n\n-  d", ("a", "d")),
    "pictures and text below an item": ("-  a:\n   ![image](u)\n   so\n-  b", ("a: so", "b")),
    "indented code": ("    - a", ()),
    "a rule": ("- - -\n* * *\n- a", ("a",)),
    "no space behind the marker": ("-a\n*b*\n1.5", ()),
    "pictures in items": ("- a ![image](u)\n- ![image](u)", ("a", "(no words)")),
    "an empty item": ("- a\n-\n- c", ("a", "(no words)", "c")),
    "Unicode bullets": ("• a\n• b\n  more", ("a", "b more")),
    "Unicode bullets on one line": ("Two: • a • b", ("a", "b")),
    "numbers in prose": ("It is (1) fast, (2) cheap", ("fast", "cheap")),
    "numbers in prose that do not count": ("It has (2) and (1)", ()),
    "one number in prose": ("It is (1) fast", ()),
    "a list before numbers in prose": ("- (1) a (2) b", ("(1) a (2) b",)),
    "prose": ("Just words", ()),
}


@pytest.mark.parametrize(("answer", "items"), ITEMS.values(), ids=ITEMS.keys())
def test_items_are_those_of_the_top_level(answer: str, items: tuple[str, ...]):
    assert check_context("List", answer).items == items


def test_an_order_matters_only_where_every_item_has_a_number():
    assert check_context("Q", "1. a\n2. b").ordered
    assert not check_context("Q", "1. a\n\n- b").ordered
    assert not check_context("Q", "(1) a, (2) b").ordered
    assert not check_context("Q", "A").ordered


@pytest.mark.parametrize(
    ("question", "answer", "graded"),
    [
        ("List (2)", "- a\n- b", True),
        ("List (2)", "- a\n- b\n- c", False),
        ("List", "- a\n- b", False),
        ("List (2) and (1)", "- a\n- b\n- c", False),
        ("List (1)", "- ![image](u)", False),
        ("List (2)", "Prose", False),
    ],
)
def test_grading_by_items_needs_one_count_and_as_many_items(question: str, answer: str, graded: bool):
    assert check_context(question, answer).by_items is graded


PICTURES = {
    "Markdown": ("![alt](https://x.example/a.png)", Image("alt", "https://x.example/a.png")),
    "in an item": ("- a\n\n  ![](https://x.example/a.png)", Image("", "https://x.example/a.png")),
    "with a title": ('![a](u.png "A title")', Image("a", "u.png")),
    "in angle brackets": ("![a](<my picture.png>)", Image("a", "my picture.png")),
    "with parentheses": ("![a](https://x.example/A_(b).png)", Image("a", "https://x.example/A_(b).png")),
    "HTML": ('<img width="3" src="u.png" alt="a">', Image("a", "u.png")),
    "HTML without quotes": ("<IMG SRC=u.png>", Image("", "u.png")),
    "HTML without a source": ("<img>", Image("", "")),
}


@pytest.mark.parametrize(("text", "image"), PICTURES.values(), ids=PICTURES.keys())
def test_pictures_are_found_in_both_faces(text: str, image: Image):
    card = one(f"Q {text}\n---\nA {text}\n")
    assert card.question_images == card.answer_images == (image,)
    assert card.images == (image, image)
    assert not card.pictures_only


def test_a_picture_in_code_is_none():
    assert check_context("Q", "`![a](u)`\n\n```html\n<img src=u>\n```").images == ()


@pytest.mark.parametrize("answer", ["![image](u)", "- ![image](u)\n\n<img src=u>", "![a](u) <!-- note -->"])
def test_an_answer_may_be_pictures_only(answer: str):
    assert check_context("Q", answer).pictures_only


def test_pictures_can_be_replaced_by_footnotes():
    text = replace_images("See ![image](u) and `![x](y)`", lambda image: f"[{image.url}]")
    assert text == "See [u] and `![x](y)`"


WORDS = st.text(
    st.characters(categories=["L", "Nd", "Zs", "Po", "Sm"], include_characters="()_*"), min_size=1
)
LINE = WORDS.map(lambda text: " ".join(text.split())).filter(lambda text: re.search(r"[^\W_]", text))
FACE = st.lists(LINE, min_size=1, max_size=3).map("\n".join)
DECK = st.lists(st.tuples(FACE, FACE), min_size=1, max_size=6)
PIECES = [
    "===",
    "---",
    "```",
    "~~~",
    "<!--",
    "-->",
    "![a](",
    ")",
    "(1)",
    "\ufeff",
    "- ",
    "• ",
    "`",
    "\r",
    "\n",
    "\n",
    "é",
]
SOUP = st.lists(st.sampled_from(PIECES) | st.text(max_size=3)).map(
    lambda found: "".join(found).encode("utf-8")
)
RAW = st.binary() | SOUP | st.tuples(SOUP, st.binary(max_size=3), SOUP).map(b"".join)


def join(cards: list[tuple[str, str]]) -> bytes:
    return "\n===\n".join(f"\n{question}\n\n---\n\n{answer}\n" for question, answer in cards).encode()


@settings(deadline=None)
@given(RAW)
def test_any_bytes_give_cards_or_a_problem_with_a_line_of_the_file(raw: bytes):
    deck = parse(raw)
    assert deck.cards or deck.problems
    assert all(1 <= problem.line <= raw.count(b"\n") + 1 for problem in deck.problems)
    assert all(1 <= card.line <= raw.count(b"\n") + 1 for card in deck.cards)


@settings(deadline=None)
@given(RAW)
def test_the_spans_of_any_bytes_join_to_the_bytes(raw: bytes):
    cards = parse(raw).cards
    assert b"".join(raw[slice(*card.span)] for card in cards) == (raw if cards else b"")


@settings(deadline=None)
@given(RAW)
def test_no_two_cards_of_a_deck_share_an_id(raw: bytes):
    found = ids(raw)
    assert len(set(found)) == len(found)


@settings(deadline=None)
@given(RAW)
def test_no_control_character_comes_through(raw: bytes):
    for card in parse(raw).cards:
        for text in (card.question, card.answer, *card.items):
            assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", text)


@settings(deadline=None)
@given(st.text())
def test_plain_text_loses_control_characters_and_nothing_else(text: str):
    kept = [char for char in text if char in "\n\t" or not (ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0)]
    assert plain(text) == "".join(kept)


@settings(deadline=None)
@given(DECK)
def test_joined_cards_are_read_back(cards: list[tuple[str, str]]):
    assert faces(parse(join(cards))) == cards


@settings(deadline=None)
@given(DECK)
def test_well_formed_decks_are_read_as_by_the_original_tool(cards: list[tuple[str, str]]):
    assert faces(parse(join(cards))) == markdown_to_anki(join(cards))


@settings(deadline=None)
@given(DECK, st.booleans())
def test_ids_survive_windows_line_ends_and_a_byte_order_mark(cards: list[tuple[str, str]], mark: bool):
    raw = join(cards)
    windows = (b"\xef\xbb\xbf" if mark else b"") + raw.replace(b"\n", b"\r\n")
    assert ids(windows) == ids(raw)
    assert faces(parse(windows)) == faces(parse(raw))


@settings(deadline=None)
@given(DECK, st.data())
def test_ids_survive_edited_answers(cards: list[tuple[str, str]], data: st.DataObject):
    edited = [(question, data.draw(FACE)) for question, _ in cards]
    assert ids(join(edited)) == ids(join(cards))


@settings(deadline=None)
@given(st.text("abcxyz 123", min_size=1), st.text("abcxyz 123", min_size=1))
def test_different_words_have_different_ids(one_question: str, other: str):
    assume(one_question.replace(" ", "") != other.replace(" ", ""))
    assert card_id(one_question) != card_id(other)


@settings(deadline=None)
@given(DECK)
def test_each_span_alone_is_the_card_that_it_belongs_to(cards: list[tuple[str, str]]):
    deck = parse(join(cards))
    for card in deck.cards:
        (alone,) = parse(deck.raw[slice(*card.span)]).cards
        assert replace(alone, id=card.id, span=card.span, line=card.line) == card
