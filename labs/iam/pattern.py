"""Wildcards and policy variables: the texts that a pattern matches, and example texts for a set of patterns."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import chain

from labs.errors import Undecidable
from labs.iam.logic import Truth

STAR, ONE = "\x01", "\x02"
"""The wildcards `*` and `?` in a compiled pattern, as control characters, which AWS does not allow in policies."""

_TOO_COMPLEX = "the wildcards of the policies are too complex"
MAX_STATES = 60_000
MAX_STEPS = 2_000_000
"""The limits of one search for `representatives`: sets of positions, and single steps of one automaton."""
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_DEFAULT = re.compile(r"\s*([^,\s]+)\s*(?:,\s*'([^']*)')?\s*")

Lookup = Callable[[str], tuple[str, ...] | None]
"""The values of a context key: `()` if the request does not have it, None if that is unknown."""


def wild(text: str) -> str:
    """The pattern of a text in which `*` and `?` are wildcards."""
    return text.replace("*", STAR).replace("?", ONE)


@lru_cache(maxsize=16384)
def _regex(pattern: str) -> re.Pattern[str]:
    # Atomic groups never backtrack into a piece that has matched, so matching takes linear time.
    head, *rest = ("".join("." if c == ONE else re.escape(c) for c in piece) for piece in pattern.split(STAR))
    tail = "".join(f"(?>.*?{piece})" for piece in rest[:-1]) + (f".*{rest[-1]}" if rest else "")
    return re.compile(head + tail, re.DOTALL)


def matches(pattern: str, text: str) -> bool:
    """Whether the pattern matches the whole text; case-sensitive."""
    return _regex(pattern).fullmatch(text) is not None


@lru_cache(maxsize=16384)
def folded(written: str) -> str:
    """The pattern of an action, in lower case: IAM ignores the case of actions."""
    return wild(written.lower())


def action_matches(written: str, action: str) -> bool:
    """Whether the action of a statement, with wildcards, matches an action (`ecr:PutImage`)."""
    return matches(folded(written), action.lower())


def fill(
    written: str, lookup: Lookup | None, convert: Callable[[str], str] = wild
) -> tuple[str, bool] | None:
    """The pattern with its policy variables replaced, and whether all of their values are known.

    An unknown value becomes a wildcard. None if the request has no value for a variable: then the pattern matches
    nothing. `lookup` is None for policies of version 2008-10-17, which has no variables.
    """
    if lookup is None:
        return convert(written), True
    parts: list[str] = []
    known, end = True, 0
    for found in _VARIABLE.finditer(written):
        parts.append(convert(written[end : found.start()]))
        end = found.end()
        value = _value(found[1], lookup)
        if value is None:
            return None
        known = known and value != STAR
        parts.append(value)
    return "".join([*parts, convert(written[end:])]), known


def _value(inside: str, lookup: Lookup) -> str | None:
    """The value of `${inside}`: STAR if it is unknown, None if the request has none and there is no default."""
    if inside in ("*", "?", "$"):
        return inside
    parsed = _DEFAULT.fullmatch(inside)
    if parsed is None:
        return None
    values = lookup(parsed[1])
    if values is None:
        return STAR
    return values[0] if len(values) == 1 else parsed[2]


def fits(filled: tuple[str, bool] | None, text: str) -> Truth:
    """Whether a pattern from `fill` matches a text; unknown if that depends on an unknown variable."""
    if filled is None or not matches(filled[0], text):
        return False
    return True if filled[1] else None


def whole_arn(written: str) -> str:
    """An ARN with a wildcard for each missing field, as IAM reads it: `arn:aws:sqs` is all of SQS."""
    if written.lower().startswith("arn:"):
        return written + ":*" * (5 - written.count(":"))
    return written


class _Automaton:
    """A pattern as a nondeterministic automaton: a state is a set of positions, as the bits of a number."""

    def __init__(self, pattern: str) -> None:
        self.pattern = re.sub(f"{STAR}+", STAR, pattern)
        self.stars = sum(1 << at for at, char in enumerate(self.pattern) if char == STAR)
        self.ones = sum(1 << at for at, char in enumerate(self.pattern) if char == ONE)
        self.chars: dict[str, int] = {}
        for at, char in enumerate(self.pattern):
            if char not in (STAR, ONE):
                self.chars[char] = self.chars.get(char, 0) | 1 << at
        self.literals = sum(self.chars.values())
        self.start = self._closed(1)
        self.end = 1 << len(self.pattern)

    def _closed(self, state: int) -> int:
        return state | (state & self.stars) << 1

    def step(self, state: int, char: str) -> int:
        """The state after one more character; 0 if the pattern cannot match any more."""
        return self._closed(state & self.stars | (state & (self.ones | self.chars.get(char, 0))) << 1)

    def next_chars(self, state: int) -> list[str]:
        """The literal characters that the pattern has at these positions."""
        found, left = [], state & self.literals
        while left:
            lowest = left & -left
            found.append(self.pattern[lowest.bit_length() - 1])
            left ^= lowest
        return found


_States = tuple[tuple[int, int], ...]
"""The number and state of each automaton that can still match; number 0 is the pattern `within`."""


def representatives(patterns: Iterable[str], within: str) -> list[str]:
    """One text for each equivalence class of the texts that match `within`, shortest first.

    Two texts are equivalent if they match the same patterns. So what holds for these texts, and depends only on
    matching the patterns, holds for every text. Raises Undecidable if the patterns are too complex.
    """
    return list(_representatives((within, *dict.fromkeys(patterns))))


@lru_cache(maxsize=256)  # the objectives of a lab evaluate the same policies
def _representatives(patterns: tuple[str, ...]) -> tuple[str, ...]:
    automata = [_Automaton(pattern) for pattern in patterns]
    other = _unused_char({char for automaton in automata for char in automaton.chars})
    start: _States = tuple((number, automaton.start) for number, automaton in enumerate(automata))
    found: dict[tuple[int, ...], str] = {}
    queue, seen, left = [(start, "")], {start}, MAX_STEPS
    for states, text in queue:
        matched = tuple(number for number, state in states if state & automata[number].end)
        if matched and matched[0] == 0:
            found.setdefault(matched, text)
        chars = (other, *_branches(automata, states))
        left -= len(chars) * len(states)
        if left < 0:
            raise Undecidable(_TOO_COMPLEX)
        for char in chars:
            after = tuple((n, s) for n, state in states if (s := automata[n].step(state, char)))
            if after and after[0][0] == 0 and after not in seen:
                seen.add(after)
                queue.append((after, text + char))
        if len(seen) > MAX_STATES:
            raise Undecidable(_TOO_COMPLEX)
    return tuple(found.values())


def _branches(automata: list[_Automaton], states: _States) -> list[str]:
    """The characters that some pattern has next; all others are equivalent."""
    return sorted({char for number, state in states for char in automata[number].next_chars(state)})


def _unused_char(used: set[str]) -> str:
    """A character that no pattern contains: `x` if possible, for readable examples."""
    candidates = chain("x", map(chr, range(ord("a"), ord("z") + 1)), map(chr, range(0x100, 0x10000)))
    return next(char for char in candidates if char not in used)
