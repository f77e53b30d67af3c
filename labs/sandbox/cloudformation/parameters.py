"""The parameters of a stack: given values, defaults, and validation of their types."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from labs.errors import BadExpression
from labs.sandbox.cloudformation.errors import TemplateError
from labs.sandbox.cloudformation.texts import is_true, text_of
from labs.sandbox.ecs.placement.regular import BoundedPattern

Doc = dict[str, Any]
_SSM = re.compile(r"AWS::SSM::Parameter::Value<(.+)>")


def parameter_values(
    template: Doc, given: list[Doc], previous: Mapping[str, str], ssm: Callable[[str], str]
) -> tuple[dict[str, str], dict[str, Any]]:
    """The values as given, and as references resolve to them (lists, values of SSM parameters).

    `previous` are the stack's values, for UsePreviousValue; `ssm` reads a parameter of Systems Manager.
    """
    slots: Doc = template.get("Parameters") or {}
    texts = _texts(slots, given, previous)
    missing = [name for name in slots if name not in texts]
    if missing:
        raise TemplateError(f"Parameters: [{', '.join(missing)}] must have values")
    for name, text in texts.items():
        _check(name, slots[name], text)
    return texts, {name: _resolved(slots[name], text, ssm) for name, text in texts.items()}


def _texts(slots: Doc, given: list[Doc], previous: Mapping[str, str]) -> dict[str, str]:
    texts = {name: _text(slot["Default"]) for name, slot in slots.items() if "Default" in slot}
    unknown = [each["ParameterKey"] for each in given if each["ParameterKey"] not in slots]
    if unknown:
        raise TemplateError(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    for each in given:
        name = each["ParameterKey"]
        if is_true(each.get("UsePreviousValue")):
            if name in previous:
                texts[name] = previous[name]
        elif "ParameterValue" in each:
            texts[name] = _text(each["ParameterValue"])
    return texts


def _text(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else text_of(value)


def _check(name: str, slot: Doc, text: str) -> None:
    kind = slot.get("Type", "String")
    items = text.split(",") if "List" in kind else [text]
    allowed = slot.get("AllowedValues")
    if allowed and any(item.strip() not in map(_text, allowed) for item in items):
        raise TemplateError(f"Parameter '{name}' must be one of AllowedValues")
    pattern = slot.get("AllowedPattern")
    if pattern and not all(_fits(name, pattern, item) for item in items):
        description = slot.get("ConstraintDescription")
        raise TemplateError(
            f"Parameter {name} failed to satisfy constraint: {description}"
            if description
            else f"Parameter '{name}' must match pattern {pattern}"
        )
    if kind == "Number":
        _check_number(name, slot, text)
    elif not _SSM.fullmatch(kind):
        _check_length(name, slot, text)


def _fits(name: str, pattern: str, text: str) -> bool:
    try:
        return BoundedPattern(pattern).fullmatch(text)
    except (re.error, BadExpression) as error:
        raise TemplateError(
            f"Parameter '{name}' has an AllowedPattern that cannot be used: {error}"
        ) from error


def _check_number(name: str, slot: Doc, text: str) -> None:
    try:
        number = float(text)
    except ValueError:
        raise TemplateError(f"Parameter '{name}' must be a number.") from None
    if "MinValue" in slot and number < float(slot["MinValue"]):
        raise TemplateError(f"Parameter '{name}' must be a number not less than {slot['MinValue']}")
    if "MaxValue" in slot and number > float(slot["MaxValue"]):
        raise TemplateError(f"Parameter '{name}' must be a number not greater than {slot['MaxValue']}")


def _check_length(name: str, slot: Doc, text: str) -> None:
    if "MinLength" in slot and len(text) < int(slot["MinLength"]):
        raise TemplateError(f"Parameter '{name}' must contain at least {slot['MinLength']} characters")
    if "MaxLength" in slot and len(text) > int(slot["MaxLength"]):
        raise TemplateError(f"Parameter '{name}' must contain at most {slot['MaxLength']} characters")


def _resolved(slot: Doc, text: str, ssm: Callable[[str], str]) -> Any:
    kind = slot.get("Type", "String")
    looked_up = _SSM.fullmatch(kind)
    if looked_up:
        kind, text = looked_up[1], ssm(text)
    if kind == "CommaDelimitedList" or kind.startswith("List<"):
        return [item.strip() for item in text.split(",")]
    return text
