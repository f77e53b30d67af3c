"""The clean-up as AWS CLI commands, for exactly the resources that were found."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from typing import Any

from labs.sdk import Leftover
from labs.verify.cleanup.kinds import Call, calls, in_order

RETRY = """\
# Runs a command again while AWS refuses it with one of these words, every 5 seconds for 5 minutes at most.
retry_while() {
  local words=$1 answer try
  shift
  for try in $(seq 60); do
    if answer=$("$@" 2>&1); then echo "$answer"; return 0; fi
    grep -qE "$words" <<< "$answer" || break
    sleep 5
  done
  echo "$answer" >&2
  return 1
}"""


_CLI_NAMES = {"s3": "s3api"}
"""Names of services in the AWS CLI that differ from boto3's."""


def commands(things: list[Leftover]) -> str:
    """The commands in the order of removal; resources that may be shared come last, under a warning."""
    own = [thing for thing in things if not thing.shared]
    shared = [thing for thing in things if thing.shared]
    lines = [line for thing in in_order(own) for line in _lines(thing)]
    if shared:
        lines += [
            "",
            "# The lab uses these, under names of yours. Does nothing else use them? Then remove them too:",
        ]
        lines += [line for thing in in_order(shared) for line in _lines(thing)]
    used = any(line.startswith("retry_while") for line in lines)
    return "\n".join([RETRY, "", *lines] if used else lines)


def _lines(thing: Leftover) -> Iterator[str]:
    found = calls(thing)
    if not found:
        yield f"# by hand: {thing}"
    yield from map(_command, found)


def _command(call: Call) -> str:
    words = [
        "aws",
        _CLI_NAMES.get(call.service, call.service),
        *(["wait"] if call.waiter else []),
        call.method.replace("_", "-"),
    ]
    words += [word for name, value in call.given.items() for word in _option(name, value)]
    line = " ".join(map(shlex.quote, words))
    return f"retry_while {shlex.quote(call.retry)} {line}" if call.retry else line


def _option(name: str, value: Any) -> Iterable[str]:
    from botocore import xform_name

    option = f"--{xform_name(name, '-')}"
    if isinstance(value, bool):
        return [option if value else f"--no-{option[2:]}"]
    return [option, *(value if isinstance(value, list) else [value])]
