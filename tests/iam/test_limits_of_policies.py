"""Policies of strangers: their wildcards are followed for so many steps, and then nobody can tell."""

from __future__ import annotations

from typing import Any

import pytest

from labs.errors import Undecidable
from labs.iam import pattern
from labs.iam.pattern import STAR, representatives, wild

ENTANGLED = {
    "stars": ["*".join(f"{a}{b}" for a in "abcdefgh" for b in "ab")]
    + [f"*{a}*{b}*" for a in "abcd" for b in "abcd"],
    "questions": [f"*{a}{'?' * n}{b}*" for n in range(12) for a in "ab" for b in "ab"],
    "long": [f"*a{'?' * 900}b*", "*b*"],
}


@pytest.mark.parametrize("name", ENTANGLED)
def test_complex_wildcards_end_at_the_limit_of_steps(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    steps, most = 0, 20_000
    real = pattern._Automaton.step

    def step(automaton: Any, state: int, char: str) -> int:
        nonlocal steps
        steps += 1
        return real(automaton, state, char)

    monkeypatch.setattr(pattern._Automaton, "step", step)
    monkeypatch.setattr(pattern, "MAX_STEPS", most)
    with pytest.raises(Undecidable, match="too complex"):
        representatives(map(wild, ENTANGLED[name]), STAR)
    assert steps <= most


def test_ordinary_wildcards_are_far_from_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pattern, "MAX_STEPS", pattern.MAX_STEPS // 1000)
    found = representatives([wild("arn:aws:ecr:*:*:repository/app-*"), wild("arn:aws:ecr:*")], STAR)
    assert len(found) == 3
