"""Licences of everything that is installed with cardlabs: nothing that would bind those who use or extend it."""

from __future__ import annotations

import re
from importlib import metadata

import pytest
from packaging.requirements import Requirement

EXTRAS = ("aws-cli", "anki", "board", "cluster", "postgres")
COPYLEFT = re.compile(r"\bA?L?GPL|General Public License", re.IGNORECASE)
KNOWN = {
    "psycopg": "postgres",  # LGPL-3.0-only
    "psycopg-binary": "postgres",  # LGPL-3.0-only
    "frozendict": "anki",  # LGPL-3.0-only, comes with genanki
    "docutils": "aws-cli",  # one may choose: public domain, BSD, PSF; GPL is for its Emacs mode, which pip leaves out
}
"""Packages that have such a licence, and the extra without which they are not installed."""


def installed(*extras: str) -> dict[str, str]:
    """The licence of each distribution that comes with cardlabs and these extras."""
    found: dict[str, str] = {}
    todo = [("cardlabs", extra) for extra in ("", *extras)]
    seen = set(todo)
    while todo:
        name, extra = todo.pop()
        distribution = metadata.distribution(name)
        found[name] = _licence(distribution)
        for text in distribution.requires or ():
            needed = Requirement(text)
            if needed.marker is None or needed.marker.evaluate({"extra": extra}):
                new = {(needed.name.lower().replace("_", "-"), each) for each in ("", *needed.extras)} - seen
                seen |= new
                todo += new
    return found


def _licence(distribution: metadata.Distribution) -> str:
    about = distribution.metadata
    classifiers = [each for each in about.get_all("Classifier", []) if each.startswith("License ::")]
    return about.get("License-Expression") or " | ".join([*classifiers, (about.get("License") or "")[:80]])


def test_every_licence_is_declared_and_none_is_copyleft() -> None:
    licences = installed()
    assert len(licences) > 20
    assert [name for name, licence in licences.items() if not licence.strip(" |")] == []
    assert [name for name, licence in licences.items() if COPYLEFT.search(licence)] == []


@pytest.mark.slow
def test_what_is_copyleft_comes_with_its_extra_only() -> None:
    for extra in EXTRAS:
        licences = installed(extra)
        copyleft = {name for name, licence in licences.items() if COPYLEFT.search(licence)}
        assert copyleft <= {name for name, its_extra in KNOWN.items() if its_extra == extra}, extra
