"""Evaluates the conditions of a statement against the known context of a request.

Source: "IAM JSON policy elements: Condition operators" and "Multivalued context keys" of the IAM user guide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from labs.iam.document import Condition
from labs.iam.logic import Truth, all_of, any_of, negated
from labs.iam.pattern import Lookup, fill, fits, wild

Value = str | int | bool | Iterable[str]


def _same(text: str) -> str:
    return text


def normalised(context: Mapping[str, Value]) -> dict[str, tuple[str, ...]]:
    """Context keys in lower case, because AWS ignores their case, and each value as a tuple of strings."""
    return {key.lower(): _strings(value) for key, value in context.items()}


def _strings(value: Value) -> tuple[str, ...]:
    if isinstance(value, bool):
        return ("true",) if value else ("false",)
    if isinstance(value, str | int):
        return (str(value),)
    return tuple(value)


@dataclass(frozen=True, slots=True)
class View:
    """The known context keys of a request, in lower case; an `open` context may have others."""

    known: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    open: bool = False

    def lookup(self, key: str) -> tuple[str, ...] | None:
        """The values of a key: `()` if the request does not have it, None if that is unknown."""
        return self.known.get(key.lower(), None if self.open else ())


Compare = Callable[[str, str, Lookup | None], Truth]
"""An operator: takes the policy's value, the request's value, and the lookup for policy variables."""


def _string_equals(written: str, actual: str, lookup: Lookup | None) -> Truth:
    return fits(fill(written, lookup, _same), actual)


def _string_equals_folded(written: str, actual: str, lookup: Lookup | None) -> Truth:
    filled = fill(written, lookup, _same)
    return fits(filled and (filled[0].lower(), filled[1]), actual.lower())


def _string_like(written: str, actual: str, lookup: Lookup | None) -> Truth:
    return fits(fill(written, lookup), actual)


def _arn_like(written: str, actual: str, lookup: Lookup | None) -> Truth:
    """Compares each of the six fields separately; `*` alone matches every ARN."""
    filled = fill(written, lookup)
    if filled is None or filled[0] == wild("*"):
        return filled is not None
    patterns, fields = filled[0].split(":", 5), actual.split(":", 5)
    if len(patterns) != len(fields):
        return None if not filled[1] and len(patterns) < len(fields) else False
    return all_of(fits((pattern, filled[1]), text) for pattern, text in zip(patterns, fields, strict=True))


def _bool(written: str, actual: str, lookup: Lookup | None) -> Truth:
    filled = fill(written.lower(), lookup, _same)
    return fits(filled, actual.lower())


def _ordered(parse: Callable[[str], float | None], test: Callable[[float, float], bool]) -> Compare:
    def compare(written: str, actual: str, lookup: Lookup | None) -> Truth:  # noqa: ARG001 - no variables in numbers
        wanted, found = parse(written), parse(actual)
        return wanted is not None and found is not None and test(found, wanted)

    return compare


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _moment(text: str) -> float | None:
    """Seconds since 1970, from a number of seconds or an ISO 8601 time; a time without a zone is UTC."""
    if re.fullmatch(r"\d{9,}(\.\d+)?", text):
        return float(text)
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()


def _in_network(written: str, actual: str, lookup: Lookup | None) -> Truth:  # noqa: ARG001 - no variables in addresses
    from ipaddress import ip_address, ip_network

    try:
        return ip_address(actual) in ip_network(written, strict=False)
    except ValueError:
        return False


_ORDER: dict[str, Callable[[float, float], bool]] = {
    "equals": lambda found, wanted: found == wanted,
    "lessthan": lambda found, wanted: found < wanted,
    "lessthanequals": lambda found, wanted: found <= wanted,
    "greaterthan": lambda found, wanted: found > wanted,
    "greaterthanequals": lambda found, wanted: found >= wanted,
}
_OPERATORS: dict[str, Compare] = {
    "stringequals": _string_equals,
    "stringequalsignorecase": _string_equals_folded,
    "stringlike": _string_like,
    "arnequals": _arn_like,
    "arnlike": _arn_like,
    "bool": _bool,
    "binaryequals": _string_equals,
    "ipaddress": _in_network,
    **{f"numeric{name}": _ordered(_number, test) for name, test in _ORDER.items()},
    **{f"date{name}": _ordered(_moment, test) for name, test in _ORDER.items()},
}
_NEGATED = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
    "notipaddress": "ipaddress",
    "numericnotequals": "numericequals",
    "datenotequals": "dateequals",
}
_OPERATOR = re.compile(r"(?:(forallvalues|foranyvalue):)?([a-z]+?)(ifexists)?")


def holds(condition: Condition, view: View, *, variables: bool) -> Truth:
    """Whether a condition is met; unknown if that depends on an unknown key or an unsupported operator."""
    parsed = _OPERATOR.fullmatch(condition.operator.lower())
    values = view.lookup(condition.key)
    if parsed is None or values is None:
        return None
    quantifier, name, if_exists = parsed.groups()
    if name == "null":
        return any_of((text.lower() == "true") is (not values) for text in condition.values)
    compare = _OPERATORS.get(_NEGATED.get(name, name))
    if compare is None:
        return None
    if not values:
        return _when_absent(quantifier, negative=name in _NEGATED, if_exists=bool(if_exists))
    lookup = view.lookup if variables else None
    each = [any_of(compare(written, actual, lookup) for written in condition.values) for actual in values]
    return _combined(each, quantifier, negative=name in _NEGATED)


def _when_absent(quantifier: str | None, *, negative: bool, if_exists: bool) -> bool:
    """The result for a key that the request does not have."""
    if if_exists or quantifier == "forallvalues":
        return True
    return negative and quantifier is None


def _combined(each: list[Truth], quantifier: str | None, *, negative: bool) -> Truth:
    """The result for a key, from the matches of each of its values with the values in the policy."""
    if quantifier is None:
        return negated(any_of(each)) if negative else any_of(each)
    met = [negated(truth) if negative else truth for truth in each]
    return all_of(met) if quantifier == "forallvalues" else any_of(met)
