"""Every exception of `labs`, drawn as a tree with the exit code of each that ends a command.

Exception
├── LabsError                2  any error that a command reports in one sentence
│   ├── UsageError           2  the command line or the environment requests something that does not exist
│   │   ├── BadCall          2  the command line cannot be parsed
│   │   ├── UnknownLab       2  no pack has the lab
│   │   ├── BadParameter     2  a `-p NAME=VALUE` that the lab does not know or cannot take
│   │   ├── MissingExtra     2  an optional dependency is not installed
│   │   └── JoinRefused      2  a learner cannot join a workshop like this: what to do, in one sentence
│   ├── ContentError         2  a deck, task or pack is broken: every fault with its file and key
│   ├── SandboxError         2  the sandbox is not running, does not answer or cannot start
│   ├── StoreError           2  the progress file or database cannot be read or written
│   ├── CouldNotLook         3  AWS could not be asked: no credentials, no permission, no connection
│   │   ├── SeatRefused      3  the account of one seat of a workshop cannot be opened
│   │   └── WorkersGone      3  no worker of a cluster is left
│   ├── WrongAccount         4  the credentials belong to another account than --account names
│   ├── OutOfBudget          3  the next stage in an account may cost more than is left of the budget
│   ├── NotClean             1  resources of a lab are left in the account, and could not be removed
│   ├── NotConfirmed         1  the confirmation prompt was not answered with yes
│   ├── BadReceipt           1  a receipt that proves nothing
│   ├── ReadRefused          2  a check called an operation that its lab does not list (becomes `inconclusive`)
│   ├── SeatStopped          2  the round ended while this seat waited for its turn
│   └── WorkerDied           2  every worker that was given this seat ended
├── CannotTell                  a check met something that it cannot judge (becomes `inconclusive`)
├── ChannelClosed               the process of a foreign pack has ended, or sent an invalid message
├── NotAPage                    the response of a site is a file or a stream, and is not cached
├── CutAnswer                   the body of an answer is cut off or not from AWS
├── LimitReached                a run exceeded its time, pages or bytes (becomes `inconclusive`)
├── ResourceFailed              a resource of a stack cannot be created, updated or deleted
│   ├── ApiRefused              a service refused the call
│   └── Unsupported             the sandbox lacks a type or property of CloudFormation
├── RegistryError               an error response of the sandbox's container registry
├── NotReady                    a resource of a stack is not stable yet
└── ValueError
    ├── PolicyError             policies that cannot be evaluated
    │   ├── Malformed           a malformed policy document
    │   └── Undecidable         the policies alone do not determine the answer
    ├── Unclear                 the effect of user data cannot be read from its text
    ├── NotUnderstood           a shell script that cannot be interpreted
    ├── TooMuchWork             user data that exceeds the limits of steps and text
    ├── BadPlacement            a placement strategy or constraint that AWS refuses
    ├── BadExpression           not an expression of the cluster query language
    └── BadSchedule             not a schedule expression
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple


class LabsError(Exception):
    """The root: one sentence for people, and an exit code."""

    exit_code = 2


class UsageError(LabsError):
    """The command cannot be carried out as given."""


class BadCall(UsageError):
    """The command line cannot be parsed; `command` is the one whose help says more, if any."""

    def __init__(self, message: str, command: str) -> None:
        self.command = command
        super().__init__(message)


class JoinRefused(UsageError):
    """A learner cannot join a workshop like this; the sentence says what to do."""


class OutOfBudget(LabsError):
    """The next stage may cost more than is left of the budget."""

    exit_code = 3


class NotClean(LabsError):
    """Resources of a lab are left in the account, and could not be removed."""

    exit_code = 1


class NotConfirmed(LabsError):
    """The confirmation prompt was not answered with yes."""

    exit_code = 1


class UnknownLab(UsageError):
    """No pack has a lab with this name."""


class BadParameter(UsageError):
    """A `-p NAME=VALUE` that the lab does not know or cannot take."""


class MissingExtra(UsageError):
    """The libraries of an extra of this package are not installed."""

    def __init__(self, extra: str) -> None:
        super().__init__(f"this needs libraries that are not installed: {install_command(extra)}")


def install_command(extra: str) -> str:
    """The command that installs an extra of this package, with the installer that created the environment."""
    for mark, command in (
        ("uv-receipt.toml", "uv tool install"),
        ("pipx_metadata.json", "pipx install --force"),
    ):
        if (Path(sys.prefix) / mark).is_file():
            return f"{command} 'cardlabs[{extra}]'"
    return f"pip install 'cardlabs[{extra}]'"


class Fault(NamedTuple):
    """A fault in a content file; `where` is the path, with a line or key if there is one."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


class ContentError(LabsError):
    """A deck, task or pack is broken; contains all faults, not only the first."""

    def __init__(self, *faults: Fault) -> None:
        self.faults = faults
        super().__init__("\n".join(map(str, faults)))


class SandboxError(LabsError):
    """The sandbox is not running, does not respond, or cannot do what was requested."""


class StoreError(LabsError):
    """The learner's progress, or the ledger of a workshop, cannot be read or written."""


class CouldNotLook(LabsError):
    """AWS could not be read, and the command has no result without it."""

    exit_code = 3


class SeatRefused(CouldNotLook):
    """The account of a seat cannot be opened; `action` is the IAM action that was denied, if that was it.

    `requests` is the number of requests that were made.
    """

    def __init__(self, message: str, action: str | None = None, requests: int = 0) -> None:
        self.action = action
        self.requests = requests
        super().__init__(message)


class WorkersGone(CouldNotLook):
    """No worker is left: the round ends with the results so far."""


class WrongAccount(LabsError):
    """The credentials belong to another account than `--account` names; `target` is their account."""

    exit_code = 4

    def __init__(self, message: str, target: object) -> None:
        self.target = target
        super().__init__(message)


class ReadRefused(LabsError):
    """A check called an operation that its lab does not list in READS."""


class BadReceipt(LabsError):
    """A receipt that proves nothing."""

    exit_code = 1


class SeatStopped(LabsError):
    """The round ended while this seat waited for its turn."""


class WorkerDied(LabsError):
    """Each worker that was given this seat ended during the check, or could not run it."""


class CannotTell(Exception):
    """Raised by a check that cannot judge what it found. The objective becomes `inconclusive`."""


class ChannelClosed(Exception):
    """The other side has closed the connection, or sent an invalid message."""


class NotAPage(Exception):
    """The response of a site is a file or a stream, which is not cached as a page."""


class CutAnswer(Exception):
    """The body of a response is cut off, or not from AWS."""


class LimitReached(Exception):
    """A run or an objective exceeded its time, pages or bytes; the message is the reason."""


class ResourceFailed(Exception):
    """A resource of a stack cannot be created, updated or deleted; the stack's events show the message."""


class Unsupported(ResourceFailed):
    """The sandbox lacks a type or property of CloudFormation, which fails the stack."""


class ApiRefused(ResourceFailed):
    """A service refused a call for a resource of a stack, with this error code."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


class RegistryError(Exception):
    """An error response of the distribution API; `exception` names ECR's own exception, if ECR refused the call."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        headers: Mapping[str, str] | None = None,
        exception: str = "",
    ) -> None:
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})
        self.exception = exception
        super().__init__(message)


class NotReady(Exception):
    """A resource of a stack is not stable yet; the stack continues after the next change."""


class PolicyError(ValueError):
    """Policies that cannot be evaluated."""


class Malformed(PolicyError):
    """The policy document is malformed; the message is a sentence that says where."""


class Undecidable(PolicyError):
    """The policies alone do not determine the answer; the message says what it depends on."""


class Unclear(ValueError):
    """The effect of user data cannot be determined from its text; the message says why."""


class NotUnderstood(ValueError):
    """A shell script that cannot be interpreted; the message is a phrase that says why."""


class TooMuchWork(ValueError):
    """User data exceeds the limits of steps, text or levels; the message is a phrase."""


class BadPlacement(ValueError):
    """A placement strategy or constraint that AWS refuses."""


class BadExpression(ValueError):
    """Not an expression of the cluster query language; the message says where it breaks."""

    def __init__(self, message: str, position: int | None = None) -> None:
        self.position = position
        where = "" if position is None else f" at character {position + 1}"
        super().__init__(f"Invalid cluster query expression{where}: {message}")


class BadSchedule(ValueError):
    """Not a schedule expression."""
