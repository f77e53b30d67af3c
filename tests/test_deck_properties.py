"""Properties of any deck, and of any bytes."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from labs.content.deck import card_id, parse, plain
from tests.deck_kit import (
    faces,
    ids,
    markdown_to_anki,
)

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


@pytest.mark.slow
@given(RAW)
def test_any_bytes_give_cards_or_a_problem_with_a_line_of_the_file(raw: bytes):
    deck = parse(raw)
    assert deck.cards or deck.problems
    assert all(1 <= problem.line <= raw.count(b"\n") + 1 for problem in deck.problems)
    assert all(1 <= card.line <= raw.count(b"\n") + 1 for card in deck.cards)


@pytest.mark.slow
@given(RAW)
def test_the_spans_of_any_bytes_join_to_the_bytes(raw: bytes):
    cards = parse(raw).cards
    assert b"".join(raw[slice(*card.span)] for card in cards) == (raw if cards else b"")


@given(RAW)
def test_no_two_cards_of_a_deck_share_an_id(raw: bytes):
    found = ids(raw)
    assert len(set(found)) == len(found)


@pytest.mark.slow
@given(RAW)
def test_no_control_character_comes_through(raw: bytes):
    for card in parse(raw).cards:
        for text in (card.question, card.answer, *card.items):
            assert plain(text) == text


@given(st.text())
def test_plain_text_loses_control_characters_and_nothing_else(text: str):
    turns = {*map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))}  # the direction of writing
    control = {*map(chr, range(0x20)), *map(chr, range(0x7F, 0xA0))} - {"\n", "\t"}
    kept = [char for char in text if char not in turns | control]
    assert plain(text) == "".join(kept)


@pytest.mark.slow
@given(DECK)
def test_joined_cards_are_read_back(cards: list[tuple[str, str]]):
    assert faces(parse(join(cards))) == cards


@pytest.mark.slow
@given(DECK)
def test_well_formed_decks_are_read_as_by_the_original_tool(cards: list[tuple[str, str]]):
    assert faces(parse(join(cards))) == markdown_to_anki(join(cards))


@pytest.mark.slow
@given(DECK, st.booleans())
def test_ids_survive_windows_line_ends_and_a_byte_order_mark(cards: list[tuple[str, str]], mark: bool):
    raw = join(cards)
    windows = (b"\xef\xbb\xbf" if mark else b"") + raw.replace(b"\n", b"\r\n")
    assert ids(windows) == ids(raw)
    assert faces(parse(windows)) == faces(parse(raw))


@pytest.mark.slow
@given(DECK, st.data())
def test_ids_survive_edited_answers(cards: list[tuple[str, str]], data: st.DataObject):
    edited = [(question, data.draw(FACE)) for question, _ in cards]
    assert ids(join(edited)) == ids(join(cards))


@given(st.text("abcxyz 123", min_size=1), st.text("abcxyz 123", min_size=1))
def test_different_words_have_different_ids(one_question: str, other: str):
    assume(one_question.replace(" ", "") != other.replace(" ", ""))
    assert card_id(one_question) != card_id(other)


@pytest.mark.slow
@given(DECK)
def test_each_span_alone_is_the_card_that_it_belongs_to(cards: list[tuple[str, str]]):
    deck = parse(join(cards))
    for card in deck.cards:
        (alone,) = parse(deck.raw[slice(*card.span)]).cards
        assert replace(alone, id=card.id, span=card.span, line=card.line) == card
