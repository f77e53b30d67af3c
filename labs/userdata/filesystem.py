"""The machine on which a boot script runs: its files, its variables, and the reason why its outcome is unclear."""

from __future__ import annotations

import posixpath
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from labs.userdata.budget import Budget
from labs.userdata.config import UNKNOWN
from labs.userdata.syntax import Command, Function, Script, ShellWord

Result = tuple[str, bool | None]
"""The output of a command, and whether it succeeds: None if that is unknown."""
_PATHS = re.compile(r"[\w./\-\0]+")


@dataclass(slots=True)
class Machine(ABC):
    """The state of a script.

    `watched` is the file whose content matters, `folders` maps folders to whether they exist or may be missing,
    `stayed` is the folder in which the script still is if its last `cd` failed, `given` the standard input, `problem`
    the reason why the outcome is unclear, `unread` a program from elsewhere that the script runs, `deadlock` the
    command that waits for the agent while the agent waits for the boot. `exported` names the variables that other
    processes see, `own` those of the function that runs, `options` the letters of `set`, `succeeded` the status of
    the last steps.
    """

    watched: str
    budget: Budget = field(default_factory=Budget)
    files: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    functions: dict[str, Function] = field(default_factory=dict)
    folder: str = "/"
    stayed: str = ""
    folders: dict[str, bool] = field(default_factory=dict)
    agent_stopped: bool = False
    deadlock: str = ""
    background: bool = False
    problem: str | None = None
    unread: str = ""
    exited: bool = False
    returned: bool = False
    succeeded: bool | None = True
    sourced: bool = False
    given: str = ""
    exported: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()
    options: frozenset[str] = frozenset()

    @abstractmethod
    def run(self, script: str) -> str:
        """Follows a script and returns what it prints; what cannot be followed becomes the problem."""

    @abstractmethod
    def run_apart(self, script: str, given: str = "", arguments: Sequence[str] | None = None) -> str:
        """Follows a script in a process of its own: its files stay, its variables and its exit do not."""

    @abstractmethod
    def run_with(self, values: Mapping[str, str], run: Callable[[], Result]) -> Result:
        """Runs a command that has these variables besides the others."""

    @abstractmethod
    def run_steps(self, script: Script) -> str:
        """Follows the steps of a script and returns what they print."""

    @abstractmethod
    def run_pipeline(self, pipeline: tuple[Command, ...]) -> tuple[str, bool | None]:
        """Returns what a pipeline prints, and whether it succeeds: None if unknown."""

    @abstractmethod
    def fields(self, word: ShellWord) -> list[str]:
        """The arguments that a word expands to."""

    def trouble(self, reason: str) -> None:
        """Records why the outcome is unclear; the first reason stays."""
        self.problem = self.problem or reason

    def trouble_if_changed(self, trial: Machine, reason: str) -> None:
        """Records a problem if a copy of this machine has a different outcome."""
        if self.outcome() != trial.outcome():
            self.trouble(trial.problem or reason)

    def outcome(self) -> tuple[str, bool, str | None, bool]:
        """The watched file, whether the agent is stopped, the problem, and whether the script has ended."""
        return self.files.get(self.watched, ""), self.agent_stopped, self.problem, self.exited

    def copy(self) -> Self:
        """An independent copy of the state, with a shared budget."""
        self.budget.spend(1 + (len(self.files) + len(self.variables) + len(self.functions)) // 10)
        return replace(
            self,
            files=dict(self.files),
            folders=dict(self.folders),
            variables=dict(self.variables),
            functions=dict(self.functions),
        )

    def adopt(self, inner: Machine) -> None:
        """Takes over the effects of a separate process: its files, but not its variables."""
        self.files, self.folders, self.problem = inner.files, inner.folders, inner.problem
        self.agent_stopped, self.deadlock, self.unread = inner.agent_stopped, inner.deadlock, inner.unread

    def path(self, written: str) -> str:
        """The absolute form of a path in the script."""
        path = posixpath.normpath(posixpath.join(self.folder, written)).replace("//", "/")
        if self.stayed and posixpath.normpath(posixpath.join(self.stayed, written)) == self.watched != path:
            self.trouble("it is not clear in which folder the script is")
        return path

    def read(self, written: str) -> str:
        """A file's content. Of the files that the script did not write, only the watched one is known not to exist."""
        path = self.path(written)
        text = self.files.get(path, "" if path in (self.watched, "/dev/null") else UNKNOWN)
        return self.budget.spend_text(text)

    def write(self, written: str, text: str, *, append: bool) -> None:
        """Writes a file. A partly unknown path is a problem if it may be the watched file."""
        if UNKNOWN in written:
            if fits(written, self.watched, any_text=UNKNOWN):
                self.trouble("it is not clear which file is written")
            return
        path = self.path(written)
        if path.startswith("/dev/"):
            return
        if path == self.watched and self.folders.get(posixpath.dirname(path)) is False:
            self.trouble("its folder was removed")
        self.files[path] = self.budget.spend_text(self.files.get(path, "") + text if append else text)

    def mentions(self, text: str) -> bool:
        """Whether a text names the watched file, its folder, or a written file that names them."""
        folder = posixpath.dirname(self.watched)
        for written in _PATHS.findall(self.budget.spend_text(text)):
            path = self.path(written.rstrip("."))
            if path in (self.watched, folder) or written.startswith(folder + "/"):
                return True
            if posixpath.basename(self.watched) in self.files.get(path, ""):
                return True
        return False


def fits(pattern: str, text: str, any_text: str = "*", any_sign: str = "") -> bool:
    """Whether a pattern with wildcards matches a whole text, in time proportional to the product of their lengths."""
    at = place = 0
    star, resume = -1, 0
    while place < len(text):
        if at < len(pattern) and pattern[at] == any_text:
            star, resume, at = at, place, at + 1
        elif at < len(pattern) and pattern[at] in (text[place], any_sign):
            at, place = at + 1, place + 1
        elif star >= 0:
            resume += 1
            at, place = star + 1, resume
        else:
            return False
    return not pattern[at:].strip(any_text)
