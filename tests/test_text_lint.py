"""The style of texts: words to avoid, hints, titles and the messages of checks."""

from __future__ import annotations

from pathlib import Path

import pytest

from labs.author.scaffold import scaffold
from labs.content import text_lint
from labs.content.lab import Lab, read_lab
from labs.packs.aws_ecs import PACK
from labs.sdk import Pack

WORDS = "# a comment\n\\bshall\\b\tmust\n\\blets? in\\b\tallows\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A pack with a new lab and a list of words."""
    made = tmp_path / "own"
    list(scaffold(made, "own-lab"))
    (made / "words.tsv").write_text(WORDS)
    return made


def found(folder: Path) -> list[str]:
    return list(text_lint.lint_lab(own_lab(folder), Pack.at(folder)))


def own_lab(folder: Path) -> Lab:
    return read_lab(folder / "tasks" / "own-lab")


def rewrite(file: Path, old: str, new: str) -> None:
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


def test_every_text_of_a_lab_is_read(folder: Path) -> None:
    """Brief, title of an objective, mistake, comment of a script, and a message of the check."""
    task = folder / "tasks" / "own-lab"
    clean = found(folder)
    (task / "brief.md").write_text("You shall build.\n\n* `{group}`\n")
    rewrite(task / "task.toml", "Log group {group} exists", "It shall exist")
    rewrite(task / "task.toml", "the log group has a similar name", "nobody lets in")
    (task / "solution.sh").write_text("# This SHALL run.\ntrue shall # shall\n")
    (folder / "checks" / "own_lab.py").write_text('"""It shall."""\n\nSUMMARY = f"{1} shall {2}"\n')
    assert sorted(set(found(folder)) - set(clean)) == [
        "brief.md: 'shall': write must",
        "mistake other-name: 'lets in': write allows",
        "own_lab.py:3: 'shall': write must",
        "solution.sh: 'SHALL': write must",
        "title of group: 'shall': write must",
        "title of group: start with the resource, because titles are read alone",
    ]


@pytest.mark.parametrize(
    ("hint", "wrong"),
    [
        ("word " * 25 + "end. " + "word " * 20, "a sentence has 26 words, more than 25"),
        ("word " * 25 + ". And " + "word " * 24, ""),
        ("Call aws ecs list-clusters and read.", "it has a command"),
        ("Use the option --cluster for it.", "it has a command"),
        ("Set AmazonEC2-like names in ecs.config, version 1.4.0.", ""),
    ],
)
def test_a_hint_has_short_sentences_and_no_command(folder: Path, hint: str, wrong: str) -> None:
    first = "CloudWatch Logs stores the output of containers in log groups."
    rewrite(folder / "tasks" / "own-lab" / "task.toml", first, hint)
    of_hint = [text for text in found(folder) if text.startswith("hint 1 of group")]
    assert of_hint == ([f"hint 1 of group: {wrong}"] if wrong else [])


def test_hints_have_three_levels(folder: Path) -> None:
    assert found(folder) == []
    rewrite(
        folder / "tasks" / "own-lab" / "task.toml",
        '    "Create a log group named {group}. It can be empty.",\n',
        "",
    )
    assert found(folder) == ["hints of group: there are 2 levels, not 3"]


def test_a_pack_without_a_list_avoids_nothing(folder: Path) -> None:
    (folder / "words.tsv").unlink()
    pack = Pack.at(folder)
    assert pack.words is None
    assert text_lint.words_of(pack) == ()


def test_every_word_of_the_built_in_list_says_what_to_write() -> None:
    words = text_lint.words_of(PACK)
    assert words
    assert all(word.instead for word in words)
    assert [instead for _, instead in text_lint.avoided("It shall be", words)] == ["must, or an imperative"]
