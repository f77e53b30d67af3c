"""Parses policy documents, and refuses those that AWS rejects as malformed.

Source: "IAM JSON policy element reference" of the IAM user guide.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from labs.errors import Malformed

VERSIONS = ("2012-10-17", "2008-10-17")
_ELEMENTS = {
    "Sid",
    "Effect",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Principal",
    "NotPrincipal",
    "Condition",
}
_PRINCIPALS = {"AWS", "Service", "Federated", "CanonicalUser"}


@dataclass(frozen=True, slots=True)
class Patterns:
    """The patterns of an element, as written in the policy; `inverted` for NotAction and NotResource."""

    listed: tuple[str, ...]
    inverted: bool = False


@dataclass(frozen=True, slots=True)
class Principals:
    """Pairs of type (AWS, Service, Federated, CanonicalUser) and name; `inverted` for NotPrincipal."""

    listed: tuple[tuple[str, str], ...]
    inverted: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition operator on one context key, with the values to compare with."""

    operator: str
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a policy.

    `resources` is None if a resource-based policy names none, `principals` is None in an identity-based policy, and
    `variables` is whether the policy's version supports policy variables.
    """

    allows: bool
    actions: Patterns
    resources: Patterns | None
    principals: Principals | None
    conditions: tuple[Condition, ...]
    variables: bool
    sid: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """A parsed policy document; `name` identifies it in messages."""

    statements: tuple[Statement, ...]
    name: str = ""

    @classmethod
    def parse(cls, document: str | Mapping[str, Any], name: str = "") -> Policy:
        """The policy in a JSON text, or in the object decoded from it. Raises Malformed."""
        raw = _loaded(document) if isinstance(document, str) else document
        if not isinstance(raw, Mapping):
            raise Malformed("a policy is a JSON object")
        _refuse_unknown(raw, {"Version", "Id", "Statement"}, "the policy")
        version = raw.get("Version", "2008-10-17")
        if version not in VERSIONS:
            raise Malformed(f"{version!r} is not a version of the policy language")
        blocks = raw.get("Statement")
        listed = blocks if isinstance(blocks, list) else [blocks]
        if blocks is None or not listed:
            raise Malformed("the policy has no Statement")
        statements = (_statement(block, number, version) for number, block in enumerate(listed, 1))
        return cls(tuple(statements), name)

    @property
    def keys(self) -> frozenset[str]:
        """The context keys that the conditions use, in lower case."""
        return frozenset(rule.key.lower() for block in self.statements for rule in block.conditions)


def _loaded(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_without_doubles)
    except (ValueError, RecursionError) as error:  # JSON's errors, and a number of too many digits
        raise Malformed(f"the policy is not JSON: {error}") from error


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise Malformed(
            f"{next(name for name in names if names.count(name) > 1)!r} appears twice in one object"
        )
    return found


def _statement(raw: Any, number: int, version: str) -> Statement:
    where = f"statement {number}"
    if not isinstance(raw, Mapping):
        raise Malformed(f"{where} is not an object")
    _refuse_unknown(raw, _ELEMENTS, where)
    if raw.get("Effect") not in ("Allow", "Deny"):
        raise Malformed(f"the Effect of {where} is neither Allow nor Deny")
    actions = _patterns(raw, "Action", where)
    resources = _patterns(raw, "Resource", where)
    principals = _principals(raw, where)
    if actions is None:
        raise Malformed(f"{where} has neither Action nor NotAction")
    if resources is None and principals is None:
        raise Malformed(f"{where} has neither a Resource nor a Principal")
    conditions = tuple(_conditions(raw.get("Condition", {}), where))
    sid = raw.get("Sid", "")
    return Statement(
        raw["Effect"] == "Allow", actions, resources, principals, conditions, version == VERSIONS[0], str(sid)
    )


def _refuse_unknown(raw: Mapping[str, Any], known: set[str], where: str) -> None:
    for element in raw:
        if element not in known:
            raise Malformed(f"{where} has an element that the policy language does not know: {element!r}")


def _either(raw: Mapping[str, Any], element: str, where: str) -> tuple[Any, bool]:
    """The value of an element or of its negation (`NotAction`), and whether it is the negation."""
    if element in raw and f"Not{element}" in raw:
        raise Malformed(f"{where} has both {element} and Not{element}")
    inverted = f"Not{element}" in raw
    return raw.get(f"Not{element}" if inverted else element), inverted


def _patterns(raw: Mapping[str, Any], element: str, where: str) -> Patterns | None:
    found, inverted = _either(raw, element, where)
    if found is None:
        return None
    return Patterns(_texts(found, f"{element} of {where}"), inverted)


def _principals(raw: Mapping[str, Any], where: str) -> Principals | None:
    found, inverted = _either(raw, "Principal", where)
    if found is None:
        return None
    if found == "*":
        return Principals((("AWS", "*"),), inverted)
    if not isinstance(found, Mapping) or not found:
        raise Malformed(f"the Principal of {where} is neither * nor an object")
    _refuse_unknown(found, _PRINCIPALS, f"the Principal of {where}")
    pairs = ((kind, name) for kind, names in found.items() for name in _texts(names, f"Principal of {where}"))
    return Principals(tuple(pairs), inverted)


def _conditions(raw: Any, where: str) -> Iterator[Condition]:
    if not isinstance(raw, Mapping):
        raise Malformed(f"the Condition of {where} is not an object")
    for operator, tests in raw.items():
        if not isinstance(tests, Mapping):
            raise Malformed(f"{operator} of {where} is not an object")
        for key, values in tests.items():
            yield Condition(operator, key, _texts(values, f"{operator} of {where}", scalars=True))


def _texts(found: Any, where: str, *, scalars: bool = False) -> tuple[str, ...]:
    """One string or a list of strings; in conditions (`scalars`) numbers and booleans too, written as in JSON."""
    listed = found if isinstance(found, list | tuple) else [found]
    kinds = (str, int, float) if scalars else (str,)
    if not listed or not all(isinstance(item, kinds) for item in listed):
        raise Malformed(f"the {where} is not a string or a list of strings")
    return tuple(str(item).lower() if isinstance(item, bool) else str(item) for item in listed)
