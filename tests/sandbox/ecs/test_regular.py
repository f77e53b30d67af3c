"""Regular expressions of the cluster query language end, and mean what Python's mean."""

from __future__ import annotations

import re
from itertools import product

import pytest

from labs.errors import BadExpression
from labs.sandbox.ecs.placement import regular
from labs.sandbox.ecs.placement.regular import BoundedPattern

EXPRESSIONS = (
    "a*b", "(a|b)*", "(a|ab)(c|bcd)", "a{2}", "a{1,2}b?", "a+?b", "[ab]c", "[^a]+", ".b.", "^a$", "a$|b", "(?i)A.*",
    r"\w\b", "(?=a)[abc]+", "(?!a)[abc]+", "a(?<=a)b", "[ab]+(?<!b)",
    "(a*)*", "(a+)+c", "((a|b)(a|b))*", "(?P<n>a)b", "", "a||b", "(a?){3}",
)  # fmt: skip


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_it_matches_what_python_matches(expression: str) -> None:
    """Every text of up to four characters of three."""
    texts = ["".join(text) for length in range(5) for text in product("abc", repeat=length)]
    bounded, stock = BoundedPattern(expression), re.compile(expression)
    assert [t for t in texts if bounded.fullmatch(t)] == [t for t in texts if stock.fullmatch(t)]


@pytest.mark.parametrize(
    "expression",
    ["(a+)+$", "(a|a)*$", "(a*)*b", "(.*)*x", ".*.*.*.*.*.*x", "((a{0,9}){0,9}){0,9}x"],
)
def test_what_has_many_ways_ends(expression: str) -> None:
    """One way after the other would take longer than anybody waits."""
    assert BoundedPattern(expression).fullmatch("a" * 127 + "!") is False


def test_what_takes_too_many_steps_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is a bound for all that is not known here."""
    pattern = BoundedPattern("((a?b?)+c?)+d")
    monkeypatch.setattr(regular, "MAX_STEPS", 100)
    with pytest.raises(BadExpression, match="too many steps"):
        pattern.fullmatch("abc" * 40)


@pytest.mark.parametrize("expression", [r"(a)\1", "(?i:a)"])
def test_what_cannot_be_followed_is_refused(expression: str) -> None:
    """Expressions that need to know how the match came to a place."""
    with pytest.raises(BadExpression, match="does not follow"):
        BoundedPattern("x+" + expression)
