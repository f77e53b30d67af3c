"""A shell script that brings a learner to the start of a lab, to be read before it is run."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from labs.content.lab import Lab
from labs.errors import UsageError
from labs.show import brief
from labs.show.board_text import one_line
from labs.workshop.catch_up import Step
from labs.workshop.roster import Seat

OTHER_ACCOUNT = "this is not the account of the roster: nothing was done"


def script(seat: Seat, lab: Lab, steps: Sequence[Step], region: str | None) -> Iterator[str]:
    """The lines of a subshell, which stops at the first fault and leaves the shell around it as it was.

    Raises UsageError for a seat with a fault, and for a value with characters that nobody could see.
    """
    if seat.fault:
        raise UsageError(seat.fault)
    yield f"# {one_line(seat.name)}: to the start of {lab.id}"
    if not steps:
        yield f"# {lab.id} has no commands of its own to start with."
        return
    yield "("
    yield "set -euo pipefail"
    yield from _place(seat, region)
    yield 'cd "$(mktemp -d)"'
    for step in steps:
        yield ""
        yield f"# {step.lab.id}: {'how it begins' if step.script == 'start' else 'solved'}"
        yield "("
        yield brief.script(step.lab, step.script, {name: _visible(step.names[name]) for name in step.names})
        yield ")"
    yield ")"


def _place(seat: Seat, region: str | None) -> Iterator[str]:
    """Whose credentials, which region and endpoint; and that it is the account that was meant."""
    environment = {
        "AWS_PROFILE": seat.profile,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ENDPOINT_URL": seat.endpoint_url,
    }
    yield "export AWS_PAGER="
    for name, value in environment.items():
        if value:
            yield f"export {name}={shlex.quote(_visible(value))}"
    if seat.known_account:
        yield "account=$(aws sts get-caller-identity --query Account --output text)"
        yield f'if [ "$account" != {seat.known_account} ]; then'
        yield f"  echo '{OTHER_ACCOUNT}' >&2"
        yield "  exit 1"
        yield "fi"


def _visible(value: str) -> str:
    if not value.isprintable():
        raise UsageError(f"{value!r} holds characters that nobody could see in a script")
    return value
