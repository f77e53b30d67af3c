"""One comparison of the cluster query language: the value of a subject, and its evaluation by an operator.

Where the developer guide is silent, these rules apply:

* `=~` must match the whole value: the guide names Java's regular expressions, whose `matches` does,
  and writes `t2.*`, not `t2`, for every T2 type.
* A missing attribute satisfies no operator except `!exists`: with `attribute:stack != prod` the guide
  lists "the instances with the custom attribute stack unless the attribute value is prod".
  `not(attribute:stack == prod)` selects the others as well.
* An instance hosts many groups. `task:group == g` holds where any of its tasks is of the group, and a
  negative operator where its positive one does not: an empty instance satisfies `task:group != g`.
* `>` and the like compare attributes as numbers where both sides are numbers, else as text.
"""

from __future__ import annotations

import operator
import re
import warnings
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Protocol

from lark import Token

from labs.errors import BadExpression
from labs.sandbox.ecs.placement.regular import BoundedPattern


class Subject(Protocol):
    """The properties of a container instance that an expression can use."""

    @property
    def attributes(self) -> Mapping[str, str | None]:
        """Built-in and custom attributes; the value is None for an attribute without one."""
        ...

    @property
    def groups(self) -> Mapping[str, int]:
        """The number of running tasks of each group."""
        ...

    @property
    def instance_id(self) -> str:
        """The id of the EC2 instance."""
        ...

    @property
    def agent_connected(self) -> bool:
        """Whether its agent is connected."""
        ...

    @property
    def agent_version(self) -> str:
        """The agent's version, such as `1.91.0`."""
        ...

    @property
    def registered_at(self) -> datetime | None:
        """The time of its registration, with a UTC offset."""
        ...

    @property
    def running(self) -> int:
        """The number of running tasks."""
        ...


Test = Callable[[Subject], bool]
Value = Any
"""The types that a subject is compared as: text, a number, a time or the numbers of a version."""

_SYMBOLS = {
    "equals": "==",
    "not_equals": "!=",
    "greater_than": ">",
    "greater_than_equal": ">=",
    "less_than": "<",
    "less_than_equal": "<=",
    "not_exists": "!exists",
    "not_in": "!in",
    "matches": "=~",
    "not_matches": "!~",
}
_OPPOSITES = {"!=": "==", "!in": "in", "!~": "=~", "!exists": "exists"}
_COMPARE: Mapping[str, Callable[[Value, Value], bool]] = {
    "==": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}

_NAMED = frozenset({"==", "!=", "in", "!in", "=~", "!~"})
_MEASURED = frozenset({"==", "!=", ">", ">=", "<", "<="})
_ALLOWED = {
    "agentConnected": _NAMED,
    "agentVersion": _MEASURED,
    "ec2InstanceId": _NAMED,
    "registeredAt": _MEASURED,
    "runningTasksCount": _MEASURED,
    "task:group": _NAMED | {"exists", "!exists"},
}
"""The operators for each subject, as the guide lists them; it lists none for groups and attributes."""

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)?)?", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def comparison(subject: Token, given: Token, *arguments: Token) -> Test:
    """The test for `subject operator [argument]`. Raises BadExpression."""
    symbol = _SYMBOLS.get(given, str(given))
    if subject in _ALLOWED and symbol not in _ALLOWED[subject]:
        raise BadExpression(f"{subject} does not take the operator {given}", given.start_pos)
    values = _VALUES.get(subject) or _attribute(subject.removeprefix("attribute:"))
    accepts = _accepts(subject, _OPPOSITES.get(symbol, symbol), arguments)
    if symbol not in _OPPOSITES:
        return lambda instance: any(map(accepts, values(instance)))
    if symbol == "!exists" or subject == "task:group":
        return lambda instance: not any(map(accepts, values(instance)))
    return lambda instance: any(not accepts(value) for value in values(instance))


def _accepts(subject: Token, symbol: str, arguments: tuple[Token, ...]) -> Callable[[Value], bool]:
    """The result of a positive operator for one value of its subject."""
    if symbol == "exists":
        return lambda _: True
    if symbol == "=~":
        return lru_cache(_pattern(arguments[0]).fullmatch)
    wanted = [_argument(subject, argument) for argument in arguments]
    if symbol == "in":
        return lambda value: value in wanted
    compare = _COMPARE[symbol]
    if subject.startswith("attribute:") and symbol != "==":
        return lambda value: compare(*_alike(value, wanted[0]))
    return lambda value: compare(value, wanted[0])


def _pattern(argument: Token) -> BoundedPattern:
    """A Java regular expression as a Python one; what the two interpret differently is refused."""
    text = re.sub(r"\(\?<(?![=!])", "(?P<", _text(argument))
    try:
        with warnings.catch_warnings():
            # Python warns of `[[` and `&&` in a set: union and intersection in Java, plain characters here.
            warnings.simplefilter("error", FutureWarning)
            return BoundedPattern(text)
    except (re.error, OverflowError, FutureWarning) as error:
        raise BadExpression(f"not a regular expression: {error}", argument.start_pos) from error


def _argument(subject: Token, argument: Token) -> Value:
    text = _text(argument)
    match str(subject):
        case "agentVersion" if version := _version(text):
            return version[0]
        case "registeredAt" if _MOMENT.fullmatch(text):
            return _moment(text, argument)
        case "runningTasksCount" if text.isascii() and text.isdigit():
            return int(text)
        case "agentVersion" | "registeredAt" | "runningTasksCount":
            raise BadExpression(f"{text!r} cannot be compared with {subject}", argument.start_pos)
    return text


def _moment(text: str, argument: Token) -> datetime:
    """One of the four date formats; without an offset it is in UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadExpression(f"{text!r} is not a date", argument.start_pos) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _text(argument: Token) -> str:
    return argument[1:-1] if argument.type == "QUOTED" else str(argument)


def _version(text: str) -> tuple[Value, ...]:
    """The numbers of a version as a single value, or no value; `1.14` equals `1.14.0`."""
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)*", text):
        return ()
    return (tuple(map(int, re.sub(r"(\.0+)+$", "", text).split("."))),)


def _alike(value: str, wanted: str) -> tuple[Value, Value]:
    if _NUMBER.fullmatch(value) and _NUMBER.fullmatch(wanted):
        return float(value), float(wanted)
    return value, wanted


def _attribute(name: str) -> Callable[[Subject], tuple[Value, ...]]:
    return lambda instance: (instance.attributes[name] or "",) if name in instance.attributes else ()


_VALUES: Mapping[str, Callable[[Subject], tuple[Value, ...]]] = {
    "agentConnected": lambda instance: ("true" if instance.agent_connected else "false",),
    "agentVersion": lambda instance: _version(instance.agent_version),
    "ec2InstanceId": lambda instance: (instance.instance_id,) if instance.instance_id else (),
    "registeredAt": lambda instance: (instance.registered_at,) if instance.registered_at else (),
    "runningTasksCount": lambda instance: (instance.running,),
    "task:group": lambda instance: tuple(group for group, tasks in instance.groups.items() if tasks > 0),
}
"""The values of a subject on an instance: one, none, or one for each group."""
