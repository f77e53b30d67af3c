"""A picture of placement for the terminal: zones, instances and tasks as blocks, in 80 columns, without colour too."""

from __future__ import annotations

from collections.abc import Iterator
from string import ascii_uppercase
from typing import Literal

from labs.content.markdown import plain
from labs.show.wording import plural
from labs.verify.placement_map import FARGATE, MappedInstance, PlacedTask, PlacementMap

By = Literal["memory", "cpu"]
MAX_BAR = 36
MIN_BAR = 12
_FREE = "·"
_UNITS = {"memory": "MiB", "cpu": "CPU units"}


def render_placement(placement: PlacementMap, by: By, width: int) -> str:
    """The map of one cluster: a letter is a service or family, a run of a letter a task, a dot free capacity."""
    if not placement.hosts:
        return f"{placement.cluster}: no container instances and no tasks"
    letters = _letters(placement)
    bar = max(MIN_BAR, min(MAX_BAR, width - 44))
    count = f"{plural(len(placement.hosts), 'host')}, {plural(placement.tasks, 'task')}"
    lines = [f"{plain(placement.cluster)} · by {by} · {count}"]
    for zone, hosts in placement.zones.items():
        lines += [f"  {zone}", *(line for host in hosts for line in _host(host, by, bar, letters))]
    lines += ["", *_legend(letters)]
    return "\n".join(lines)


def _letters(placement: PlacementMap) -> dict[str, str]:
    groups = sorted({task.group for host in placement.hosts for task in host.tasks})
    return {group: ascii_uppercase[number % 26] for number, group in enumerate(groups)}


def _host(host: MappedInstance, by: By, bar: int, letters: dict[str, str]) -> Iterator[str]:
    name = host.id if host.type == FARGATE else f"{host.id} {host.type}".strip()
    used = sum(_size(task, by) for task in host.tasks)
    total = host.memory if by == "memory" else host.cpu
    usage = f"{used:,} of {total:,} {_UNITS[by]}" if total else f"{used:,} {_UNITS[by]}"
    yield f"    {plain(name):<31} |{_blocks(host, by, bar, letters, total or used)}|"
    yield f"    {'':<31}  {plural(len(host.tasks), 'task')}, {usage}"


def _blocks(host: MappedInstance, by: By, bar: int, letters: dict[str, str], total: int) -> str:
    """The tasks side by side, each at least one cell wide; adjacent tasks with one letter differ in case."""
    drawn, edge = "", 0.0
    for number, task in enumerate(host.tasks):
        edge += bar * _size(task, by) / total if total else 0
        cells = max(1, round(edge) - len(drawn))
        letter = letters[task.group]
        drawn += (letter if number % 2 == 0 else letter.lower()) * cells
    return drawn[:bar].ljust(bar, _FREE)


def _size(task: PlacedTask, by: By) -> int:
    return task.memory if by == "memory" else task.cpu


def _legend(letters: dict[str, str]) -> Iterator[str]:
    for group, letter in letters.items():
        yield f"  {letter}  {plain(group)}"
    yield f"  {_FREE}  free"
