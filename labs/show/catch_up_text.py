"""A shell script that brings a learner to the start of a lab, to be read before it is run."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from labs.content.lab import Lab
from labs.errors import UsageError
from labs.show import brief
from labs.show.wording import one_line, plural
from labs.verify.cleanup.shell import commands
from labs.workshop.catch_up import CatchUpStep
from labs.workshop.roster import Seat

WHAT = {"start": "set up", "solution": "solved"}
OTHER_ACCOUNT = "Wrong account: nothing was changed."


def script(
    seat: Seat, lab: Lab, steps: Sequence[CatchUpStep], region: str | None, kept: Sequence[str] = ()
) -> Iterator[str]:
    """The lines of a subshell, which stops at the first error and does not affect the surrounding shell.

    It first prints what it will do, with the labs that it leaves unchanged (`kept`), and each step when it is done.

    Raises UsageError for a seat with a fault, and for a value with invisible characters.
    """
    if seat.fault:
        raise UsageError(seat.fault)
    yield f"# {one_line(seat.name)}: to the start of {lab.id}"
    if not steps:
        yield f"# {lab.id} has no commands of its own to start with."
        return
    yield "("
    yield from in_account(seat, region)
    yield 'cd "$(mktemp -d)"'
    yield from (_say(f"{name}: done already, left alone") for name in kept)
    yield from (_say(f"{step.lab.id}: {_will(step)}") for step in steps)
    for step in steps:
        yield ""
        if step.remove:
            yield "("
            yield commands(list(step.remove))
            yield ") > /dev/null"
            yield _say(f"{step.lab.id}: {plural(len(step.remove), 'resource')} removed")
        yield f"# {step.lab.id}: {WHAT[step.script]}"
        yield "("
        yield brief.script(step.lab, step.script, {name: _visible(step.names[name]) for name in step.names})
        yield ")"
        yield _say(f"{step.lab.id}: {WHAT[step.script]}")
    yield ")"


def _will(step: CatchUpStep) -> str:
    """The description of a step."""
    removes = (
        f"{plural(len(step.remove), 'resource')} that you made will be removed, then it "
        if step.remove
        else ""
    )
    return f"{removes}will be {WHAT[step.script]}"


def _say(text: str) -> str:
    return f"echo {shlex.quote(text)} >&2"


def in_account(seat: Seat, region: str | None) -> Iterator[str]:
    """The lines that set credentials, Region and endpoint, and stop in another account than the intended one."""
    environment = {
        "AWS_PROFILE": seat.profile,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ENDPOINT_URL": seat.endpoint_url,
    }
    yield "set -euo pipefail"
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
