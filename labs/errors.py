"""Everything that can go wrong by name, drawn as a tree; each leaf knows its exit code.

LabsError
├── UsageError        2  the command line or the environment asks for something that does not exist
│   ├── UnknownLab
│   └── BadParameter
├── ContentError      2  a deck, task or pack is broken: every fault with its file and key
├── SandboxError      2  the embedded AWS is not running, does not answer or cannot begin
├── StoreError        2  the learner's progress cannot be read or written: newer, damaged, locked, or a bad import
├── CouldNotLook      3  AWS could not be asked: no credentials, no right, no connection
├── WrongAccount      4  refused: the credentials belong to another account than --account names
└── ReadRefused          a check asked for a call that its lab does not list (becomes `inconclusive`)
"""

from __future__ import annotations

from typing import NamedTuple


class LabsError(Exception):
    """The root: one sentence for people, and an exit code."""

    exit_code = 2


class UsageError(LabsError):
    """The command cannot be carried out as it was given."""


class BadCall(UsageError):
    """The words on the command line are no call of a command; `command` is the one whose help tells more, if any."""

    def __init__(self, message: str, command: str) -> None:
        self.command = command
        super().__init__(message)


class NotConfirmed(LabsError):
    """The question whether to go on was not answered with yes."""

    exit_code = 1


class UnknownLab(UsageError):
    """No pack holds a lab of this name."""


class BadParameter(UsageError):
    """A `-p NAME=VALUE` that the lab does not know or cannot take."""


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


class WrongAccount(LabsError):
    """The credentials belong to another account than the one that was demanded; `target` says to which."""

    exit_code = 4

    def __init__(self, message: str, target: object) -> None:
        self.target = target
        super().__init__(message)


class ReadRefused(LabsError):
    """A check asked for an operation that its lab does not list among its reads."""
