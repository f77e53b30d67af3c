"""The uses of typer's internals, and what happens with a typer that lacks them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer
import typer.core

from labs.cli import menu, typer_internals
from labs.cli.app import app


class Colour(StrEnum):
    """A choice of an option."""

    RED = "red"


class ByTyper:
    """Typer's conversion, which says that it was asked."""

    def coerce(self, value: Any, *, param: Any, ctx: Any) -> tuple[str, Any]:
        return ("typer", value)


class Parameter:
    """A parameter as typer 0.29 makes it."""

    def __init__(self, annotation: Any, *, multiple: bool = False, **limits: Any) -> None:
        self.multiple, self.nargs = multiple, 1
        info = dict.fromkeys(("parser", "min", "max", "exists", "resolve_path", "allow_dash", "path_type"))
        self.type_descriptor = SimpleNamespace(
            annotation=annotation, parameter_info=SimpleNamespace(**{**info, **limits})
        )

    def get_runtime_param(self) -> Any:
        return ByTyper()

    def convert(self, value: Any) -> Any:
        return self.get_runtime_param().coerce(value, param=self, ctx=None)


@pytest.fixture
def parameter(monkeypatch: pytest.MonkeyPatch) -> type[Parameter]:
    """The class of typer's parameters, after its conversion was replaced."""
    monkeypatch.setattr(Parameter, "get_runtime_param", Parameter.get_runtime_param)
    monkeypatch.setattr(typer.core, "_TyperParameter", Parameter, raising=False)
    assert typer_internals.convert_without_pydantic()
    return Parameter


@pytest.mark.parametrize(
    ("annotation", "limits", "given", "expected"),
    [
        (str, {}, "a", "a"),
        (bool, {}, True, True),
        (int, {"min": 1}, "12", 12),
        (float, {"max": 9}, "1.5", 1.5),
        (Path, {}, "a/b", Path("a/b")),
        (Colour, {}, "red", Colour.RED),
        (Colour, {}, Colour.RED, Colour.RED),
        (list[str], {"multiple": True}, ("a", "b"), ["a", "b"]),
        (list[Path], {"multiple": True}, ("a",), [Path("a")]),
        (list[str], {"multiple": True}, None, ()),
        (int, {}, None, None),
    ],
)
def test_plain_values_are_converted_without_typer(
    annotation: Any, limits: dict[str, Any], given: Any, expected: Any, parameter: type[Parameter]
) -> None:
    assert parameter(annotation, **limits).convert(given) == expected


@pytest.mark.parametrize(
    ("annotation", "limits", "given"),
    [
        (int, {}, "soon"),
        (int, {"min": 1}, "0"),
        (float, {"max": 9}, "10"),
        (float, {}, "nan"),
        (Colour, {}, "blue"),
        (Path, {"exists": True}, "/nowhere"),
        (str, {"parser": str.upper}, "a"),
        (tuple[int, int], {}, ("1", "2")),
        (list[int], {"multiple": True}, ("1", "x")),
    ],
)
def test_other_values_are_left_to_typer(
    annotation: Any, limits: dict[str, Any], given: Any, parameter: type[Parameter]
) -> None:
    assert parameter(annotation, **limits).convert(given) == ("typer", given)


def test_conversion_is_replaced_once(parameter: type[Parameter]) -> None:
    replaced = parameter.get_runtime_param
    assert typer_internals.convert_without_pydantic()
    assert parameter.get_runtime_param is replaced


def test_typer_without_runtime_params_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(typer.core, "_TyperParameter", raising=False)
    assert not typer_internals.convert_without_pydantic()


@pytest.mark.parametrize("moved", [False, True], ids=["as it is", "without its completion item"])
def test_menu_completes_commands_with_any_typer(moved: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without typer's class for proposals, typer itself proposes the same commands."""
    if moved:
        monkeypatch.setattr(menu, "completion_item", lambda: None)
    group: Any = typer.main.get_command(app)
    with group.make_context("labs", [], resilient_parsing=True) as context:
        proposed = group.shell_complete(context, "ch")
    assert [item.value for item in proposed] == ["check"]


def test_completion_item_is_none_where_typer_moved_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(name: str) -> None:
        raise ImportError(name)

    assert typer_internals.completion_item() is not None
    monkeypatch.setattr(typer_internals, "import_module", gone)
    assert typer_internals.completion_item() is None


@pytest.mark.parametrize("variable", ["COMP_WORDS", "_TYPER_COMPLETE_ARGS"])
def test_completion_words_come_from_either_shell(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("COMP_WORDS", "_TYPER_COMPLETE_ARGS"):
        monkeypatch.delenv(name, raising=False)
    assert typer_internals.completion_words() == []
    monkeypatch.setenv(variable, "labs check ecs")
    assert typer_internals.completion_words() == ["labs", "check", "ecs"]
