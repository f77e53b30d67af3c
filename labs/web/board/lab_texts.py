"""The texts of labs on the board: titles, groups, time, cost, and hints and cards of each objective."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from labs.content.deck import Card, Deck
from labs.content.lab import Lab, fill
from labs.content.links import linked


@dataclass(frozen=True, slots=True)
class ObjectiveText:
    """The texts of an objective, and the cards that it practises."""

    id: str
    title: str
    hints: tuple[str, ...]
    cards: tuple[tuple[Deck, Card], ...]


@dataclass(frozen=True, slots=True)
class LabText:
    """The texts of a lab; `opens_group` marks the first lab of a group."""

    id: str
    short: str
    title: str
    group: str
    minutes: int
    cost: str
    links: tuple[str, ...]
    objectives: tuple[ObjectiveText, ...]
    opens_group: bool = False

    @property
    def total(self) -> int:
        """The number of objectives."""
        return len(self.objectives)

    def objective(self, name: str) -> ObjectiveText | None:
        """The objective of this id, if the lab has it."""
        return next((each for each in self.objectives if each.id == name), None)


def lab_texts(labs: Sequence[Lab], decks: Iterable[Deck]) -> tuple[LabText, ...]:
    """The texts of labs, in this order; ids are shortened by a common prefix."""
    decks, prefix, found = list(decks), _common_prefix([lab.id for lab in labs]), []
    group = None
    for lab in labs:
        task = lab.task
        cost = f"about ${task.cost.total:.2f}" if task.cost.total else "free"
        objectives = tuple(_objective(lab, goal.id, decks) for goal in task.objectives)
        found.append(
            LabText(
                lab.id,
                lab.id.removeprefix(prefix),
                task.title,
                task.group,
                task.minutes,
                cost,
                task.links,
                objectives,
                task.group != group,
            )
        )
        group = task.group
    return tuple(found)


def lab_groups(labs: Iterable[LabText]) -> list[tuple[str, int]]:
    """The groups of adjacent labs, and the number of labs in each."""
    return [(group, len(list(own))) for group, own in groupby(labs, key=lambda lab: lab.group)]


def _objective(lab: Lab, name: str, decks: Sequence[Deck]) -> ObjectiveText:
    names, goal = lab.names({}, account="ACCOUNT", region="REGION"), lab.goal(name)
    cards = tuple(pair for link in lab.task.cards if name in link.objectives for pair in linked(link, decks))
    return ObjectiveText(
        name, fill(goal.title, names), tuple(fill(hint, names) for hint in goal.hints), cards
    )


def _common_prefix(ids: Sequence[str]) -> str:
    """The part before the first hyphen that most ids share; empty for three labs or fewer."""
    heads = [name.partition("-")[0] for name in ids if "-" in name]
    most = max(set(heads), key=lambda head: (heads.count(head), head), default="")
    return f"{most}-" if len(ids) > 3 and heads.count(most) > len(ids) / 2 else ""
