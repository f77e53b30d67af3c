"""Every exception of `labs`, drawn as a tree with the exit code of each that ends a command.

Exception
├── LabsError                2  any error that a command reports in one sentence
│   ├── UsageError           2  the command line or the environment asks for something that does not exist
│   │   ├── BadCall          2  the command line cannot be parsed
│   │   ├── UnknownLab       2  no pack holds the lab
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
├── ChannelClosed               the process of a foreign pack is gone, or not understood
├── NotAPage                    what a site answered is a file or a stream, and is not kept as a page
├── CutAnswer                   the body of an answer is cut off or not from AWS
├── LimitReached                a run asked for more time, pages or bytes than it may (becomes `inconclusive`)
├── ResourceFailed              a resource of a stack cannot be made, changed or deleted
│   ├── ApiRefused              a service refused the call
│   └── Unsupported             the sandbox lacks a type or property of CloudFormation
├── RegistryError               an error response of the sandbox's container registry
├── NotReady                    a resource of a stack waits until the world has moved on
└── ValueError
    ├── PolicyError             a question about policies that has no answer
    │   ├── Malformed           the text is no policy document
    │   └── Undecidable         the documents alone do not settle the question
    ├── Unclear                 the effect of user data cannot be read from its text
    ├── NotUnderstood           a shell script that cannot be followed
    ├── TooMuchWork             user data that takes too many steps or too much text to follow
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
    """The command cannot be carried out as it was given."""


class BadCall(UsageError):
    """The words on the command line are no call of a command; `command` is the one whose help says more, if any."""

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
    """The question whether to go on was not answered with yes."""

    exit_code = 1


class UnknownLab(UsageError):
    """No pack holds a lab of this name."""


class BadParameter(UsageError):
    """A `-p NAME=VALUE` that the lab does not know or cannot take."""


class MissingExtra(UsageError):
    """Libraries are missing that come with an extra of this package."""

    def __init__(self, extra: str) -> None:
        super().__init__(f"this needs libraries that are not installed: {install_command(extra)}")


def install_command(extra: str) -> str:
    """The command that adds an extra of this package, by the installer that leaves its mark in the environment."""
    for mark, command in (
        ("uv-receipt.toml", "uv tool install"),
        ("pipx_metadata.json", "pipx install --force"),
    ):
        if (Path(sys.prefix) / mark).is_file():
            return f"{command} 'cardlabs[{extra}]'"
    return f"pip install 'cardlabs[{extra}]'"


class Fault(NamedTuple):
    """One thing that is wrong in a content file: `where` is the path, with a line or key where there is one."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


class ContentError(LabsError):
    """A deck, task or pack is broken; holds every fault that was found, not only the first."""

    def __init__(self, *faults: Fault) -> None:
        self.faults = faults
        super().__init__("\n".join(map(str, faults)))


class SandboxError(LabsError):
    """The embedded AWS cannot do what was asked of it."""


class StoreError(LabsError):
    """The learner's progress cannot be read or written as it stands."""


class CouldNotLook(LabsError):
    """AWS could not be asked, and without its answer the command has nothing to say."""

    exit_code = 3


class SeatRefused(CouldNotLook):
    """The account of a seat cannot be opened; `action` is the IAM action that was denied, if that was it.

    `requests` were spent to find out.
    """

    def __init__(self, message: str, action: str | None = None, requests: int = 0) -> None:
        self.action = action
        self.requests = requests
        super().__init__(message)


class WorkersGone(CouldNotLook):
    """No worker is left: the round ends with the results so far."""


class WrongAccount(LabsError):
    """The credentials belong to another account than the one that was demanded; `target` says to which."""

    exit_code = 4

    def __init__(self, message: str, target: object) -> None:
        self.target = target
        super().__init__(message)


class ReadRefused(LabsError):
    """A check asked for an operation that its lab does not list among its reads."""


class BadReceipt(LabsError):
    """A receipt that proves nothing."""

    exit_code = 1


class SeatStopped(LabsError):
    """The round ended while this seat waited for its turn."""


class WorkerDied(LabsError):
    """Each worker that was given this seat ended while it ran the checks, or could not run them."""


class CannotTell(Exception):
    """Raised by a check that cannot judge what it found. The objective becomes `inconclusive`."""


class ChannelClosed(Exception):
    """The other side is gone, or says what nobody understands."""


class NotAPage(Exception):
    """The answer of a site is a file or a stream."""


class CutAnswer(Exception):
    """The body of an answer is not what its protocol demands: cut off, or not from AWS at all."""


class LimitReached(Exception):
    """A run, or an objective of it, asked for more time, pages or bytes than it may; the message is the reason."""


class ResourceFailed(Exception):
    """A resource of a stack cannot be made, changed or deleted; the stack's events show the message."""


class Unsupported(ResourceFailed):
    """The sandbox lacks a type or property of CloudFormation: it says so instead of dropping it."""


class ApiRefused(ResourceFailed):
    """A call for a resource of a stack was refused by its service, with an error code of its own."""

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
    """A resource of a stack is on its way: the stack goes on with it when the world has moved on."""


class PolicyError(ValueError):
    """A question about policies that has no answer."""


class Malformed(PolicyError):
    """The text is no policy document; the message is a sentence that says where."""


class Undecidable(PolicyError):
    """The documents alone do not settle the question; the message says what it depends on."""


class Unclear(ValueError):
    """The effect of user data cannot be read from its text; the message says why."""


class NotUnderstood(ValueError):
    """A shell script that cannot be followed; the message is a phrase that says why."""


class TooMuchWork(ValueError):
    """User data takes more steps, text or levels than a reader spends on it; the message is a phrase."""


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
