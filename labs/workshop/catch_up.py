"""The scripts, with a learner's own names, that bring a learner who fell behind to the start of a lab."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from labs.content.lab import Lab
from labs.content.pack import Catalog
from labs.errors import UsageError
from labs.sandbox import control
from labs.sandbox.commands import aws_cli
from labs.sdk import Leftover
from labs.verify.job import check_parameters
from labs.workshop.lab_summary import has_started
from labs.workshop.roster import Seat
from labs.workshop.seat_result import Standing


@dataclass(frozen=True, slots=True)
class CatchUpStep:
    """A script to run: `start` or `solution` of a lab."""

    lab: Lab
    script: str
    names: dict[str, str]
    remove: tuple[Leftover, ...] = ()
    """Leftovers of an unfinished lab to remove first: a solution script expects an empty account."""


def required(catalog: Catalog, lab: Lab) -> list[Lab]:
    """The labs that this one requires, directly or indirectly, in order of dependency; a circle ends where it began."""
    found: list[Lab] = []
    seen = {lab.id}

    def add_required(each: Lab) -> None:
        for name in each.task.requires:
            if name not in seen:
                seen.add(name)
                add_required(catalog.lab(name))
                found.append(catalog.lab(name))

    add_required(lab)
    return found


def steps(
    catalog: Catalog,
    lab: Lab,
    seat: Seat,
    account: str | None,
    region: str | None,
    *,
    solved: bool,
    known: Mapping[str, Standing] = MappingProxyType({}),
    left: Mapping[str, Sequence[Leftover]] = MappingProxyType({}),
) -> list[CatchUpStep]:
    """The scripts to run for this learner, in order; with `solved`, those of the required labs too.

    By the standings that are `known`, what passed is left alone, and so is the lab itself if it was started; what is
    `left` of unfinished labs is removed first. Raises UsageError if a name holds an account or a region that is not
    known.
    """
    found: list[CatchUpStep] = []
    for each, script in _scripts(catalog, lab, solved=solved):
        if each.id in left_alone(lab, known):
            continue
        given = seat.given(each)
        check_parameters(each, given)
        names = each.names(given, account=account or "{account}", region=region or "{region}")
        for place in ("account", "region"):
            if any(f"{{{place}}}" in value for value in names.values()):
                raise UsageError(
                    f"{seat.name}: the roster does not say the {place}, which names of {each.id} hold"
                )
        first = all(step.lab != each for step in found)
        found.append(CatchUpStep(each, script, names, tuple(left.get(each.id, ())) if first else ()))
    return found


def left_alone(lab: Lab, known: Mapping[str, Standing]) -> list[str]:
    """The labs to skip: those that passed, and the lab itself if the learner has started it."""
    return [name for name, each in known.items() if each.passed or (name == lab.id and has_started(each))]


def unfinished(catalog: Catalog, lab: Lab, known: Mapping[str, Standing]) -> list[str]:
    """The required labs that were checked and have not passed: parts of them may exist."""
    return [each.id for each in required(catalog, lab) if each.id in known and not known[each.id].passed]


def to_remove(labs: Sequence[str], found: Mapping[str, Sequence[Leftover]]) -> dict[str, list[Leftover]]:
    """The leftovers of these labs, without resources that are shared or belong to other labs."""
    kept = {thing for name, things in found.items() if name not in labs for thing in things}
    return {
        name: [thing for thing in found.get(name, ()) if thing not in kept and not thing.shared]
        for name in labs
    }


def make_world(todo: Iterable[CatchUpStep], sandbox: control.Sandbox) -> None:
    """Runs the steps in a sandbox. Raises UsageError if a script fails."""
    with aws_cli() as cli:
        for step in todo:
            script = step.lab.script(step.script)
            assert script is not None
            ran = cli.run(script, {**control.environment(sandbox), **step.lab.variables(step.names)})
            if ran.exit_code:
                raise UsageError(f"{step.lab.id}/{script.name} failed: {ran.output.strip()}")


def _scripts(catalog: Catalog, lab: Lab, *, solved: bool) -> Iterator[tuple[Lab, str]]:
    for before in required(catalog, lab) if solved else ():
        if before.script("start"):
            yield before, "start"
        yield before, "solution"
    if lab.script("start"):
        yield lab, "start"
