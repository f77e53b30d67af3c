"""Intrinsic functions: resolve the parts of a template to plain values."""

from __future__ import annotations

import base64
import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from labs.errors import ResourceFailed
from labs.sandbox.cloudformation.errors import TemplateError
from labs.sandbox.cloudformation.template import substitutions
from labs.sandbox.cloudformation.template_shape import check_arguments
from labs.sandbox.cloudformation.texts import is_true, text_of

Doc = dict[str, Any]
MAX_TEXT = 256 * 1024
"""Maximum number of characters that one function returns: nested functions could otherwise exhaust memory."""
MAX_BLOCKS = 256
_DYNAMIC = re.compile(r"\{\{resolve:(?P<service>[a-z-]+):(?P<key>[^{}]+)\}\}")


class _NoValue:
    """The value of `Ref: AWS::NoValue`: it removes its entry from the list or mapping."""


_NO_VALUE = _NoValue()


@dataclass
class TemplateScope:
    """The values of names in a template: parameters, pseudo parameters, resources, exports, zones, SSM."""

    template: Doc
    values: Mapping[str, Any]
    ref: Callable[[str], str]
    attribute: Callable[[str, str], Any]
    export: Callable[[str], str]
    zones: Callable[[str], list[str]]
    ssm: Callable[[str], str]
    _conditions: dict[str, bool] = field(default_factory=dict)

    def condition(self, name: str) -> bool:
        """Whether a condition of the template holds."""
        if name not in self._conditions:
            conditions = self.template.get("Conditions") or {}
            if name not in conditions:
                raise TemplateError(f"Template format error: Unresolved condition {name}")
            self._conditions[name] = is_true(self.resolve(conditions[name]))
        return self._conditions[name]

    def resolve(self, value: Any) -> Any:
        """A part of the template as plain values."""
        found = self.value_of(value)
        return None if isinstance(found, _NoValue) else found

    def value_of(self, value: Any) -> Any:
        """A part of the template as plain values, or the marker for no value."""
        if isinstance(value, list):
            items = [self.value_of(each) for each in value]
            return [each for each in items if not isinstance(each, _NoValue)]
        if isinstance(value, str):
            return _DYNAMIC.sub(self._dynamic, value) if "{{resolve:" in value else value
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, inner),) = value.items()
            if name == "Ref":
                return self._ref(inner)
            if name == "Condition" and isinstance(inner, str):
                return self.condition(inner)
            if name in _FUNCTIONS:
                return _bounded(_FUNCTIONS[name](self, inner))
            if name.startswith("Fn::"):
                raise TemplateError(f"Template error: the sandbox does not support the function {name}")
        members = {key: self.value_of(inner) for key, inner in value.items()}
        return {key: inner for key, inner in members.items() if not isinstance(inner, _NoValue)}

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return _NO_VALUE
        return self.values[name] if name in self.values else self.ref(name)

    def _dynamic(self, found: re.Match[str]) -> str:
        if found["service"] not in {"ssm", "ssm-secure"}:
            raise ResourceFailed(f"The sandbox does not resolve {found[0]}")
        return self.ssm(found["key"].split(":")[0])


def _bounded(made: Any) -> Any:
    if isinstance(made, str) and len(made) > MAX_TEXT:
        raise TemplateError(f"Template error: a function makes more than {MAX_TEXT} characters")
    return made


def _join(scope: TemplateScope, inner: Any) -> str:
    separator, items = scope.resolve(inner[0]), scope.resolve(inner[1])
    check_arguments("Fn::Join", [separator, items])
    return text_of(separator).join(map(text_of, items))


def _sub(scope: TemplateScope, inner: Any) -> str:
    text, given = inner if isinstance(inner, list) else (inner, {})
    values = scope.resolve(given)

    def value(found: re.Match[str]) -> str:
        name = found[1].strip()
        if name in values:
            return text_of(values[name])
        owner, _, attribute = name.partition(".")
        known = scope.resolve({"Fn::GetAtt": [owner, attribute]} if attribute else {"Ref": name})
        return ",".join(known) if isinstance(known, list) else text_of(known)

    filled, end = "", 0
    for found in substitutions(text):
        filled += text[end : found.start()] + value(found)
        end = found.end()
    return scope.resolve((filled + text[end:]).replace("${!", "${"))  # type: ignore[no-any-return]


def _get_att(scope: TemplateScope, inner: Any) -> Any:
    owner, attribute = (
        inner.split(".", 1) if isinstance(inner, str) else (inner[0], ".".join(map(str, inner[1:])))
    )
    return scope.attribute(owner, scope.resolve(attribute))


def _if(scope: TemplateScope, inner: Any) -> Any:
    name, then, otherwise = inner
    return scope.value_of(then if scope.condition(name) else otherwise)


def _equals(scope: TemplateScope, inner: Any) -> bool:
    given = scope.resolve(inner)
    check_arguments("Fn::Equals", given)
    return text_of(given[0]) == text_of(given[1])


def _select(scope: TemplateScope, inner: Any) -> Any:
    index, items = scope.resolve(inner[0]), scope.resolve(inner[1])
    if isinstance(items, str):
        items = items.split(",")
    if isinstance(items, list) and str(index).isdecimal() and int(index) >= len(items):
        raise TemplateError(f"Template error: Fn::Select cannot select nonexistent value at index {index}")
    check_arguments("Fn::Select", [index, items])
    return items[int(index)]


def _split(scope: TemplateScope, inner: Any) -> list[str]:
    given = scope.resolve(inner)
    check_arguments("Fn::Split", given)
    return text_of(given[1]).split(given[0])


def _find_in_map(scope: TemplateScope, inner: Any) -> Any:
    name, top, second = (str(scope.resolve(each)) for each in inner[:3])
    default = scope.resolve(inner[3]).get("DefaultValue") if len(inner) > 3 else None
    try:
        return (scope.template.get("Mappings") or {})[name][top][second]
    except KeyError:
        if default is not None:
            return default
        raise TemplateError(f"Template error: Unable to get mapping for {name}::{top}::{second}") from None


def _cidr(scope: TemplateScope, inner: Any) -> list[str]:
    given = scope.resolve(inner)
    check_arguments("Fn::Cidr", given)
    block, number, *bits = map(text_of, given)
    try:
        network, count = ipaddress.ip_network(block), int(number)
        subnets = network.subnets(new_prefix=network.max_prefixlen - int(bits[0] if bits else 8))
    except ValueError as error:
        raise TemplateError(f"Template error: Fn::Cidr: {error}") from error
    if not 0 < count <= MAX_BLOCKS:
        raise TemplateError(f"Template error: Fn::Cidr makes between 1 and {MAX_BLOCKS} blocks, not {count}")
    return [str(subnet) for subnet, _ in zip(subnets, range(count), strict=False)]


def _zones(scope: TemplateScope, inner: Any) -> list[str]:
    return scope.zones(str(scope.resolve(inner) or scope.values["AWS::Region"]))


_FUNCTIONS: dict[str, Callable[[TemplateScope, Any], Any]] = {
    "Fn::And": lambda scope, inner: all(is_true(scope.resolve(each)) for each in inner),
    "Fn::Base64": lambda scope, inner: base64.b64encode(text_of(scope.resolve(inner)).encode()).decode(),
    "Fn::Cidr": _cidr,
    "Fn::Equals": _equals,
    "Fn::FindInMap": _find_in_map,
    "Fn::GetAZs": _zones,
    "Fn::GetAtt": _get_att,
    "Fn::If": _if,
    "Fn::ImportValue": lambda scope, inner: scope.export(text_of(scope.resolve(inner))),
    "Fn::Join": _join,
    "Fn::Length": lambda scope, inner: len(scope.resolve(inner)),
    "Fn::Not": lambda scope, inner: not is_true(scope.resolve(inner[0])),
    "Fn::Or": lambda scope, inner: any(is_true(scope.resolve(each)) for each in inner),
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::Sub": _sub,
    "Fn::ToJsonString": lambda scope, inner: json.dumps(scope.resolve(inner), separators=(",", ":")),
}
