"""`labs demo`: the whole loop in four acts, in a sandbox that ends with it."""

from __future__ import annotations

import shutil
from collections.abc import Callable

from labs.aws.read_only_guard import read_only_guard
from labs.aws.session import ConnectionOptions, open_session
from labs.content.lab import Lab, fill
from labs.content.links import objective_cards
from labs.content.pack import Catalog
from labs.sandbox import control
from labs.verdict import State, Verdict
from labs.verify.runner import Job, verify

Say = Callable[[str], None]


def run(catalog: Catalog, lab: Lab, say: Say) -> bool:
    """Plays the demo; True if the lab failed before its solution and passed after it."""
    from labs.sandbox.commands import aws_cli

    say(f"A sandbox of its own, the lab {lab.id}, and the real AWS CLI: a check, the solution, a check.\n")
    with aws_cli() as cli, control.throw_away() as sandbox:
        environment = control.environment(sandbox)
        names = lab.names({}, account=sandbox.account, region=sandbox.region)
        say(f"1. The task: {lab.task.title}\n")
        for goal in lab.task.objectives:
            say(f"     {fill(goal.title, names)}")
        begin = lab.script("start")
        if begin:
            cli.run(begin, {**environment, **lab.variables(names)})
        say(f"\n2. labs check {lab.id}, before anything is done\n")
        before = _look(catalog, lab, environment)
        _tell_briefly(before, say)
        say("\n3. The solution, as `labs solution` prints it\n")
        ran = cli.run(lab.folder / "solution.sh", {**environment, **lab.variables(names)})
        _tell_commands(lab, say)
        if ran.exit_code:
            say(f"\n{ran.output}\nThe solution ended with exit code {ran.exit_code}.")
            return False
        say(f"\n4. labs check {lab.id}, after it\n")
        after = _look(catalog, lab, environment)
        _tell_whole(catalog, lab, after, say)
    say("\nThat sandbox is gone. Now you:\n")
    rows = {
        "labs sandbox start": "an AWS of your own, on this machine",
        "labs sandbox shell": "a shell in which `aws` and `labs` talk to it",
        f"labs show {lab.id}": f"what to build; then: labs check {lab.id}",
    }
    for command, what in rows.items():
        say(f"  {command:<{max(map(len, rows))}}  {what}")
    return not any(each.state is State.PASSED for each in before.labs[0].findings) and after.labs[0].passed


def _look(catalog: Catalog, lab: Lab, environment: dict[str, str]) -> Verdict:
    with read_only_guard():
        job = Job(lab, catalog.verifier(lab), cards=objective_cards(lab, catalog.decks()))
        return verify([job], open_session(ConnectionOptions(environment=environment)))


def _tell_briefly(verdict: Verdict, say: Say) -> None:
    from labs.show.verdict_text import SIGNS

    for finding in verdict.labs[0].findings:
        say(f"     {SIGNS[finding.state]} {finding.id:<18} {finding.found or finding.message}")


def _tell_commands(lab: Lab, say: Say) -> None:
    for line in (lab.folder / "solution.sh").read_text(encoding="utf-8").splitlines():
        say(f"     {line}".rstrip())


def _tell_whole(catalog: Catalog, lab: Lab, verdict: Verdict, say: Say) -> None:
    from labs.show.verdict_text import verdict_text

    cards = {f"{deck.name}:{card.id}": card.question for deck in catalog.decks() for card in deck.cards}
    width = shutil.get_terminal_size((80, 24)).columns
    say(verdict_text(verdict, {lab.id: lab}, width, cards))
