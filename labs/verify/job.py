"""A lab to verify, with its parameters and the objectives to judge."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from labs.content.lab import Lab
from labs.content.verifier import Verifier
from labs.errors import BadParameter, UsageError
from labs.sdk import Objective


class Job(msgspec.Struct, frozen=True):
    """A lab to verify: its check, the `given` parameters, and the objectives to judge (`only`; empty means all)."""

    lab: Lab
    verifier: Verifier
    given: Mapping[str, str] = msgspec.field(default_factory=dict)
    only: tuple[str, ...] = ()
    cards: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    """The cards that each objective practises."""
    looks_for_leftovers: bool = False
    """Whether its objective fails because a resource exists: a gap of an emulator cannot cause that."""

    def objectives(self) -> tuple[Objective, ...]:
        """The objectives to judge, with all that they need. Raises UsageError for one that the lab does not have."""
        by_id = {objective.id: objective for objective in self.verifier.objectives}
        for name in self.only:
            if name not in by_id:
                raise UsageError(f"{self.lab.id} has no objective {name!r}; it has {', '.join(by_id)}")
        wanted: set[str] = set()
        todo = list(self.only or by_id)
        while todo:
            name = todo.pop()
            if name not in wanted:
                wanted.add(name)
                todo.extend(by_id[name].needs)
        return tuple(objective for objective in self.verifier.objectives if objective.id in wanted)


def check_parameters(lab: Lab, given: Mapping[str, str]) -> None:
    """Raises BadParameter for a name that the lab does not know and for an empty value."""
    for name, value in given.items():
        if name not in lab.task.parameters:
            known = ", ".join(lab.task.parameters) or "none"
            raise BadParameter(f"{lab.id} has no parameter {name!r}; it has {known}")
        if not value.strip():
            raise BadParameter(f"parameter {name!r} needs a value")
