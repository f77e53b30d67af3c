"""Brings a learner who fell behind to the start of a lab, by scripts with the learner's own names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from labs.content.lab import Lab
from labs.content.pack import Catalog
from labs.errors import UsageError
from labs.sandbox import control
from labs.sandbox.commands import aws_cli
from labs.verify.runner import check_parameters
from labs.workshop.roster import Seat


@dataclass(frozen=True, slots=True)
class Step:
    """A script to run: the `solution` of a lab that comes before, or the `start` of the lab itself."""

    lab: Lab
    script: str
    names: dict[str, str]


def required(catalog: Catalog, lab: Lab) -> list[Lab]:
    """The labs that this one requires, directly or not, each after its own requirements."""
    found: dict[str, Lab] = {}
    for name in lab.task.requires:
        before = catalog.lab(name)
        for each in (*required(catalog, before), before):
            found.setdefault(each.id, each)
    return list(found.values())


def steps(
    catalog: Catalog, lab: Lab, seat: Seat, account: str | None, region: str | None, *, solved: bool
) -> list[Step]:
    """The scripts to run for this learner, in order; with `solved`, those of the required labs too.

    Raises UsageError where a name holds an account or a region that is not known.
    """
    found = []
    for each, script in _scripts(catalog, lab, solved=solved):
        given = seat.given(each)
        check_parameters(each, given)
        names = each.names(given, account=account or "{account}", region=region or "{region}")
        for place in ("account", "region"):
            if any(f"{{{place}}}" in value for value in names.values()):
                raise UsageError(
                    f"{seat.name}: the roster does not say the {place}, which names of {each.id} hold"
                )
        found.append(Step(each, script, names))
    return found


def make_world(todo: Iterable[Step], sandbox: control.Sandbox) -> None:
    """Runs the steps in a sandbox. Raises UsageError where a script fails."""
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
