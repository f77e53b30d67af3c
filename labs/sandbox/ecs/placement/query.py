"""The cluster query language, which selects container instances.

Grammar, operators and the operators that a subject allows are those of the developer guide
(cluster-query-language.html). Expressions are parsed once and evaluated for many instances.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedEOF, UnexpectedInput

from labs.errors import BadExpression
from labs.sandbox.ecs.placement.query_comparison import Subject, Test, comparison

__all__ = [
    "ATTRIBUTE_NAME",
    "MAX_EXPRESSION_CHARACTERS",
    "BadExpression",
    "Expression",
    "Subject",
    "matches",
    "parse",
]

MAX_EXPRESSION_CHARACTERS = 2000
ATTRIBUTE_NAME = r"[A-Za-z0-9_.\/\\-]{1,128}"

_SIGN = r"""[^\s()'"&|]|&(?!&)|\|(?!\|)"""
_GROUP = rf"\(({_SIGN}|\(({_SIGN})*\))*\)"
"""A pair of parentheses within a pattern, nested at most once: `(t3|m[45])[.].*`.

Source: stitchfix/flotilla-os (`attribute:ecs.instance-type =~ (p[2,3]|g[3,4]|f[1]).*`).
"""
# What a bare argument may hold depends on the operator: `[` opens a list after `in` and a set in a pattern.
_GRAMMAR = rf"""
    ?any_of: all_of (_OR all_of)*
    ?all_of: negation (_AND negation)*
    ?negation: comparison
             | "(" any_of ")"
             | _NOT negation -> negate

    comparison: SUBJECT EXISTENCE
              | SUBJECT ORDER _literal
              | SUBJECT MEMBERSHIP "[" _literal ("," _literal)* "]"
              | SUBJECT MATCHING (REGEX | QUOTED)
    _literal: WORD | QUOTED

    _OR: "||" | /or\b/
    _AND: "&&" | /and\b/
    _NOT: "!" | /not\b/
    SUBJECT: /attribute:{ATTRIBUTE_NAME}/
           | /(agentConnected|agentVersion|ec2InstanceId|registeredAt|runningTasksCount|task:group)\b/
    EXISTENCE: "!exists" | /(not_)?exists\b/
    ORDER: "==" | "!=" | ">=" | "<=" | ">" | "<"
         | /(equals|not_equals|greater_than|greater_than_equal|less_than|less_than_equal)\b/
    MEMBERSHIP: "!in" | /(not_)?in\b/
    MATCHING: "=~" | "!~" | /(not_)?matches\b/
    WORD: /[^\s()\[\],'"&|=<>!~]+/
    REGEX: /(?![=<>!~])({_SIGN}|{_GROUP})+/
    QUOTED: /'[^']*'/ | /"[^"]*"/
    %ignore /\s+/
"""


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression; expressions with the same text are equal."""

    text: str
    test: Test = field(repr=False, compare=False)


@lru_cache(maxsize=1024)
def parse(expression: str) -> Expression:
    """The parsed expression. Raises BadExpression."""
    if len(expression) > MAX_EXPRESSION_CHARACTERS:
        raise BadExpression(
            f"it has {len(expression)} characters; at most {MAX_EXPRESSION_CHARACTERS} are allowed"
        )
    try:
        test: Any = _PARSER.parse(expression)
    except UnexpectedInput as error:
        raise _explained(error, expression) from None
    return Expression(expression, test)


def matches(expression: Expression, subject: Subject) -> bool:
    """Whether the expression selects the container instance."""
    return expression.test(subject)


def _explained(error: UnexpectedInput, expression: str) -> BadExpression:
    position = error.pos_in_stream
    token = getattr(error, "token", None)
    if position is None or isinstance(error, UnexpectedEOF) or (token is not None and token.type == "$END"):
        return BadExpression("it ends too early", len(expression))
    return BadExpression(f"{expression[position : position + 20]!r} is not understood here", position)


def _any_of(*tests: Test) -> Test:
    return lambda subject: any(test(subject) for test in tests)


def _all_of(*tests: Test) -> Test:
    return lambda subject: all(test(subject) for test in tests)


@dataclass(frozen=True, slots=True)
class _Not:
    """A negation; a class, not a closure, so that two in a row cancel out: a thousand `!` are not a thousand calls."""

    test: Test

    def __call__(self, subject: Subject) -> bool:
        return not self.test(subject)


def _negated(test: Test) -> Test:
    return test.test if isinstance(test, _Not) else _Not(test)


@v_args(inline=True)
class _Builder(Transformer[Token, Test]):
    """Builds the test while the text is parsed, so that nesting costs no recursion."""

    any_of = staticmethod(_any_of)
    all_of = staticmethod(_all_of)
    negate = staticmethod(_negated)
    comparison = staticmethod(comparison)


_PARSER = Lark(_GRAMMAR, parser="lalr", start="any_of", transformer=_Builder())
