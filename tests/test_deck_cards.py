"""The parts of a card: id, links, count, items, pictures."""

from __future__ import annotations

import hashlib

import pytest

from labs.content.deck import Image, Link, card_id, parse, read_deck
from labs.content.markdown import replace_images
from tests.deck_kit import (
    AWS_ECS,
    card_with,
    ids,
    one,
)


def test_a_full_id_is_the_name_of_the_deck_and_the_id():
    deck = read_deck(AWS_ECS)
    assert deck.ref(deck.cards[0]) == "aws-ecs:af85d83cf139409"


def test_an_id_is_the_hash_of_the_letters_and_digits_of_the_question():
    expected = hashlib.sha256(b"listecstaskplacementstrategies3").hexdigest()[:15]
    assert card_with("List **ECS** task-placement strategies (3)!").id == expected


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
    assert card_with(same).id == card_with("What is ECS?").id


def test_an_id_does_not_depend_on_letters_without_a_simple_capital():
    assert card_with("Straße").id == card_with("STRASSE").id


def test_an_id_does_not_change_when_a_picture_moves():
    moved = [card_with(f"What is ![this](https://{host}/x.png)?").id for host in ("a.example", "b.example")]
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
    card = card_with("<!-- labs: ecs-placement#spread, ecs-roles; id: spread -->\nExplain spread")
    assert (card.id, card.question) == ("spread", "Explain spread")
    assert card.links == (Link("ecs-placement", "spread"), Link("ecs-roles"))
    assert card_id("Explain spread <!-- id: spread -->") == "spread"


def test_a_comment_line_gives_the_id_and_the_labs_too():
    card = card_with("Explain spread\n\n[//]: # (labs: ecs-placement#spread; id: spread)")
    assert (card.id, card.links) == ("spread", (Link("ecs-placement", "spread"),))


def test_a_comment_below_the_question_or_in_code_gives_nothing():
    assert card_with("Q", "A <!-- id: x -->").id == card_with("Q").id
    assert card_with("Q `<!-- id: x -->`").links == ()


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
    card = card_with(question)
    assert card.counts == counts
    assert card.count == (counts[0] if len(counts) == 1 else None)


def test_a_count_is_never_read_from_the_answer():
    assert card_with("List", "(1) one, (2) two").counts == ()


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
    assert card_with("List", answer).items == items


def test_an_order_matters_only_where_every_item_has_a_number():
    assert card_with("Q", "1. a\n2. b").ordered
    assert not card_with("Q", "1. a\n\n- b").ordered
    assert not card_with("Q", "(1) a, (2) b").ordered
    assert not card_with("Q", "A").ordered


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
    assert card_with(question, answer).by_items is graded


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
    assert card_with("Q", "`![a](u)`\n\n```html\n<img src=u>\n```").images == ()


@pytest.mark.parametrize("answer", ["![image](u)", "- ![image](u)\n\n<img src=u>", "![a](u) <!-- note -->"])
def test_an_answer_may_be_pictures_only(answer: str):
    assert card_with("Q", answer).pictures_only


def test_pictures_can_be_replaced_by_footnotes():
    text = replace_images("See ![image](u) and `![x](y)`", lambda image: f"[{image.url}]")
    assert text == "See [u] and `![x](y)`"
