"""Reads the entry points of installed distributions. `importlib.metadata` does the same, with 30 ms of imports."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any, NamedTuple


class EntryPoint(NamedTuple):
    """One line of a distribution's `entry_points.txt`: `aws-ecs = labs.packs.aws_ecs:PACK`."""

    name: str
    value: str

    def load(self) -> Any:
        """The named object. Raises the errors of its module's import, and AttributeError if it is missing."""
        module, _, attribute = self.value.partition("[")[0].partition(":")
        found: Any = import_module(module.strip())
        for part in filter(None, attribute.strip().split(".")):
            found = getattr(found, part)
        return found


def entry_points(group: str) -> list[EntryPoint]:
    """The entry points of a group; of a distribution installed twice, those of the first on `sys.path`."""
    first: dict[str, str] = {}
    for folder in sys.path:
        for info in _distributions(folder or "."):
            first.setdefault(_project(info), info)
    return [point for info in first.values() for point in _declared(info, group)]


def _distributions(folder: str) -> list[str]:
    """The folders that describe distributions. A zip cannot contain a pack, because the parts of a pack are files."""
    try:
        with os.scandir(folder) as entries:
            return [entry.path for entry in entries if entry.name.endswith((".dist-info", ".egg-info"))]
    except OSError:
        return []


def _project(info: str) -> str:
    name = os.path.basename(info).rpartition(".")[0].partition("-")[0]  # noqa: PTH119 - 100 of them at each start
    return re.sub(r"[-_.]+", "-", name).lower()


def _declared(info: str, group: str) -> Iterator[EntryPoint]:
    try:
        with open(f"{info}/entry_points.txt", "rb", buffering=0) as file:  # noqa: PTH123 - the same
            content = file.read()
    except OSError:
        return
    if group.encode() not in content:
        return
    section = ""
    for line in map(str.strip, content.decode(errors="replace").splitlines()):
        if line.startswith("["):
            section = line.strip("[]")
        elif section == group and line and not line.startswith(("#", ";")):
            name, _, value = line.partition("=")
            yield EntryPoint(name.strip(), value.strip())
