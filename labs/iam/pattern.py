"""Wildcards and policy variables: what a pattern of a policy matches, and which names a set of patterns tells apart."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import chain

from labs.errors import Undecidable
from labs.iam.logic import Truth

STAR, ONE = "\x01", "\x02"
"""`*` and `?` as wildcards inside a pattern; AWS allows no control characters in a policy."""

MAX_STATES = 60_000
MAX_STEPS = 2_000_000
"""How often, in all, one pattern is taken one character further."""
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_DEFAULT = re.compile(r"\s*([^,\s]+)\s*(?:,\s*'([^']*)')?\s*")

Lookup = Callable[[str], tuple[str, ...] | None]
"""The values of a context key: `()` where the request has none, None if we do not know."""


def wild(text: str) -> str:
    """The pattern that a text stands for where `*` and `?` are wildcards."""
    return text.replace("*", STAR).replace("?", ONE)


@lru_cache(maxsize=16384)
def _regex(pattern: str) -> re.Pattern[str]:
    # Atomic groups: after the shortest match of each piece no going back, so the time is linear.
    head, *rest = ("".join("." if c == ONE else re.escape(c) for c in piece) for piece in pattern.split(STAR))
    tail = "".join(f"(?>.*?{piece})" for piece in rest[:-1]) + (f".*{rest[-1]}" if rest else "")
    return re.compile(head + tail, re.DOTALL)


def matches(pattern: str, text: str) -> bool:
    """Whether the whole text fits the pattern; upper and lower case differ."""
    return _regex(pattern).fullmatch(text) is not None


@lru_cache(maxsize=16384)
def folded(written: str) -> str:
    """The pattern of an action: upper and lower case do not differ."""
    return wild(written.lower())


def action_matches(written: str, action: str) -> bool:
    """Whether an action (`ecr:PutImage`) fits what a policy says."""
    return matches(folded(written), action.lower())


def fill(
    written: str, lookup: Lookup | None, convert: Callable[[str], str] = wild
) -> tuple[str, bool] | None:
    """The pattern with its policy variables filled in, and whether every one of them was known.

    None if the request has no value for a variable: such a pattern matches nothing. A variable that we do
    not know becomes a wildcard. `lookup` is None for version 2008-10-17, which has no variables.
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
    """The value of `${inside}`: STAR if it is unknown, None if the request has no such value."""
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
    """Whether a text matches a filled pattern; unknown where that hangs on a variable that we do not know."""
    if filled is None or not matches(filled[0], text):
        return False
    return True if filled[1] else None


def whole_arn(written: str) -> str:
    """A resource of fewer than six fields stands for every value of the missing ones: `arn:aws:sqs` is all of SQS."""
    if written.lower().startswith("arn:"):
        return written + ":*" * (5 - written.count(":"))
    return written


class _Machine:
    """A pattern as an automaton: a set of positions in it, kept as the bits of a number."""

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
        """The positions after one more character."""
        return self._closed(state & self.stars | (state & (self.ones | self.chars.get(char, 0))) << 1)

    def next_chars(self, state: int) -> list[str]:
        """The characters that make a difference at these positions."""
        found, left = [], state & self.literals
        while left:
            lowest = left & -left
            found.append(self.pattern[lowest.bit_length() - 1])
            left ^= lowest
        return found


_States = tuple[tuple[int, int], ...]
"""The machines that may still match, by number, each with its positions; the first is the limit."""


def representatives(patterns: Iterable[str], within: str) -> list[str]:
    """One text for each class that the patterns tell apart, among those that match `within`; the shortest first.

    Two texts are of one class if they match the same patterns. Whatever is decided by matching these patterns
    is thereby decided for every text there is by trying these few.
    """
    return list(_representatives((within, *dict.fromkeys(patterns))))


@lru_cache(maxsize=256)  # the objectives of a lab ask the same of the same policies
def _representatives(patterns: tuple[str, ...]) -> tuple[str, ...]:
    machines = [_Machine(pattern) for pattern in patterns]
    other = _unused_char({char for machine in machines for char in machine.chars})
    start: _States = tuple((number, machine.start) for number, machine in enumerate(machines))
    found: dict[tuple[int, ...], str] = {}
    queue, seen, left = [(start, "")], {start}, MAX_STEPS
    for states, text in queue:
        matched = tuple(number for number, state in states if state & machines[number].end)
        if matched and matched[0] == 0:
            found.setdefault(matched, text)
        chars = (other, *_branches(machines, states))
        left -= len(chars) * len(states)
        if left < 0:
            raise Undecidable("the policies' wildcards are too entangled to be followed")
        for char in chars:
            after = tuple((n, s) for n, state in states if (s := machines[n].step(state, char)))
            if after and after[0][0] == 0 and after not in seen:
                seen.add(after)
                queue.append((after, text + char))
        if len(seen) > MAX_STATES:
            raise Undecidable("the wildcards of the policies are too complex")
    return tuple(found.values())


def _branches(machines: list[_Machine], states: _States) -> list[str]:
    """The characters that make a difference here; any other is like each other."""
    return sorted({char for number, state in states for char in machines[number].next_chars(state)})


def _unused_char(used: set[str]) -> str:
    """A character of no pattern: an x where that is free, for names that can be read."""
    candidates = chain("x", map(chr, range(ord("a"), ord("z") + 1)), map(chr, range(0x100, 0x10000)))
    return next(char for char in candidates if char not in used)
