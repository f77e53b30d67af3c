"""Writes the reference pages of the documentation from the code; cog puts the text into `docs/reference`."""

from __future__ import annotations

import ast
import inspect
import json
import re
from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
from typer.testing import CliRunner

from labs import sdk
from labs.cli.app import app
from labs.cli.menu import MENU
from labs.content import lab_task as lab
from labs.sdk import Leftover
from labs.verify.cleanup.kinds import KINDS, Call, calls

COLUMNS = 100
TABLES = {
    "Top level": lab.LabTask,
    "[cost]": lab.Cost,
    "[[objectives]]": lab.Goal,
    "[[cards]]": lab.CardLink,
    "correction of a card": lab.Correction,
    "[mistakes.NAME]": lab.Mistake,
    "[account]": lab.OnAccount,
}
TOML_TYPES = {
    **dict.fromkeys(("str", "Text", "Name", "Parameter"), "string"),
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "datetime.date": "date",
}
"""The types of values that are no tables."""
SHOW = Path(lab.__file__).parent.parent / "show"
TASK_SCHEMA = Path(lab.__file__).with_name("task.schema.json")


def commands() -> str:
    """The help of `labs`, of each command and of each subcommand."""
    parts = [_help()]
    for group in MENU.values():
        for name, entry in group.items():
            parts += [f"## labs {name}", _help(name)]
            if entry.place.endswith(":app"):
                parts += [
                    part
                    for sub in _subcommands(name)
                    for part in (f"### labs {name} {sub}", _help(name, sub))
                ]
    return "\n\n".join(parts) + "\n"


def _help(*words: str) -> str:
    environment = {"COLUMNS": str(COLUMNS)}
    ran = CliRunner().invoke(
        app, [*words, "--help"], prog_name="labs", terminal_width=COLUMNS, env=environment
    )
    return "\n".join(["```text", *(line.rstrip() for line in ran.stdout.strip().splitlines()), "```"])


def _subcommands(group: str) -> list[str]:
    from typer.main import get_command

    found: Any = get_command(app)
    return list(found.get_command(None, group).commands)


def task_toml() -> str:
    """The tables of `task.toml`, key by key, with type and default."""
    return "\n".join(line for title, table in TABLES.items() for line in _table(title, table))


def _table(title: str, table: type) -> Iterator[str]:
    yield f"## {title}\n"
    yield f"{inspect.getdoc(table)}\n"
    yield "| key | type | default | |"
    yield "|---|---|---|---|"
    for node, text in _keys(table):
        yield f"| `{ast.unparse(node.target)}` | {_type(node.annotation)} | {_default(node.value)} | {text} |"
    yield ""


def _keys(table: type) -> Iterator[tuple[ast.AnnAssign, str]]:
    """The keys of a table, each with what it says of itself."""
    body = ast.parse(inspect.getsource(table)).body[0]
    assert isinstance(body, ast.ClassDef)
    for node, after in zip(body.body, [*body.body[1:], None], strict=True):
        if isinstance(node, ast.AnnAssign):
            yield node, _text(after)


def task_schema() -> str:
    """The JSON schema of `task.toml`, with which editors complete and check it."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(lab.LabTask)}
    for table in TABLES.values():
        described = schema["$defs"][table.__name__]
        described["description"] = inspect.getdoc(table)
        properties = described["properties"]
        for node, text in _keys(table):
            if text:
                properties[ast.unparse(node.target)]["description"] = text
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def write_task_schema() -> None:
    """Writes the schema beside the structs that it is made from."""
    TASK_SCHEMA.write_text(task_schema(), encoding="utf-8")


def _type(annotation: ast.expr) -> str:
    """The type in the words of TOML, without the limits that `Annotated` adds."""
    match annotation:
        case ast.Subscript(value=ast.Name("Annotated"), slice=ast.Tuple(elts=[inner, *_])):
            return _type(inner)
        case ast.Subscript(value=ast.Name("tuple"), slice=ast.Tuple(elts=[item, _])):
            return f"array of {_type(item)}s"
        case ast.Subscript(value=ast.Name("dict"), slice=ast.Tuple(elts=[_, value])):
            return f"table of {_type(value)}s"
        case ast.BinOp(left=inner):
            return _type(inner)
    return TOML_TYPES.get(ast.unparse(annotation), "table")


def _default(value: ast.expr | None) -> str:
    """A default as TOML has it; an empty table or array stands for an object."""
    if value is None:
        return "required"
    text = ast.unparse(value)
    return {"None": "none", "()": "`[]`"}.get(text) or (
        "`{}`" if isinstance(value, ast.Call) else f"`{text.replace(chr(39), chr(34))}`"
    )


def _text(node: ast.stmt | None) -> str:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return str(node.value.value)
    return ""


def json_schemas() -> str:
    """The schemas of the JSON documents, as tables of keys."""
    return "\n".join(line for path in sorted(SHOW.glob("*.schema.json")) for line in _schema(path))


def _schema(path: Path) -> Iterator[str]:
    schema = json.loads(path.read_text(encoding="utf-8"))
    yield f"## {schema['title']}\n"
    yield f"`labs/show/{path.name}`\n"
    yield from _properties("document", schema)
    for name, part in schema.get("$defs", {}).items():
        yield from _properties(name, part)


def _properties(name: str, part: Mapping[str, Any]) -> Iterator[str]:
    yield f"### {name}\n"
    yield "| key | type | |"
    yield "|---|---|---|"
    for key, value in part.get("properties", {}).items():
        about = value.get("description", "") if isinstance(value, dict) else ""
        yield f"| `{key}` | {_json_type(value)} | {about} |"
    yield ""


def _json_type(value: Any) -> str:
    if not isinstance(value, dict):
        return "any"
    if "$ref" in value:
        return str(value["$ref"].rpartition("/")[2])
    if "enum" in value or "const" in value:
        return ", ".join(f"`{json.dumps(each)}`" for each in value.get("enum", [value.get("const")]))
    if value.get("type") == "array":
        return f"array of {_json_type(value.get('items', True))}"
    kinds = value.get("type", "any")
    return " or ".join(kinds) if isinstance(kinds, list) else str(kinds)


SDK_MODULES = ("iam", "iam_roles", "log_groups", "security_groups")


def sdk_names() -> str:
    """The names that a check may import from `labs.sdk`, each with its signature and its docstring."""
    parts = [part for name in sorted(sdk.__all__) for part in _described(name, getattr(sdk, name))]
    for module in SDK_MODULES:
        value = getattr(sdk, module)
        parts += [f"## labs.sdk.{module}", inspect.getdoc(value) or "", _reads(value)]
        parts += [part for name in _public(value) for part in _described(name, getattr(value, name), "###")]
    return "\n\n".join(part for part in parts if part) + "\n"


def _reads(module: ModuleType) -> str:
    """The operations that the functions of a module call, to be put into READS."""
    names = {name: value for name, value in vars(module).items() if name.endswith("READS")}
    return "\n".join(
        f"* `{name}`: {', '.join(f'`{read}`' for read in names[name])}" for name in sorted(names)
    )


def leftover_kinds() -> str:
    """The kinds of leftovers that the clean-up removes, and the call that takes the id of each."""
    return "\n".join(f"* `{kind}`: {_removal(kind)}" for kind in KINDS) + "\n"


def _removal(kind: str) -> str:
    found = calls(Leftover(kind, "ID", within="WITHIN", detail="DETAIL"))
    shown = [f"{each.service}.{each.method}({_given(each)})" for each in found if not each.waiter]
    return ", ".join(f"`{each}`" for each in shown)


def _given(call: Call) -> str:
    return ", ".join(
        f"{name}={value[0] if isinstance(value, list) else value}"
        for name, value in call.given.items()
        if value in ("ID", "WITHIN", "DETAIL", ["ID"])
    )


def _public(module: ModuleType) -> list[str]:
    own = (
        name for name, value in vars(module).items() if getattr(value, "__module__", "") == module.__name__
    )
    return sorted(getattr(module, "__all__", None) or (name for name in own if not name.startswith("_")))


def _described(name: str, value: Any, level: str = "##") -> Iterator[str]:
    if value is not dict and (inspect.isclass(value) or inspect.isfunction(value)):
        yield f"{level} {name}"
        yield f"```python\n{_signature(name, value)}\n```"
        yield inspect.getdoc(value) or ""
        yield _members(value) if inspect.isclass(value) else ""


def _signature(name: str, value: Any) -> str:
    if inspect.isclass(value) and issubclass(value, Exception):
        return f"class {name}(Exception)"
    if inspect.isclass(value) and issubclass(value, Enum):
        return "\n".join(f"{name}.{member}" for member in value.__members__)
    signature = inspect.signature(value)
    given = [each.replace(annotation=_written(each.annotation)) for each in signature.parameters.values()]
    signature = signature.replace(parameters=given, return_annotation=_written(signature.return_annotation))
    text = re.sub(
        r"\b(?:collections\.abc|labs\.sdk\.values|pathlib(?:\._local)?|typing)\.", "", str(signature)
    )
    return f"{'def ' if inspect.isfunction(value) else ''}{name}{text.replace('<factory>', '...')}"


class _Written(str):
    """An annotation that is shown as it is written, without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def _written(annotation: Any) -> Any:
    return _Written(annotation) if isinstance(annotation, str) else annotation


def _members(value: type) -> str:
    members = {
        name: (inspect.getdoc(member) or "").partition("\n")[0]
        for name, member in vars(value).items()
        if not name.startswith("_") and (isinstance(member, property) or inspect.isfunction(member))
    }
    return "\n".join(f"* `{name}`: {text}" for name, text in members.items())
