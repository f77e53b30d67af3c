"""`labs decks`: what labs say about installed decks, and the way to Anki and back; completion of names."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from labs.cli import options
from tests.builders import Labs

AWS_ECS = Path("decks/aws-ecs.md")


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A pack with one lab, whose links the tests bend, and a deck of three cards."""
    from labs.author.scaffold import scaffold

    folder = tmp_path / "pack"
    list(scaffold(folder, "my-lab"))
    for deck in (folder / "decks").glob("*.md"):
        deck.unlink()
    task = folder / "tasks" / "my-lab" / "task.toml"
    whole = task.read_text()
    head = whole[: whole.index("[[cards]]")]
    goal = whole[whole.index('id = "', whole.index("[[objectives]]")) + 6 :].partition('"')[0]
    link = '[[cards]]\ndeck = "mine"\nquestion = "{}"\nobjectives = ["{}"]\n'
    rest = whole[whole.index("[mistakes") :]
    task.write_text(head + link.format("First?", goal) + link.format("Gone?", goal) + rest)
    (folder / "decks" / "mine.md").write_text(
        "First?\n\n---\n\nA\n\n===\n\nSecond?\n\n---\n\nB\n\n===\n\n<!-- labs: nowhere -->\nThird?\n\n---\n\nC\n"
    )
    return folder


def codes(document: str) -> list[tuple[int, str, str]]:
    [deck] = json.loads(document)["decks"]
    return [(each["line"], each["code"], each["level"]) for each in deck["problems"]]


def test_links_that_lead_nowhere_and_cards_without_lab_are_warnings(labs: Labs, pack: Path) -> None:
    deck = pack / "decks" / "mine.md"
    code, out, _ = labs("decks", "check", deck, "--pack", pack, "--format", "json")
    assert code == 0
    assert codes(out) == [
        (1, "link-to-no-card", "warning"),
        (9, "no-lab", "warning"),
        (17, "link-to-no-lab", "warning"),
    ]


def test_a_link_that_means_two_cards_is_a_warning(labs: Labs, pack: Path) -> None:
    deck = pack / "decks" / "mine.md"
    deck.write_text("First?\n\n---\n\nA\n\n===\n\n<!-- id: other -->\nfirst\n\n---\n\nB\n")
    _, out, _ = labs("decks", "check", deck, "--pack", pack, "--format", "json")
    assert (1, "link-to-several-cards", "warning") in codes(out)


def test_a_word_that_the_pack_avoids_in_a_correction_is_an_error(labs: Labs, pack: Path) -> None:
    """The list of words is the pack's: without it, the same correction has no problem."""
    [task] = (pack / "tasks").glob("*/task.toml")
    correction = (
        'correction = { text = "You shall.", source = "https://example.com", checked = 2026-01-01 }\n'
    )
    task.write_text(task.read_text().replace('question = "First?"\n', f'question = "First?"\n{correction}'))
    check = ("decks", "check", pack / "decks" / "mine.md", "--pack", pack, "--format", "json")
    assert labs(*check)[0] == 0
    (pack / "words.tsv").write_text("\\bshall\\b\tmust\n")
    code, out, _ = labs(*check)
    assert (code, (1, "avoided-word", "error") in codes(out)) == (1, True)
    assert "in lab " in out
    assert "has 'shall': write must." in out


def test_a_deck_that_no_pack_holds_needs_no_labs(labs: Labs, tmp_path: Path) -> None:
    (tmp_path / "any.md").write_text("Q\n\n---\n\nA\n")
    _, out, _ = labs("decks", "check", tmp_path / "any.md", "--format", "json")
    assert codes(out) == []


def test_a_path_that_leads_in_a_circle_or_is_too_long_is_told_as_any_other(
    labs: Labs, tmp_path: Path
) -> None:
    loop = tmp_path / "loop.md"
    loop.symlink_to(loop)
    (tmp_path / "any.md").write_text("Q\n\n---\n\nA\n")
    code, out, _ = labs("decks", "check", loop, "x" * 300, tmp_path / "any.md", "--format", "json")
    assert code == 1
    assert [deck["cards"] for deck in json.loads(out)["decks"]] == [0, 0, 1]


def test_linking_lists_labs_of_cards_and_suggests_others(labs: Labs, tmp_path: Path) -> None:
    """In the words of the comment that links a card; for scripts, the same as JSON."""
    deck = tmp_path / "mine.md"
    deck.write_text(
        "<!-- labs: ecs-placement -->\nBinpack?\n\n---\n\nA\n\n===\n\nRandom strategy?\n\n---\n\n"
        "A random placement, without a field\n"
    )
    code, out, _ = labs("decks", "link", deck, "--suggest")
    assert code == 0
    assert f"{deck}:1: Binpack?: ecs-placement\n" in out
    assert f"{deck}:10: Random strategy?: no lab\n    ecs-placement-spread#random" in out
    assert "<!-- labs: ecs-placement-spread#random" in out
    assert '[[cards]]\ndeck = "mine"\nquestion = "Random strategy?"\nobjectives = ["random' in out
    assert out.endswith("2 cards, 1 without a lab\n")
    _, plain, _ = labs("decks", "link", deck)
    assert "ecs-placement-spread" not in plain
    _, document, _ = labs("decks", "link", deck, "--suggest", "--format", "json")
    first, second = json.loads(document)["cards"]
    assert (first["labs"], first["nearest"]) == (["ecs-placement"], [])
    assert second["nearest"][0]["objective"].startswith("ecs-placement-spread#random")


def test_the_built_in_deck_has_no_link_astray(labs: Labs) -> None:
    code, out, _ = labs("decks", "check", AWS_ECS, "--format", "json")
    assert code == 0
    assert not [each for each in codes(out) if each[1].startswith("link-")]


def test_a_deck_goes_to_anki_and_comes_back(labs: Labs, tmp_path: Path) -> None:
    """A second import changes nothing; an edited answer is left to whoever exports it."""
    package, deck = tmp_path / "x.apkg", tmp_path / "x.md"
    code, out, _ = labs("decks", "export", "aws-ecs", "-o", package)
    assert (code, out) == (0, f"{package}: 23 cards\n")
    assert "23 added" in labs("decks", "import", package, "-o", deck)[1]
    before = deck.read_bytes()
    assert "0 added, 0 updated, 23 unchanged" in labs("decks", "import", package, "-o", deck, "--history")[1]
    assert deck.read_bytes() == before
    assert labs("decks", "check", deck)[0] == 0


def test_import_updates_the_file_that_a_link_leads_to(labs: Labs, tmp_path: Path) -> None:
    """A deck may lie in a repository, where others read it."""
    package, deck, link = tmp_path / "x.apkg", tmp_path / "x.md", tmp_path / "link.md"
    labs("decks", "export", "aws-ecs", "-o", package)
    deck.write_text("Q\n\n---\n\nA\n")
    deck.chmod(0o644)
    link.symlink_to(deck)
    assert "23 added" in labs("decks", "import", package, "-o", link)[1]
    assert link.is_symlink()
    assert (deck.read_text().count("==="), deck.stat().st_mode & 0o777) == (23, 0o644)


def test_any_deck_file_can_be_exported(labs: Labs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.md").write_text("Q\n\n---\n\nA\n")
    assert labs("decks", "export", "mine.md")[0] == 0
    assert Path("mine.apkg").exists()


WRONG: dict[str, tuple[tuple[str, ...], str]] = {
    "a deck that is not there": (("export", "nope"), "No deck is named 'nope'"),
    "a deck of a name too long for a file": (("export", "x" * 300), "No deck is named 'xxx"),
    "a folder that is not there": (("export", "aws-ecs", "-o", "/no/folder/x.apkg"), "Cannot write"),
    "a package that is not there": (("import", "nope.apkg"), "nope.apkg"),
    "a file that is no package": (("import", "README.md"), "not an Anki package"),
}


@pytest.mark.slow
@pytest.mark.parametrize(("arguments", "message"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_exchanged_is_reported(labs: Labs, arguments: tuple[str, ...], message: str) -> None:
    code, _, err = labs("decks", *arguments)
    assert code == 2
    assert message in err


def test_names_are_completed() -> None:
    assert options.complete_lab("ecs-placement-s") == ["ecs-placement-spread"]
    assert options.complete_lab("zzz") == []
    assert options.complete_deck("aws") == ["aws-ecs"]


@pytest.mark.parametrize("params", [{"labs": ["ecs-placement"]}, {"lab": "ecs-placement"}])
def test_objectives_are_completed_by_the_lab_that_was_parsed(params: dict[str, Any]) -> None:
    class Line:
        """The line as the shell has it so far."""

    line: Any = Line()
    line.params = params
    assert options.complete_objective(line, "bin") == ["binpack-memory"]
    line.params = {}
    assert options.complete_objective(line, "bin") == []


@pytest.mark.slow
def test_objectives_are_completed_by_the_lab_on_the_shell_s_line() -> None:
    """As bash calls us, while the value of `--objective` is being written."""
    line = "labs check ecs-placement --objective bin"
    environment = {**os.environ, "_LABS_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": "4"}
    labs = Path(sys.executable).with_name("labs")
    ran = subprocess.run([labs], env=environment, capture_output=True, text=True, check=False)
    assert ran.stdout.split() == ["binpack-memory"]
