"""The stages of `labs test --account` for a lab, their order and their maximum cost."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from labs.author.played_states import mistake_script, start_scripts
from labs.content.lab import Lab

_TYPE = re.compile(r"\b[a-z][a-z0-9-]*[0-9][a-z0-9-]*\.(?:nano|micro|small|medium|(?:[0-9]*x)?large)\b")


class Stage(msgspec.Struct, frozen=True):
    """One state of a lab in the account: `kind` is nothing, start, solution or mistake."""

    lab: str
    kind: str
    name: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (self.lab, self.kind, self.name) if part)


def stages(lab: Lab) -> Iterator[Stage]:
    """The states that are played, each from an account in which nothing of the lab is left."""
    yield Stage(lab.id, "nothing")
    if start_scripts(lab):
        yield Stage(lab.id, "start")
    yield Stage(lab.id, "solution", "solution")
    yield from (Stage(lab.id, "solution", name) for name in lab.task.account.solutions)
    yield from (Stage(lab.id, "mistake", name) for name in lab.task.account.mistakes)


def scripts(lab: Lab, stage: Stage) -> tuple[Path, ...]:
    """The scripts that lead to a state, in their order."""
    match stage.kind:
        case "nothing":
            return ()
        case "start":
            return start_scripts(lab)
        case "solution":
            return (*start_scripts(lab), lab.solutions()[stage.name])
        case _:
            return (*start_scripts(lab), mistake_script(lab, stage.name))


def cost(lab: Lab, stage: Stage) -> float:
    """The maximum cost of a stage in US dollars: that of a whole attempt at the lab."""
    return lab.task.cost.total if scripts(lab, stage) else 0.0


def total_cost(labs: Iterable[Lab]) -> float:
    """The maximum cost of all stages of these labs, in US dollars."""
    return sum(cost(lab, stage) for lab in labs for stage in stages(lab))


def instance_types(lab: Lab) -> set[str]:
    """The EC2 instance types that the scripts of a lab name, and its parameters."""
    played = {path for stage in stages(lab) for path in scripts(lab, stage)}
    texts = [path.read_text(encoding="utf-8") for path in sorted(played)]
    return set(_TYPE.findall(" ".join([*texts, *lab.task.parameters.values()])))
