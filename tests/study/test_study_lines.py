"""`labs study` in lines, as a pipe and a screen reader have it: what each key does, and what is on disk after it."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.study.conftest import StudyCommand


def test_a_card_is_shown_then_its_answer_then_it_is_graded_on_disk(study: StudyCommand) -> None:
    ran = study.studies("", "3", "q")
    assert ran.code == 0
    question, answer, following = ran.out.split("\n> ")[:3]
    assert "List the strategies (3)" in question
    assert "Binpack" not in question
    assert "Binpack" in answer
    assert "Explain Binpack" in following
    [review] = study.events
    assert (review.kind, review.rating, review.source) == ("review", 3, "study")


def test_the_answer_comes_with_what_each_grade_does(study: StudyCommand) -> None:
    assert "1 Again 1 min   2 Hard 6 min   3 Good 10 min   4 Easy 8 d" in study.studies("").out


def test_the_end_of_input_ends_the_session_and_keeps_the_grades(study: StudyCommand) -> None:
    assert study.studies("", "4").code == 0
    assert study.kinds == ["review"]


def test_an_answer_that_was_seen_and_not_graded_is_remembered_as_seen(study: StudyCommand) -> None:
    study.studies("", "q")
    assert study.kinds == ["shown"]


def test_a_grade_before_the_answer_is_not_taken(study: StudyCommand) -> None:
    ran = study.studies("3", "q")
    assert "Show the answer first" in ran.out
    assert study.events == []


def test_ticked_items_suggest_a_grade_that_enter_takes(study: StudyCommand) -> None:
    ran = study.studies("", "a c", "", "q")
    assert "2 of 3 items: suggested grade Hard" in ran.out
    [review] = study.events
    assert (review.rating, review.items_hit, review.items_total, review.data) == (2, 2, 3, {"items": 0b101})


def test_enter_never_takes_a_grade_that_nobody_suggested(study: StudyCommand) -> None:
    """A second Enter by mistake would otherwise forget the card."""
    ran = study.studies("", "", "", "q")
    assert "Grade the card: 1 Again" in ran.out
    assert study.kinds == ["shown"]


def test_ticking_again_takes_the_tick_back(study: StudyCommand) -> None:
    *_, ticked, untouched = study.studies("", "a", "a").out.split("\n> ")[:-1]
    assert "[a] ✓" in ticked
    assert "[a] ·" in untouched


def test_a_letter_that_is_no_item_does_nothing(study: StudyCommand) -> None:
    assert "'d' is not a key" in study.studies("", "d").out


def test_undo_takes_a_stored_grade_back_by_an_event(study: StudyCommand) -> None:
    ran = study.studies("", "3", "u", "q")
    assert "Undone." in ran.out
    review, void, *rest = study.events
    assert (void.kind, void.data["event"]) == ("void", review.id)
    assert [event.kind for event in rest] == ["shown"]


@pytest.mark.slow
def test_skip_puts_a_card_off_until_tomorrow_at_four(study: StudyCommand) -> None:
    study.studies("s", "s")
    assert study.kinds == ["bury", "bury"]
    assert "No cards are due" in study.studies().out
    study.clock.move(hours=19)
    assert "List the strategies" in study.studies("q").out


def test_a_suspended_card_is_not_asked_again(study: StudyCommand) -> None:
    study.studies("!", "q")
    assert "1 of 1" in study.studies("q").out


def test_a_flag_keeps_its_remark(study: StudyCommand) -> None:
    study.studies("f ask about GPUs", "q")
    [flag] = study.events
    assert (flag.kind, flag.data["note"]) == ("flag", "ask about GPUs")
    assert "ask about GPUs" in study.studies("i", "q").out


def test_a_card_in_learning_comes_back_in_the_same_session(study: StudyCommand) -> None:
    assert study.studies("", "1", "", "4", "q").out.count("List the strategies (3)") == 3


def test_pictures_are_numbered_and_keep_their_address(study: StudyCommand) -> None:
    assert "[1] image https://example.com/a.png" in study.studies("s", "").out


def test_cram_asks_every_card_and_keeps_nothing(study: StudyCommand) -> None:
    ran = study.studies("", "4", "", "4", given=("--cram",))
    assert "2 cards, 2 recalled. Cram mode: nothing was saved." in ran.out
    assert study.events == []


def test_limit_and_new_bound_the_session(study: StudyCommand) -> None:
    assert "1 of 1" in study.studies(given=("--limit", "1")).out
    assert "No cards are due" in study.studies(given=("--new", "0")).out


def test_ahead_asks_what_is_due_later(study: StudyCommand) -> None:
    study.studies("", "4", "", "4")
    assert "No cards are due. The next card is due in 8 d" in study.studies().out
    assert "not due yet" in study.studies("q", given=("--ahead", "30")).out


def test_written_words_stand_for_keys(study: StudyCommand) -> None:
    study.studies("show", "good", "quit")
    assert [event.rating for event in study.events] == [3]


def test_a_deck_that_is_not_there_names_those_that_are(study: StudyCommand) -> None:
    ran = study.labs("study", "nope")
    assert ran.code == 2
    assert "No deck is named 'nope'. Decks: aws-ecs" in ran.err


def test_a_file_that_is_no_deck_says_why(study: StudyCommand, tmp_path: Path) -> None:
    slides = tmp_path / "slides.md"
    slides.write_text("a\n\n---\n\nb\n\n---\n\nc\n\n---\n\nd\n")
    ran = study.studies(deck=slides)
    assert ran.code == 2
    assert "not a deck" in ran.err


@pytest.mark.parametrize("width", [40, 60, 80])
def test_no_line_is_wider_than_the_terminal_but_addresses(
    study: StudyCommand, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    study.deck.write_text("Explain " + "many words " * 30 + "\n---\n- " + "an item " * 30)
    lines = study.studies("", "q").out.splitlines()
    assert max(len(line) for line in lines if "http" not in line and "labs study" not in line) <= width


HOSTILE = {
    "a terminal's title": "\x1b]0;owned\x07",
    "a cleared screen": "\x1b[2J\x1b[H",
    "an eight-bit sequence": "\x9b2J",
    "an entity for escape": "&#27;[2J &#x1b;[2J &#x9b;2J",
    "a carriage return": "safe\rowned",
    "a backspace": "safe\b\b\b\bowned",
    "console markup": "[blink]x[/blink] [link=https://evil.example]y[/link]",
    "raw HTML": "<script>alert(1)</script> <bucket_name>",
    "code": "```\n\x1b[31m\n```\n`\x1b[2J`",
    "a link": "[x](https://a.example/\x1b[2J)",
    "a picture": "![\x1b[2J](https://a.example/\x1b]0;owned\x07)",
}


@pytest.mark.slow
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_of_a_deck_is_inert(study: StudyCommand, text: str) -> None:
    """Nothing of a deck can steer the terminal, and nothing of it is read as markup."""
    study.deck.write_text(f"Question {text}\n---\nAnswer {text}\n\n- {text}\n")
    out = study.studies("", "i", "q").out
    steering = [sign for sign in out if (ord(sign) < 32 and sign != "\n") or 0x7F <= ord(sign) <= 0x9F]
    assert steering == []
    for kept in ("[blink]x[/blink]", "<bucket_name>"):
        if kept in text:
            assert kept in out


def test_only_addresses_of_the_web_are_opened(study: StudyCommand, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda url: opened.append(url) or True)
    study.deck.write_text("Q\n---\n![a](file:///etc/passwd) ![b](https://example.com/b.png)\n")
    out = study.studies("", "o 1", "o 2", "o 3", "q").out
    assert opened == ["https://example.com/b.png"]
    assert "Not a web address" in out
    assert "There is no link 3." in out


def editor(tmp_path: Path, old: str, new: str) -> str:
    """A command that replaces a text in the file that it is given, and notes how it was called."""
    script = tmp_path / "editor.py"
    script.write_text(
        "import pathlib, sys\n"
        f"pathlib.Path({str(tmp_path / 'called')!r}).write_text(' '.join(sys.argv[1:]))\n"
        "deck = pathlib.Path(sys.argv[-1])\n"
        f"deck.write_text(deck.read_text().replace({old!r}, {new!r}))\n"
    )
    return shlex.join([sys.executable, str(script)])


def test_edit_opens_the_deck_at_the_card_and_shows_what_was_changed(
    study: StudyCommand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", editor(tmp_path, "- Random", "- By chance"))
    out = study.studies("", "e", "q").out
    assert (tmp_path / "called").read_text() == f"+1 {study.deck}"
    assert "By chance" in out


@pytest.mark.slow
def test_a_card_whose_question_was_edited_keeps_its_history(
    study: StudyCommand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", editor(tmp_path, "List the strategies", "Name the strategies"))
    out = study.studies("", "e", "4", "q").out
    assert "Your history stays with the card" in out
    assert "Name the strategies" in out
    assert "Name the strategies (3)" not in study.studies("q").out
    assert "Easy (study)" in study.studies("i", "q", given=("--ahead", "30")).out


def test_an_editor_that_is_not_there_is_reported(
    study: StudyCommand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", "no-such-editor")
    ran = study.studies("e", "q")
    assert ran.code == 0
    assert "no-such-editor" in ran.out


def test_a_forgotten_card_proposes_its_lab(study: StudyCommand) -> None:
    """The card was known, and its lab was never done."""
    aws = Path("decks/aws-ecs.md").resolve()
    study.studies("", "4", deck=aws, given=("--limit", "1"))
    study.clock.move(days=30)
    assert "labs show ecr-repository" in study.studies("", "1", "q", deck=aws, given=("--limit", "2")).out


def test_the_brief_of_the_lab_can_be_read_from_its_card(study: StudyCommand) -> None:
    out = study.labs("study", "aws-ecs").out
    assert "You will learn" not in out
    assert "You will learn" in study.studies("l", deck=Path("decks/aws-ecs.md")).out


@pytest.mark.slow
@pytest.mark.process
def test_grades_survive_a_kill(study: StudyCommand) -> None:
    """The process is killed while the second card waits for its grade."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "labs", "study", str(study.deck)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    process.stdin.write("\n3\n\n")
    process.stdin.flush()
    seen = ""
    while "Fills" not in seen and (sign := process.stdout.read(1)):
        seen += sign
    process.kill()
    process.communicate()
    assert "Fills" in seen
    assert [event.rating for event in study.events] == [3]
