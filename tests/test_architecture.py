"""ARCHITECTURE.md names rooms, modules and tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
MAX_TERMS = 40


def test_tree_has_every_room() -> None:
    """Each folder and module at the top of `labs` has its line, and no other has one."""
    tree = TEXT.split("```")[1]
    drawn = {
        name for line in re.findall(r"^ {2}((?:[\w.]+/? )+)", tree, re.MULTILINE) for name in line.split()
    }
    files = (file.relative_to(ROOT / "labs").parts for file in (ROOT / "labs").rglob("*.*") if file.is_file())
    parts = [each for each in files if "__pycache__" not in each]  # a clone keeps those of folders that moved
    found = {f"{first}/" if rest else first for first, *rest in parts if rest or not first.startswith("__")}
    assert drawn == found - {"py.typed"}


def test_glossary_is_short_and_its_modules_exist() -> None:
    glossary = TEXT.partition("## Glossary")[2].partition("\n## ")[0]
    terms = re.findall(r"^\| (?!term )(.+) \| .+ \| (.+) \|$", glossary, re.MULTILINE)
    assert 0 < len(terms) <= MAX_TERMS
    modules = [module for _, cell in terms for module in re.findall(r"`(.+?)`", cell)]
    assert [each for each in modules if not (ROOT / "labs" / each).exists()] == []


def test_paths_exist() -> None:
    """A path in backticks, from the top or from `labs`, with or without `.py`, leads to something."""
    paths = set(re.findall(r"`(\w[\w-]*/[\w/.-]*)`", TEXT))
    places = [(ROOT / each, ROOT / "labs" / each) for each in sorted(paths)]
    lost = [
        str(top.relative_to(ROOT))
        for top, below in places
        if not any(each.exists() or each.with_name(f"{each.name}.py").exists() for each in (top, below))
    ]
    assert paths
    assert lost == []
