"""The step `clean` of a proof: what a lab leaves behind is found and removed, wherever the learner stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from functools import partial

from labs.author.account.plan import Stage, scripts, stages
from labs.author.inventory import Inventory
from labs.author.played_states import PlayedStates, mistake_script, start_scripts
from labs.author.prefixes import Prefix, Prefixes, without_ids
from labs.aws.last_look import own_requests
from labs.content.lab import Lab
from labs.sandbox import control
from labs.sdk import Leftover
from labs.verify.cleanup.removal import Remover

_DEPENDENT = ("ec2 eni-", "ec2 vol-")
"""Resources without a name of their own, which go with an instance or a task."""


class CleanProof:
    """Cleans up the states of labs in one sandbox; `left` returns the leftovers of a lab."""

    def __init__(self, states: PlayedStates, left: Callable[[Lab], list[Leftover]]) -> None:
        self._states = states
        self._left = left
        self._inventory = Inventory(control.client(states.environment))
        self._remover = Remover(control.client(states.environment), states.wait)
        self._before: Set[str] = frozenset()
        self._solution: Set[str] = frozenset()

    def wrong(self, lab: Lab) -> str:
        """Cleans up after every step of the solution and of each mistake, and after every stage of `--account`.

        In a realistic sandbox after the solution only. Returns what is wrong, or an empty string.
        """
        realistic = self._states.sandbox.realistic
        self._states.enter(lab)
        self._before = frozenset()
        self._before = self._made().keys()
        if wrong := self._states.enter(lab, *start_scripts(lab), lab.folder / "solution.sh"):
            return wrong
        if not self._left(lab):
            return "LEFTOVERS find nothing of what the solution made"
        self._solution = _names(self._made())
        for stage in stages(lab):
            if stage.kind not in {"solution", "mistake"} or (realistic and stage.name != "solution"):
                continue
            if wrong := self._after_stage(lab, stage):
                return f"after {stage.kind} {stage.name}: {wrong}"
        return "" if realistic else self._half_done(lab)

    def _after_stage(self, lab: Lab, stage: Stage) -> str:
        """Returns leftovers, or that more instances ran than `account` states."""
        if wrong := self._states.enter(lab, *scripts(lab, stage)):
            return wrong
        instances = sum(thing.startswith("ec2 i-") for thing in self._made())
        if instances > lab.task.account.instances:
            return f"{instances} instances run, and account.instances says {lab.task.account.instances}"
        return self._removed(lab) or _not_found(self._made())

    def _half_done(self, lab: Lab) -> str:
        """Cleans up after every step of the solution and of each mistake: a learner may stop anywhere."""
        start = start_scripts(lab)
        prefixes = Prefixes(self._states.world(lab, *start))
        ways = {"the solution": lab.folder / "solution.sh"}
        ways |= {f"mistake {name}": mistake_script(lab, name) for name in lab.task.mistakes}
        for way, script in ways.items():
            world = self._states.world(lab, *start, script)
            if not world.is_file() and (wrong := self._states.enter(lab, *start, script)):
                return wrong
            for prefix in prefixes.of(world):
                if wrong := self._after_prefix(lab, prefix, other_names=way != "the solution"):
                    return f"after {prefix.changes} changes of {way}: {wrong}"
        return ""

    def _after_prefix(self, lab: Lab, prefix: Prefix, *, other_names: bool) -> str:
        """Returns leftovers. With `other_names`, those that the solution does not make may stay, with what they use."""
        self._states.load(lab, prefix.world)
        wrong = self._removed(lab)
        more = self._made(prefix.services)
        return "" if other_names and _names(more) - self._solution else wrong or _not_found(more)

    def _removed(self, lab: Lab) -> str:
        """Removes what is found. Returns what could not be removed."""
        outcome = self._remover.remove(partial(self._left, lab))
        things = ", ".join(f"{thing} ({why})" for thing, why in outcome.left.items())
        return f"left behind: {things}" if things else ""

    def _made(self, services: Set[str] | None = None) -> dict[str, str]:
        """The resources in the sandbox that an empty world does not have, of all or of some services."""
        with own_requests():
            things = self._inventory.things(services)
        return {thing: names for thing, names in things.items() if thing not in self._before}


def _not_found(things: Iterable[str]) -> str:
    names = ", ".join(sorted(things))
    return f"left behind, and not found by LEFTOVERS: {names}" if names else ""


def _names(things: Mapping[str, str]) -> set[str]:
    """The resources that have a name, without generated ids: the same ones in each world."""
    return {
        without_ids(f"{thing} {names}") for thing, names in things.items() if not thing.startswith(_DEPENDENT)
    }
