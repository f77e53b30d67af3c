"""Reads the check of a lab from its module, and validates it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec

from labs.content.lab import Lab
from labs.errors import ContentError, Fault
from labs.sdk import Leftovers, Objective

_READ = re.compile(r"[a-z0-9-]+:[A-Z][A-Za-z0-9]+")


class Verifier(msgspec.Struct, frozen=True):
    """The check of a lab: its reads, objectives, and finders of leftovers."""

    reads: tuple[str, ...]
    objectives: tuple[Objective, ...]
    leftovers: tuple[Leftovers, ...]
    file: Path | None = None
    """The check's module, where the code of its objectives is not in this process."""


def verifier_in(module: ModuleType, lab: Lab) -> Verifier:
    """The verifier that a check's module holds. Raises ContentError if module and task disagree."""
    file = str(module.__file__)
    faults = list(_part_faults(file, module))
    if faults:
        raise ContentError(*faults)
    reads = dict.fromkeys([*module.READS, *(read for each in module.LEFTOVERS for read in each.reads)])
    return fitting(Verifier(tuple(reads), module.OBJECTIVES, module.LEFTOVERS), lab, file)


def fitting(verifier: Verifier, lab: Lab, file: str) -> Verifier:
    """The verifier of a lab. Raises ContentError if it asks for more than reads, or does not fit its task."""
    faults = [
        *_read_faults(file, verifier.reads),
        *_order_faults(file, verifier.objectives),
        *_id_faults(file, verifier.objectives, lab),
    ]
    if faults:
        raise ContentError(*faults)
    return verifier


def _read_faults(file: str, reads: Iterable[str]) -> Iterable[Fault]:
    """Reads that a check may not list: actions of another access level than Read or List, and secrets."""
    from labs.iam.operations import only_reads

    for read in reads:
        if not only_reads(read):
            yield Fault(f"{file}: READS", f"{read} is not a read: it changes something, or returns a secret")


def _part_faults(file: str, module: ModuleType) -> Iterable[Fault]:
    """Faults in the contents of a check's module: READS, OBJECTIVES and LEFTOVERS."""
    kinds: dict[str, tuple[str, Callable[[Any], bool]]] = {
        "READS": ("operations like 'ecs:DescribeServices'", lambda each: bool(_READ.fullmatch(str(each)))),
        "OBJECTIVES": (
            "Objective(id, check)",
            lambda each: isinstance(each, Objective) and callable(each.check),
        ),
        "LEFTOVERS": ("Leftovers(find, reads)", lambda each: isinstance(each, Leftovers)),
    }
    for name, (kind, fits) in kinds.items():
        part = getattr(module, name, None)
        if not isinstance(part, tuple):
            yield Fault(
                f"{file}: {name}", "missing" if part is None else f"a tuple is expected, not {part!r}"
            )
            continue
        for each in part:
            if not fits(each):
                yield Fault(f"{file}: {name}", f"{kind} are expected, not {each!r}")


def _order_faults(file: str, objectives: tuple[Objective, ...]) -> Iterable[Fault]:
    """Faults in the needs of objectives: missing ones, and circles."""
    ids = {objective.id for objective in objectives}
    for objective in objectives:
        for need in sorted(set(objective.needs) - ids):
            yield Fault(file, f"objective {objective.id!r} needs {need!r}, which is not there")
    try:
        TopologicalSorter({objective.id: objective.needs for objective in objectives}).prepare()
    except CycleError as error:
        yield Fault(file, f"objectives need each other in a circle: {' -> '.join(error.args[1])}")


def _id_faults(file: str, objectives: tuple[Objective, ...], lab: Lab) -> Iterable[Fault]:
    checked = [objective.id for objective in objectives]
    declared = [goal.id for goal in lab.task.objectives]
    if checked != declared:
        yield Fault(
            file, f"OBJECTIVES are {checked}, but task.toml of {lab.id} has {declared}, in this order"
        )
