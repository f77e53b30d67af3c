"""README and docs/: their links lead somewhere, and their commands are those of the command line."""

from __future__ import annotations

import html
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import tomli
from typer.main import get_command

from labs.author.scaffold import TEMPLATES
from labs.cli.app import app
from labs.content.pack import open_catalog
from tools import moto_tests, reference, web_pictures

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
IN_TREE = "https://github.com/cardlabs/cardlabs/blob/main/"
LINK = re.compile(r"\]\(([^)\s]+)\)")
CONSOLE = re.compile(r"^```(?:console|sh)\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`(labs [^`]+)`")


def page_id(page: Path) -> str:
    return str(page.relative_to(ROOT))


def commands(text: str) -> Iterator[list[str]]:
    for block in CONSOLE.findall(text):
        for line in block.splitlines():
            words = shlex.split(line.removeprefix("$ "), comments=True)
            if words[:1] == ["labs"]:
                yield words[1 : words.index(">")] if ">" in words else words[1:]
    for command in INLINE.findall(text):
        yield shlex.split(command)[1:]


def unknown_words(words: list[str]) -> list[str]:
    """The command and the options that `labs` does not have."""
    command: Any = get_command(app)
    while hasattr(command, "list_commands") and words and not words[0].startswith("-"):
        found = command.get_command(None, words[0])
        if found is None:
            return [] if command.name == "receipt" else words[:1]  # `labs receipt FILE` signs
        command, words = found, words[1:]
    known = {name for option in command.params for name in option.opts} | {"--help"}
    return [word for word in words if re.match(r"--?[a-z]", word) and word not in known]


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_links_lead_to_files(page: Path) -> None:
    links = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if not link.startswith("#")]
    targets = [
        ROOT / link.removeprefix(IN_TREE) if link.startswith(IN_TREE) else page.parent / link
        for link in links
        if link.startswith(IN_TREE) or "://" not in link
    ]
    missing = [str(each) for each in targets if not Path(str(each).partition("#")[0]).exists()]
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_commands_can_be_typed(page: Path) -> None:
    for words in commands(page.read_text(encoding="utf-8")):
        assert unknown_words(words) == [], words


def test_readme_is_short_and_starts_with_two_commands() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert len(text.splitlines()) <= 90
    assert [len(block.splitlines()) for block in blocks] == [1, 1]
    assert "labs demo" in blocks[0]
    assert "pytest" in blocks[1]


def test_picture_shows_each_objective_twice() -> None:
    """One check that fails and one that passes, of the lab as it is today: else `just pictures` draws it again."""
    svg = (ROOT / "docs" / "check.svg").read_text(encoding="utf-8")
    shown = html.unescape(re.sub(r"<[^>]+>", " ", svg)).replace("\xa0", " ")
    ids = [goal.id for goal in open_catalog().lab("ecs-placement").task.objectives]
    for each in ids:
        assert len(re.findall(rf"[✓✗·] +{each} ", shown)) == 2, each
    assert f"{len(ids)} of {len(ids)} passed" in shown
    assert "expected" in shown


def test_pictures_of_the_web_app_show_its_present_templates_and_styles() -> None:
    """Else `just pictures` draws them again. Each picture in the documentation is there, in both themes, and small."""
    assert web_pictures.DIGEST.read_text("utf-8").strip() == web_pictures.digest(), "just pictures"
    shown = {
        name for page in PAGES for name in re.findall(r"pictures/([a-z-]+\.webp)", page.read_text("utf-8"))
    }
    drawn = {each.name: each.stat().st_size for each in web_pictures.PICTURES.glob("*.webp")}
    assert shown <= drawn.keys()
    assert {name.replace("-light.", "-dark.") for name in drawn} <= drawn.keys()
    assert sum(drawn.values()) < 2_000_000


def test_the_schema_of_task_toml_is_that_of_the_code() -> None:
    """`just reference` writes it; the task of a new lab is valid by it."""
    schema = json.loads(reference.TASK_SCHEMA.read_text("utf-8"))
    assert schema == json.loads(reference.task_schema())
    text = (TEMPLATES / "task.toml").read_text("utf-8")
    task = json.loads(json.dumps(tomli.loads(text), default=str))
    jsonschema.validate(task, schema)
    with pytest.raises(jsonschema.ValidationError, match="owns"):
        jsonschema.validate({**task, "owns": []}, schema)


def test_the_page_of_differences_to_moto_is_that_of_their_list() -> None:
    tests = [test for row in moto_tests.rows() for test in row["tests"]]
    assert len(tests) == len(set(tests)), "a test has one reason"
    assert moto_tests.REPORT.read_text(encoding="utf-8") == moto_tests.report()
