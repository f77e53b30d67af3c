"""Every use of undocumented parts of typer, each with a fallback to documented behaviour.

`typer.core.TyperGroup` and `typer.main.get_command` are documented (https://typer.tiangolo.com, "Using Click").
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from enum import Enum
from importlib import import_module
from pathlib import Path
from typing import Any, get_args, get_origin

import typer.core

NUMBERS: dict[type, re.Pattern[str]] = {
    int: re.compile(r"-?[0-9]{1,9}"),
    float: re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,9})?"),
}
"""Plain spellings of numbers, which typer parses in the same way."""


def completion_item() -> Any:
    """Typer's class for a shell completion; None if this version of typer has none there."""
    try:
        return import_module("typer._click.shell_completion").CompletionItem
    except (ImportError, AttributeError):
        return None


def completion_words() -> list[str]:
    """The words of the command line being completed: bash sets COMP_WORDS, typer a variable for zsh and fish."""
    return f"{os.environ.get('COMP_WORDS', '')} {os.environ.get('_TYPER_COMPLETE_ARGS', '')}".split()


def convert_without_pydantic() -> bool:
    """Replaces typer's conversion of parameters for plain values. Returns False if this typer has no hook for it.

    Typer 0.29 and later import pydantic for every command with a parameter, which doubles the start-up time. Any value
    that is not plainly valid still goes to typer, so that its error messages stay the same.
    """
    parameter = getattr(typer.core, "_TyperParameter", None)
    by_typer = getattr(parameter, "get_runtime_param", None)
    if parameter is None or by_typer is None:
        return False
    if not getattr(by_typer, "without_pydantic", False):

        def get_runtime_param(self: Any) -> _Conversion:
            return _Conversion(lambda: by_typer(self))

        get_runtime_param.without_pydantic = True  # type: ignore[attr-defined]
        parameter.get_runtime_param = get_runtime_param
    return True


class _Conversion:
    """Converts the values of one parameter; replaces typer's `RuntimeParam`."""

    def __init__(self, by_typer: Callable[[], Any]) -> None:
        self._by_typer = by_typer

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """The value, converted to the type of the command's parameter."""
        if value is None:
            return () if param.multiple or param.nargs == -1 else None
        try:
            return _converted(value, param.type_descriptor.annotation, param.type_descriptor.parameter_info)
        except (ValueError, AttributeError):
            return self._by_typer().coerce(value, param=param, ctx=ctx)


def _converted(value: Any, annotation: Any, info: Any) -> Any:
    """The value converted to this type. Raises ValueError if typer has to convert it."""
    if get_origin(annotation) is list and isinstance(value, list | tuple):
        return [_converted(each, get_args(annotation)[0], info) for each in value]
    if info.parser is not None or not isinstance(annotation, type):
        raise ValueError(annotation)
    if isinstance(value, annotation) and annotation in (str, bool):
        return value
    if issubclass(annotation, Enum):
        return annotation(value)
    if annotation is Path and _takes_any_path(info):
        return Path(value)
    if annotation in (int, float) and NUMBERS[annotation].fullmatch(str(value)):
        return _within(float(value) if annotation is float else int(value), info)
    raise ValueError(value)


def _takes_any_path(info: Any) -> bool:
    return not (info.exists or info.resolve_path or info.allow_dash or info.path_type is not None)


def _within(number: float, info: Any) -> float:
    low, high = info.min, info.max
    if (low is not None and number < low) or (high is not None and number > high):
        raise ValueError(number)
    return number
