"""The picture of placement: zones as columns, instances as boxes, tasks as blocks, to one scale."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from labs.show.wording import plural
from labs.verify.placement_map import FARGATE, MappedInstance, PlacedTask, PlacementMap

By = Literal["memory", "cpu"]
UNITS = {"memory": "MiB", "cpu": "CPU units"}
MAX_HEIGHT = 150
"""Height of the largest instance in pixels."""
MAX_GROWTH = 1.7
"""Factor by which the scale may grow so that small tasks have room for a name."""
MIN_HEIGHT = 64
MIN_BLOCK = 22
"""Height in pixels at which a task's name is easy to read."""
NAMED_BLOCK = 16
"""Minimum height in pixels for a name."""
KINDS = ("b-a", "b-b", "b-c")


@dataclass(frozen=True, slots=True)
class Block:
    """A task: style class, service or family, size as text, and position in pixels from the top."""

    kind: str
    name: str
    size: str
    y: float
    height: float
    pending: bool


@dataclass(frozen=True, slots=True)
class Box:
    """An instance, or Fargate in one zone."""

    id: str
    type: str
    height: float
    blocks: tuple[Block, ...]
    free: str
    used: str
    label: str


@dataclass(frozen=True, slots=True)
class Picture:
    """The picture of one cluster."""

    cluster: str
    summary: str
    zones: tuple[tuple[str, tuple[Box, ...]], ...]
    groups: tuple[tuple[str, str], ...]
    """Each service or family with the style class of its blocks."""


def pictures(maps: Iterable[PlacementMap], by: By = "memory") -> list[Picture]:
    """The pictures of clusters with instances or tasks."""
    return [_picture(each, by) for each in maps if each.hosts]


def _picture(placement: PlacementMap, by: By) -> Picture:
    groups = sorted({task.group for host in placement.hosts for task in host.tasks})
    kinds = {group: KINDS[number % len(KINDS)] for number, group in enumerate(groups)}
    largest = max((max(_total(host, by), 1) for host in placement.hosts), default=1)
    smallest_task = min(
        (_size(task, by) for host in placement.hosts for task in host.tasks if _size(task, by)), default=0
    )
    scale = MAX_HEIGHT / largest
    if smallest_task:
        scale = min(max(scale, MIN_BLOCK / smallest_task), MAX_GROWTH * MAX_HEIGHT / largest)
    zones = tuple(
        (zone, tuple(_box(host, by, scale, kinds) for host in hosts))
        for zone, hosts in placement.zones.items()
    )
    on = sum(bool(host.tasks) for host in placement.hosts)
    summary = f"{plural(placement.tasks, 'task')} on {on} of {plural(len(placement.hosts), 'host')}"
    return Picture(placement.cluster, summary, zones, tuple(kinds.items()))


def _box(host: MappedInstance, by: By, scale: float, kinds: dict[str, str]) -> Box:
    total = _total(host, by)
    sizes = [_size(task, by) for task in host.tasks]
    used, unit = sum(sizes), UNITS[by]
    heights = [max(size * scale, 4) for size in sizes]
    height = max(total * scale, sum(heights), MIN_HEIGHT)
    floor = height
    blocks = []
    for task, size, tall in zip(host.tasks, sizes, heights, strict=True):
        floor -= tall
        pending = task.status not in ("RUNNING", "")
        words = f"{size:,}" if tall >= NAMED_BLOCK else ""
        blocks.append(Block(kinds[task.group], task.group if words else "", words, floor, tall, pending))
    fargate = host.type == FARGATE
    known = bool(total) and not (fargate or not host.memory)
    free = f"{total - used:,} {unit} free" if known and height - sum(heights) >= MIN_BLOCK else ""
    usage = f"{used:,} of {total:,} {unit} reserved" if known else f"{used:,} {unit} reserved"
    tasks = ", ".join(f"{task.group} {size:,} {unit}" for task, size in zip(host.tasks, sizes, strict=True))
    label = f"{host.id}: {tasks or 'no tasks'}. {usage}"
    kind = "" if fargate else host.type
    return Box(host.id, kind, round(height), tuple(blocks), free, usage, label)


def _total(host: MappedInstance, by: By) -> int:
    return (host.memory if by == "memory" else host.cpu) or sum(_size(task, by) for task in host.tasks)


def _size(task: PlacedTask, by: By) -> int:
    return task.memory if by == "memory" else task.cpu
