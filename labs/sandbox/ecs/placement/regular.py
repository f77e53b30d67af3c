"""Matches untrusted regular expressions against a whole text in a bounded number of steps.

Python's matcher backtracks, and takes exponential time for patterns such as `(a+)+$`. Here a
part of an expression maps the set of positions where it can start to the set of those where it can end.
"""

from __future__ import annotations

import re
from re import _compiler, _parser  # type: ignore[attr-defined] # the only way to the parts of an expression
from typing import Any

from labs.errors import BadExpression

MAX_STEPS = 100_000
"""Maximum number of positions examined for one text."""

_Places = frozenset[int]


class BoundedPattern:
    """A compiled expression.

    Raises re.error as `re.compile` does, and BadExpression for features that need backtracking.
    """

    def __init__(self, expression: str) -> None:
        re.compile(expression)
        self._parts = _parser.parse(expression)
        self._single: dict[str, re.Pattern[str]] = {}
        self._left = 0
        self.fullmatch("")

    def fullmatch(self, text: str) -> bool:
        """Whether the whole text matches. Raises BadExpression if that takes too many steps."""
        self._left = MAX_STEPS
        return len(text) in self._sequence(self._parts, text, frozenset({0}))

    def _sequence(self, parts: Any, text: str, places: _Places) -> _Places:
        for operation, argument in parts:
            self._left -= 1 + len(places)
            if self._left < 0:
                raise BadExpression("the regular expression takes too many steps")
            places = self._part(operation, argument, text, places)
        return places

    def _part(self, operation: Any, argument: Any, text: str, places: _Places) -> _Places:
        match str(operation):
            case "BRANCH":
                return frozenset().union(*(self._sequence(each, text, places) for each in argument[1]))
            case "SUBPATTERN" if not (argument[1] or argument[2]):  # flags of a part of its own
                return self._sequence(argument[3], text, places)
            case "MAX_REPEAT" | "MIN_REPEAT":
                return self._repeated(argument, text, places)
            case "ASSERT" | "ASSERT_NOT":
                wanted = str(operation) == "ASSERT"
                return frozenset(p for p in places if self._is_beside(argument, text, p) == wanted)
            case "ANY" | "AT" | "IN" | "LITERAL" | "NOT_LITERAL":
                one = self._character(operation, argument)
                return frozenset(found.end() for p in places if (found := one.match(text, p)))
            case other:
                raise BadExpression(f"the sandbox does not follow {other.lower()} in regular expressions")

    def _is_beside(self, argument: Any, text: str, place: int) -> bool:
        """Whether a lookahead or lookbehind (of fixed width) matches at a position."""
        direction, inner = argument
        if direction > 0:
            return bool(self._sequence(inner, text, frozenset({place})))
        start = place - inner.getwidth()[0]
        return place in self._sequence(inner, text, frozenset({start} if start >= 0 else ()))

    def _repeated(self, argument: Any, text: str, places: _Places) -> _Places:
        least, most, inner = argument
        if not places:
            return self._sequence(inner, text, places)
        done = 0
        while done < least and places:
            before, places = places, self._sequence(inner, text, places)
            done = least if places == before else done + 1
        found = new = places
        while new and done < most:
            new = self._sequence(inner, text, new) - found
            found |= new
            done += 1
        return found

    def _character(self, operation: Any, argument: Any) -> re.Pattern[str]:
        key = repr((operation, argument))
        if key not in self._single:
            part = _parser.SubPattern(self._parts.state, [(operation, argument)])
            self._single[key] = _compiler.compile(part, self._parts.state.flags)
        return self._single[key]
