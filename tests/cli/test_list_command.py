"""`labs list` and `labs next` with many decks: one screen, and what is asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from labs.author.scaffold import QUESTION, Practises, scaffold
from tests.builders import Labs

DECKS = 30


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pack of thirty decks with two labs each."""
    folder = tmp_path_factory.mktemp("packs") / "many"
    for number in range(DECKS):
        list(scaffold(folder, f"deck-{number:02}"))
        deck = Practises(
            f"deck-{number:02}", "Where does CloudWatch Logs store the log streams of one application?"
        )
        list(scaffold(folder, f"second-{number:02}", deck))
    return folder


def test_list_fits_on_a_screen_and_names_every_deck(labs: Labs, pack: Path) -> None:
    code, out, _ = labs("list", "--pack", pack)
    assert code == 0
    assert len(out.splitlines()) <= 24
    assert all(f"deck-{number:02}" in out for number in range(DECKS))
    assert "ecr-repository" in out
    assert "second-07" not in out


def test_list_shows_everything_when_asked(labs: Labs, pack: Path) -> None:
    out = labs("list", "--all", "--pack", pack)[1]
    assert all(f"second-{number:02}" in out for number in range(DECKS))


@pytest.mark.parametrize(
    ("word", "found"),
    [("deck-07", {"deck-07", "second-07"}), ("SECOND-0", {f"second-0{n}" for n in range(10)})],
)
def test_list_filters_by_deck_or_word(labs: Labs, pack: Path, word: str, found: set[str]) -> None:
    document = json.loads(labs("list", word, "--pack", pack, "--format", "json")[1])
    assert {lab["lab"] for lab in document["labs"]} == found
    assert document["next"]["lab"] in found


def test_list_keeps_to_a_narrow_terminal(labs: Labs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    lines = labs("list")[1].splitlines()
    assert max(map(len, lines)) <= 60, max(lines, key=len)
    assert "· not started" in [line.strip() for line in lines]


def test_labs_of_a_group_are_listed_together(labs: Labs, tmp_path: Path) -> None:
    """Also where a lab of another group comes between them."""
    for name, group in (("one", "data"), ("two", "compute"), ("third", "data")):
        list(scaffold(tmp_path, name, Practises("one", QUESTION) if name != "one" else None))
        task = tmp_path / "tasks" / name / "task.toml"
        task.write_text(task.read_text().replace("first steps", group))
    out = labs("list", "one", "--pack", tmp_path)[1]
    assert "data     · one   · third" in out


def test_list_refuses_a_word_that_nothing_has(labs: Labs, pack: Path) -> None:
    code, _, err = labs("list", "nothing-like-it", "--pack", pack)
    assert (code, "No lab or deck matches" in err) == (2, True)


def test_next_keeps_to_a_deck(labs: Labs, pack: Path) -> None:
    out = json.loads(labs("next", "deck-07", "--pack", pack, "--format", "json")[1])
    assert {step["lab"] for step in out["next"]} <= {"deck-07", "second-07"}
    assert out["next"]
    assert labs("next", "no-deck", "--pack", pack)[0] == 2


def test_a_new_package_gets_a_copy_of_the_deck(labs: Labs, tmp_path: Path) -> None:
    deck = tmp_path / "aws-s3.md"
    assert (
        labs("new", "s3-site", "--package", tmp_path / "s3", "--deck", deck)[2]
        == f"error: {deck} is not a deck file\n"
    )
    deck.write_text("What is S3?\n\n---\n\nA store of objects\n")
    assert labs("new", "s3-site", "--package", tmp_path / "s3", "--deck", deck)[0] == 0
    assert (tmp_path / "s3/s3/decks/aws-s3.md").read_text() == deck.read_text()
    assert 'question = "What is S3?"' in (tmp_path / "s3/s3/tasks/s3-site/task.toml").read_text()


def test_a_wrong_name_of_a_lab_writes_no_package(labs: Labs, tmp_path: Path) -> None:
    code, _, err = labs("new", "S3_Lab", "--package", tmp_path / "cardlabs-s3")
    assert code == 2
    assert "'S3_Lab' cannot be a lab's name" in err
    assert not (tmp_path / "cardlabs-s3").exists()
