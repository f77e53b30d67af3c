"""Reads a lab: `task.toml`, `brief.md` and the scripts beside them; reports all faults at once, with file and key."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import tomli

from labs.content.lab_task import Goal, LabTask
from labs.content.markdown import plain
from labs.errors import ContentError, Fault
from labs.system.files import read_text, refuse_long_keys


def version_of(pack: str) -> str:
    """The version of a lab, which is its pack's: `0.1.0` of `messaging 0.1.0`, empty if the pack has none."""
    return pack.partition(" ")[2]


class Lab(msgspec.Struct, frozen=True):
    """One lab: id, task and folder; brief and scripts are read from the folder on demand."""

    id: str
    folder: Path
    task: LabTask
    pack: str = ""
    """The pack of the lab, with its version (`messaging 0.1.0`)."""

    @property
    def brief(self) -> str:
        """The story and what to build, as Markdown; `{cluster}` and the like stand for parameters."""
        return read_text(self.folder / "brief.md")

    def title(self, objective: str, names: Mapping[str, str]) -> str:
        """The title of an objective, with parameters filled in."""
        return fill(self.goal(objective).title, names)

    def goal(self, objective: str) -> Goal:
        """The objective with this id."""
        return next(goal for goal in self.task.objectives if goal.id == objective)

    def script(self, name: str) -> Path | None:
        """The file of a script (`solution`, `start`, `mistakes/wrong-field`); None if there is none."""
        path = self.folder / f"{name}.sh"
        return path if path.is_file() else None

    def solutions(self) -> dict[str, Path]:
        """The scripts of the reference solution and of other solutions, by name."""
        others = {path.stem: path for path in sorted((self.folder / "solutions").glob("*.sh"))}
        return {"solution": self.folder / "solution.sh", **others}

    def prefixed(self, prefix: str, given: Mapping[str, str]) -> dict[str, str]:
        """The parameters of a learner in a shared account: defaults with a prefix, and the `given` ones unchanged."""
        own = {name: prefix + self.task.parameters[name] for name in self.task.own} if prefix else {}
        return {**own, **given}

    def names(self, given: Mapping[str, str], *, account: str, region: str) -> dict[str, str]:
        """The parameters: defaults replaced by `given` values, with `{account}` and `{region}` filled in."""
        merged = {**self.task.parameters, **given}
        place = {"account": account, "region": region}
        return {name: fill(value, place) for name, value in merged.items()}

    def variables(self, names: Mapping[str, str]) -> dict[str, str]:
        """The environment of the lab's scripts: each name as a variable, and LAB, the folder of the lab."""
        return {"LAB": str(self.folder), **{variable(name): value for name, value in names.items()}}


_SHELLS_OWN = re.compile("CDPATH|ENV|GROUPS|HOME|IFS|LANG|LINENO|PATH|PPID|PWD|RANDOM|SECONDS|UID")
"""Variables with a special meaning in the shell."""


_NAME = re.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
"""Names of labs: a learner types them, and their checks are modules of the same name."""


def variable(name: str) -> str:
    """The shell variable of a parameter: its name in upper case, with `_` appended if it is special (`RANDOM_`)."""
    upper = name.upper()
    return f"{upper}_" if _SHELLS_OWN.fullmatch(upper) else upper


def fill(text: str, names: Mapping[str, str]) -> str:
    """The text with each known `{name}` replaced; other braces stay."""
    return re.sub(r"{([a-z_]+)}", lambda found: names.get(found[1], found[0]), text)


def in_learning_order(labs: Iterable[Lab]) -> list[Lab]:
    """The labs by deck and order; the labs of a group follow the first of them."""
    by_order = sorted(labs, key=lambda lab: (lab.task.deck, lab.task.order, lab.id))
    places: dict[tuple[str, str], int] = {}
    for number, lab in enumerate(by_order):
        places.setdefault((lab.task.deck, lab.task.group), number)
    return sorted(by_order, key=lambda lab: (lab.task.deck, places[lab.task.deck, lab.task.group]))


def read_lab(folder: Path) -> Lab:
    """The lab in a folder. Raises ContentError with every fault of its files."""
    file = folder / "task.toml"
    if not _NAME.fullmatch(folder.name):
        what = (
            "the folder, which names the lab, needs letters, digits and hyphens, and a letter or digit first"
        )
        raise ContentError(Fault(str(folder), what))
    try:
        text = read_text(file)
        raw = tomli.loads(refuse_long_keys(text))
    except (OSError, ValueError, RecursionError) as error:  # TOML's and UTF-8's errors are ValueErrors
        raise ContentError(Fault(str(file), _reason(error))) from error
    if "\\" in text or not text.isascii():
        raw = _without_steering(raw)
    try:
        task = msgspec.convert(raw, LabTask)
    except msgspec.ValidationError:
        raise ContentError(*(Fault(f"{file}: {key}", what) for key, what in _faults(raw, LabTask))) from None
    faults = [*_disagreements(folder, task)]
    if faults:
        raise ContentError(*faults)
    return Lab(folder.name, folder, task)


def _reason(error: Exception) -> str:
    """Why a file cannot be read, without its path."""
    return getattr(error, "strerror", None) or str(error)


def _without_steering(value: Any) -> Any:
    """A value of a TOML file whose texts are safe on a terminal."""
    match value:
        case str():
            return plain(value)
        case dict():
            return {name: _without_steering(each) for name, each in value.items()}
        case list():
            return [_without_steering(each) for each in value]
        case _:
            return value


def _faults(raw: object, into: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every fault of a table: msgspec stops at the first, so each value is converted on its own."""
    fields = {field.name: field for field in msgspec.structs.fields(into)}
    if not isinstance(raw, dict):
        yield (
            key.rstrip(".") or "task",
            f"a table is expected, not {type(raw).__name__}: {{ {', '.join(fields)} }}",
        )
        return
    for name in sorted(raw.keys() - fields.keys()):
        yield f"{key}{name}", f"unknown key{_meant(name, fields)}"
    for name, field in fields.items():
        if name in raw:
            yield from _value_faults(raw[name], field.type, f"{key}{name}")
        elif field.required:
            yield f"{key}{name}", "missing"


def _meant(name: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, list(known), n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _value_faults(value: object, into: Any, key: str) -> Iterator[tuple[str, str]]:
    try:
        msgspec.convert(value, into)
    except msgspec.ValidationError as error:
        inner = list(_inner_faults(value, into, key))
        message = str(error).partition(" - at `$")[0]
        if " length " in message and isinstance(value, list | str):
            message += f"; it has {len(value)}"
        yield from inner or [(key, message)]


def _inner_faults(value: object, into: Any, key: str) -> Iterator[tuple[str, str]]:
    kind = msgspec.inspect.type_info(into)
    if isinstance(kind, msgspec.inspect.UnionType):  # a table or nothing
        kind = next((one for one in kind.types if isinstance(one, msgspec.inspect.StructType)), kind)
    match kind, value:
        case msgspec.inspect.StructType(cls=cls), _:
            yield from _faults(value, cls, f"{key}.")
        case msgspec.inspect.VarTupleType(item_type=msgspec.inspect.StructType(cls=cls)), list():
            for number, item in enumerate(value, 1):
                name = item.get("id", number) if isinstance(item, dict) else number
                yield from _faults(item, cls, f"{key}[{name}].")
        case msgspec.inspect.DictType(value_type=msgspec.inspect.StructType(cls=cls)), dict():
            for name, item in value.items():
                yield from _faults(item, cls, f"{key}.{name}.")


def _disagreements(folder: Path, task: LabTask) -> Iterator[Fault]:
    """Contradictions and gaps between the files of a lab."""
    file = folder / "task.toml"
    ids = [goal.id for goal in task.objectives]
    for double in sorted({name for name in ids if ids.count(name) > 1}):
        yield Fault(f"{file}: objectives", f"{double!r} appears twice")
    for card in task.cards:
        for unknown in sorted(set(card.objectives) - set(ids)):
            yield Fault(f"{file}: cards", f"{card.question!r} names no objective of this lab: {unknown!r}")
    for name, mistake in task.mistakes.items():
        for unknown in sorted(set(mistake.breaks) - set(ids)):
            yield Fault(f"{file}: mistakes.{name}.breaks", f"no objective {unknown!r} in this lab")
    for unknown in sorted(task.about.keys() - task.parameters.keys()):
        yield Fault(f"{file}: about.{unknown}", "explains a parameter that the lab does not have")
    for unknown in sorted(set(task.own) - task.parameters.keys()):
        yield Fault(f"{file}: own", f"{unknown!r} is not a parameter of this lab")
    yield from _unknown_stages(folder, task)
    yield from _missing_files(folder, task)


def _unknown_stages(folder: Path, task: LabTask) -> Iterator[Fault]:
    """Names in `account` that the lab does not have."""
    file = folder / "task.toml"
    for unknown in sorted(set(task.account.mistakes) - task.mistakes.keys()):
        yield Fault(f"{file}: account.mistakes", f"no mistake {unknown!r} in this lab")
    for unknown in task.account.solutions:
        if not (folder / "solutions" / f"{unknown}.sh").is_file():
            yield Fault(f"{file}: account.solutions", f"there is no solutions/{unknown}.sh")


def _missing_files(folder: Path, task: LabTask) -> Iterator[Fault]:
    there = set(os.listdir(folder))  # noqa: PTH208 - 150 labs are listed at once, and a Path for each file takes time
    for name in ("brief.md", "solution.sh"):
        if name not in there:
            yield Fault(str(folder / name), "missing")
    mistakes = os.listdir(folder / "mistakes") if "mistakes" in there else ()  # noqa: PTH208 - the same
    scripts = {name.removesuffix(".sh") for name in mistakes if name.endswith(".sh")}
    for name in sorted(task.mistakes.keys() - scripts):
        yield Fault(str(folder / "mistakes" / f"{name}.sh"), "missing, though task.toml names it")
    for name in sorted(scripts - task.mistakes.keys()):
        yield Fault(
            str(folder / "mistakes" / f"{name}.sh"), "there, but task.toml does not say what it breaks"
        )
    yield from _brief_faults(folder / "brief.md", {*task.parameters, "account", "region"})


def _brief_faults(file: Path, known: set[str]) -> Iterator[Fault]:
    try:
        brief = read_text(file)
    except FileNotFoundError:
        return
    except (OSError, UnicodeDecodeError) as error:
        yield Fault(str(file), _reason(error))
        return
    for name in sorted(set(re.findall(r"{([a-z_]+)}", brief)) - known):
        yield Fault(str(file), f"{{{name}}} is not a parameter of this lab")
