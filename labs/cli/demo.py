"""`labs demo`: plays a lab in a temporary sandbox: brief, failed check, solution, passed check."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from labs.aws.read_only_guard import read_only_guard
from labs.aws.session import ConnectionOptions, open_session
from labs.cli import runtime
from labs.content.lab import Lab, fill
from labs.content.links import objective_cards, questions
from labs.content.pack import Catalog
from labs.sandbox import control
from labs.verdict import State, Verdict
from labs.verify.job import Job
from labs.verify.runner import verify

Writer = Callable[[str], None]


def run(catalog: Catalog, lab: Lab, write: Writer) -> bool:
    """Plays the demo. Returns True if the lab failed before its solution and passed after it."""
    from labs.sandbox.commands import aws_cli

    write(f"This demo plays the lab {lab.id} in a temporary sandbox, with the real AWS CLI.\n")
    with aws_cli() as cli, control.throw_away() as sandbox:
        environment = control.environment(sandbox)
        names = lab.names({}, account=sandbox.account, region=sandbox.region)
        write(f"1. The lab: {lab.task.title}. Done when:\n")
        for goal in lab.task.objectives:
            write(f"     {fill(goal.title, names)}")
        script = lab.script("start")
        if script:
            cli.run(script, {**environment, **lab.variables(names)})
        write("\n2. The check fails: nothing is built yet\n")
        before = verdict_in(catalog, lab, environment)
        _print_findings(before, write)
        write(f"\n3. The solution (labs solution {lab.id})\n")
        ran = cli.run(lab.folder / "solution.sh", {**environment, **lab.variables(names)})
        _print_commands(lab, names, write)
        if ran.exit_code:
            write(f"\n{ran.output}\nThe solution failed with exit code {ran.exit_code}.")
            return False
        write(f"\n4. The check again (labs check {lab.id})\n")
        after = verdict_in(catalog, lab, environment)
        _print_verdict(catalog, lab, after, write)
    write("\nThe temporary sandbox is deleted. Your turn:\n")
    _print_next(catalog, lab, write)
    return not any(each.state is State.PASSED for each in before.labs[0].findings) and after.labs[0].passed


def _print_next(catalog: Catalog, played: Lab, write: Writer) -> None:
    """Prints the commands to start with another lab, of the same pack if it has one."""
    others = [lab for lab in catalog.all() if lab.id != played.id]
    first = min(others, key=lambda lab: lab.pack != played.pack, default=played).id
    rows = {
        "labs sandbox start": "start your own sandbox on this computer",
        "labs sandbox shell": "open a shell in which `aws` and `labs` use it",
        f"labs start {first}": f"start your first lab; read it: labs show {first}",
        f"labs web {first}": "do it in the browser instead, with live objectives",
    }
    activate = Path(sys.executable).with_name("activate")
    if shutil.which("labs") is None and activate.is_file():
        rows = {f"source {os.path.relpath(activate)}": "put `labs` and `aws` on your PATH", **rows}
    for command, what in rows.items():
        write(f"  {command:<{max(map(len, rows))}}  {what}")


def verdict_in(catalog: Catalog, lab: Lab, environment: dict[str, str]) -> Verdict:
    """The verdict of a lab in the account of this environment."""
    with read_only_guard():
        job = Job(lab, catalog.verifier(lab), cards=objective_cards(lab, catalog.decks()))
        return verify([job], open_session(ConnectionOptions(environment=environment)))


def _print_findings(verdict: Verdict, write: Writer) -> None:
    from labs.show.verdict_text import SIGNS

    for finding in verdict.labs[0].findings:
        write(f"     {SIGNS[finding.state]} {finding.id:<18} {finding.found or finding.message}")


def _print_commands(lab: Lab, names: Mapping[str, str], write: Writer) -> None:
    from labs.show.brief import script

    for line in script(lab, "solution", names).splitlines():
        write(f"     {line}".rstrip())


def _print_verdict(catalog: Catalog, lab: Lab, verdict: Verdict, write: Writer) -> None:
    from labs.show.verdict_text import demo_text

    write(demo_text(verdict, lab, runtime.width(), questions(catalog.decks())))
