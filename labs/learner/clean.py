"""Removes leftovers of a lab in the sandbox."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from labs.errors import SandboxError, UsageError
from labs.sandbox import control
from labs.verify.cleanup.removal import Find, Removed, Remover

if TYPE_CHECKING:
    from labs.aws.session import AwsSession


def remove_in_sandbox(session: AwsSession, find: Find, home: Path) -> Removed:
    """Removes the resources that `find` returns. Raises UsageError if the session is not in the sandbox."""
    if session.target().kind != "sandbox":
        raise UsageError(
            "--yes works only in the sandbox. In an AWS account, run the printed commands yourself."
        )
    running = control.running(home)
    if running is None:
        raise SandboxError("The sandbox is not running. Start it: labs sandbox start")
    environment = {**control.environment(running), "AWS_DEFAULT_REGION": session.region}
    return Remover(control.client(environment), partial(control.advance, running)).remove(find)
