"""Starts an attempt at a lab: creates the start state, and checks which objectives pass already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labs.aws.pack_checks import verifier_of
from labs.aws.read_only_guard import read_only_guard
from labs.aws.session import ConnectionOptions, open_session
from labs.errors import CouldNotLook, UsageError
from labs.store.queries import attempt_event
from labs.verdict import State
from labs.verify.job import Job, check_parameters
from labs.verify.leftovers import leftovers
from labs.verify.runner import verify

if TYPE_CHECKING:
    from labs.content.lab import Lab
    from labs.content.pack import Catalog
    from labs.learner.history import History
    from labs.sandbox.control import Sandbox


def start_attempt(
    catalog: Catalog,
    lab: Lab,
    given: dict[str, str],
    connection: ConnectionOptions,
    history: History,
    sandbox: Sandbox | None,
    *,
    exam: bool = False,
) -> list[str] | None:
    """Starts an attempt, and returns the objectives that pass already; None if they could not be checked.

    The lab's start state is created in `sandbox`. In an AWS account, the learner creates it.
    """
    check_parameters(lab, given)
    if lab.script("start"):
        _refuse_second_start(catalog, lab, given, connection)
        if sandbox:
            _create_start_state(lab, given, sandbox)
    standing = _standing(catalog, lab, given, connection)
    history.store.append(
        attempt_event(history.new_event, lab.id, exam=exam, parameters=given, standing=standing)
    )
    return standing


def _standing(
    catalog: Catalog, lab: Lab, given: dict[str, str], connection: ConnectionOptions
) -> list[str] | None:
    """The objectives that pass before the attempt; None if they could not be checked."""
    try:
        with read_only_guard():
            findings = (
                verify([Job(lab, verifier_of(catalog, lab), given)], open_session(connection))
                .labs[0]
                .findings
            )
    except UsageError:
        return None
    if any(finding.state is State.INCONCLUSIVE for finding in findings):
        return None
    return [finding.id for finding in findings if finding.state is State.PASSED]


def _refuse_second_start(
    catalog: Catalog, lab: Lab, given: dict[str, str], connection: ConnectionOptions
) -> None:
    """Raises UsageError if the start state exists already. Does nothing if the account cannot be read."""
    try:
        with read_only_guard():
            left = leftovers(lab, verifier_of(catalog, lab), given, open_session(connection))
    except (UsageError, CouldNotLook):
        return
    if left:
        raise UsageError(f"{lab.id} is set up already. To start over, clean up first: labs clean {lab.id}")


def _create_start_state(lab: Lab, given: dict[str, str], sandbox: Sandbox) -> None:
    """Creates the start state of a lab in the sandbox. Raises UsageError if its script fails."""
    from labs.sandbox import control
    from labs.sandbox.commands import aws_cli

    script = lab.script("start")
    assert script is not None
    names = {**lab.task.parameters, **given}
    with aws_cli() as cli:
        ran = cli.run(script, {**control.environment(sandbox), **lab.variables(names)})
    if ran.exit_code:
        raise UsageError(f"The setup of the lab failed: {ran.output.strip()}")
