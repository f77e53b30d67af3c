"""The machine on which a boot script runs, as far as it matters: its files, its variables, and what is not clear."""

from __future__ import annotations

import posixpath
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from typing import Self

from labs.userdata.lexer import UNKNOWN, Token
from labs.userdata.syntax import Command, Function, Script

_PATHS = re.compile(r"[\w./\-\0]+")


@dataclass(slots=True)
class Machine(ABC):
    """The state of a script: files by path, variables, where we are, and what we could not follow.

    `watched` is the file whose content matters, `given` what the standard input holds.
    """

    watched: str
    files: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    functions: dict[str, Function] = field(default_factory=dict)
    folder: str = "/"
    agent_stopped: bool = False
    problem: str | None = None
    exited: bool = False
    sourced: bool = False
    given: str = ""

    @abstractmethod
    def run(self, script: str) -> str:
        """Follows a script and returns what it prints; what cannot be followed becomes the problem."""

    @abstractmethod
    def run_apart(self, script: str, given: str = "") -> str:
        """Follows a script that is a process of its own: its files stay, its variables and its exit do not."""

    @abstractmethod
    def run_steps(self, script: Script) -> str:
        """Follows the steps of a script and returns what they print."""

    @abstractmethod
    def run_pipeline(self, pipeline: tuple[Command, ...]) -> tuple[str, bool | None]:
        """What a pipeline prints, and whether it succeeds: None where we do not know."""

    @abstractmethod
    def fields(self, word: Token) -> list[str]:
        """The arguments that a word becomes."""

    def trouble(self, reason: str) -> None:
        """Notes why the outcome is not clear; the first reason stays."""
        self.problem = self.problem or reason

    def trouble_if_changed(self, trial: Machine, reason: str) -> None:
        """Notes a problem if a copy of us came to another outcome."""
        if self.outcome() != trial.outcome():
            self.trouble(trial.problem or reason)

    def outcome(self) -> tuple[str, bool, str | None, bool]:
        """What matters in the end."""
        return self.files.get(self.watched, ""), self.agent_stopped, self.problem, self.exited

    def copy(self) -> Self:
        """The same state, on its own from here on."""
        return replace(
            self, files=dict(self.files), variables=dict(self.variables), functions=dict(self.functions)
        )

    def adopt(self, inner: Machine) -> None:
        """Takes over what a process of its own leaves behind: its files, but not its variables."""
        self.files, self.agent_stopped, self.problem = inner.files, inner.agent_stopped, inner.problem

    def path(self, written: str) -> str:
        """The whole path that a written one means."""
        return posixpath.normpath(posixpath.join(self.folder, written)).replace("//", "/")

    def read(self, written: str) -> str:
        """A file's content; of one that the script did not write, only the watched one is known, to be absent."""
        path = self.path(written)
        return self.files.get(path, "" if path in (self.watched, "/dev/null") else UNKNOWN)

    def write(self, written: str, text: str, *, append: bool) -> None:
        """Writes a file; a path that we do not know in full is a problem if it may be the watched one."""
        if UNKNOWN in written:
            if re.fullmatch(".*".join(map(re.escape, written.split(UNKNOWN))), self.watched):
                self.trouble("it is not clear which file is written")
            return
        path = self.path(written)
        if path.startswith("/dev/"):
            return
        self.files[path] = self.files.get(path, "") + text if append else text

    def mentions(self, text: str) -> bool:
        """Whether a text names the watched file, its folder, or a file of ours that does."""
        folder = posixpath.dirname(self.watched)
        for written in _PATHS.findall(text):
            path = self.path(written.rstrip("."))
            if path in (self.watched, folder) or written.startswith(folder + "/"):
                return True
            if posixpath.basename(self.watched) in self.files.get(path, ""):
                return True
        return False
