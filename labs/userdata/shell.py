"""Follows a boot script as far as it writes files: their content at the end, and whether the agent is stopped.

This is no shell. It knows the usual ways to write a file; anything else that could touch the watched file is
reported as a problem and never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from labs.errors import NotUnderstood
from labs.userdata.branches import run_branches, run_function, run_loop, run_perhaps
from labs.userdata.commands import run_command
from labs.userdata.filesystem import Machine
from labs.userdata.parser import parse
from labs.userdata.syntax import (
    UNKNOWN,
    Assignment,
    Branches,
    Command,
    Function,
    Loop,
    Opaque,
    Piece,
    Redirect,
    Script,
    ShellGroup,
    ShellStep,
    ShellWord,
    SideProcess,
    Simple,
    Substitution,
    Text,
    Variable,
)

_READERS = {"cat", "tee", "base64", "grep", "read"}
"""Commands that leave nothing of the standard input."""

_NAME = re.compile(r"[A-Za-z_]\w*")
_FROM_OUTSIDE = {"HOME", "PATH", "USER", "HOSTNAME", "PWD", "SHELL", "LOGNAME", "UID", "RANDOM"}


@dataclass(slots=True)
class Shell(Machine):
    """Follows scripts on a machine."""

    def run(self, script: str) -> str:
        """Follows a script and returns what it prints; what cannot be followed becomes the problem."""
        try:
            return self.run_steps(parse(self.budget.spend_text(script)))
        except NotUnderstood as error:
            if self.mentions(script):
                self.trouble(str(error))
            return UNKNOWN

    def run_apart(self, script: str, given: str = "") -> str:
        """Follows a script in a process of its own: its files stay, its variables and its exit do not."""
        inner = self.copy()
        inner.given = given
        printed = inner.run(script)
        self.adopt(inner)
        return printed

    def run_steps(self, script: Script) -> str:
        """Follows the steps of a script and returns what they print."""
        printed: list[str] = []
        success: bool | None = True
        with self.budget.level():
            for step in script:
                if self.exited:
                    break
                if (step.joined, success) in (("||", True), ("&&", False)):
                    continue
                if step.joined != ";" and success is None:
                    run_perhaps(self, step.pipeline)
                    continue
                output, success = self._run_step(step)
                printed.append(output)
        return self.budget.spend_text("".join(printed))

    def _run_step(self, step: ShellStep) -> tuple[str, bool | None]:
        before = self.background
        self.background = before or step.background
        found = self.run_pipeline(step.pipeline)
        self.background = before
        return found

    def _trouble_with(self, written: str, reason: str) -> None:
        if self.path(written) == self.watched:
            self.trouble(reason)

    def run_pipeline(self, pipeline: tuple[Command, ...]) -> tuple[str, bool | None]:
        """Returns what a pipeline prints, and whether it succeeds: None if unknown."""
        flowing = self.given
        success: bool | None = True
        for command in pipeline:
            flowing, success = self._run_command(command, flowing)
        if _READERS.intersection(word.plain for word in getattr(pipeline[0], "words", ())):
            self.given = ""
        return flowing, success

    def _run_command(self, command: Command, given: str) -> tuple[str, bool | None]:
        self.budget.spend()
        given = self._stdin(command.redirects, given)
        targets = [self._open(redirect) for redirect in command.redirects]
        success: bool | None = True
        if isinstance(command, Simple):
            output, success = self._run_simple(command, given)
        elif isinstance(command, ShellGroup):
            output = self._run_group(command)
        elif isinstance(command, Branches):
            output = run_branches(self, command)
        elif isinstance(command, Loop):
            output = run_loop(self, command)
        elif isinstance(command, Function):
            self.functions[command.name] = command
            output = ""
        else:
            output = self._skip(command)
        written = [target for target in targets if target]
        for target in written[-1:]:
            self.write(target, output, append=True)
            if isinstance(command, Simple) and command.words[:1] and command.words[0].plain == "exec":
                self._trouble_with(target, "all that the script prints goes into it")
        return ("" if written else output), success

    def _stdin(self, redirects: Iterable[Redirect], given: str) -> str:
        for redirect in redirects:
            if redirect.sign in ("<<", "<<-"):
                given = self.expand(redirect.target)
            elif redirect.sign == "<<<":
                given = self.expand(redirect.target) + "\n"
            elif redirect.sign == "<":
                given = self.read(self.expand(redirect.target))
        return given

    def _open(self, redirect: Redirect) -> str | None:
        """Empties the file of an output redirection, as a shell does, and returns its path."""
        if redirect.sign in ("2>", "2>>"):
            return None
        if redirect.sign not in (">", ">>", ">|", "1>", "1>>", "&>", "&>>") and redirect.sign != ">&":
            return None
        target = self.expand(redirect.target)
        if redirect.sign == ">&" and re.fullmatch(r"\d+|-", target):
            return None
        self.write(target, "", append=redirect.sign.endswith(">>"))
        return target

    def _run_group(self, group: ShellGroup) -> str:
        if not group.subshell:
            return self.run_steps(group.body)
        inner = self.copy()
        output = inner.run_steps(group.body)
        self.adopt(inner)
        return output

    def _skip(self, command: Opaque) -> str:
        """Passes over a condition, loop or function, if it has nothing to do with the file or the agent."""
        text = re.sub(r"\$\{?([A-Za-z_]\w*)\}?", lambda m: self.variables.get(m[1], m[0]), command.text)
        if self.mentions(text):
            self.trouble("it is written in a condition, a loop or a function")
        elif re.search(r"\b(stop|disable|mask)\b.*\b(ecs|docker)\b|\becs stop\b", text):
            self.trouble("the agent is stopped in a condition, a loop or a function")
        for name in re.findall(r"\b([A-Za-z_]\w*)=", text):
            self.variables[name] = UNKNOWN
        return UNKNOWN

    def _run_simple(self, command: Simple, given: str) -> tuple[str, bool | None]:
        values = {each.name: self._assigned(each) for each in command.assignments}
        if not command.words:
            self.variables.update(values)
            return "", True
        arguments = [argument for word in command.words for argument in self.fields(word)]
        if arguments and arguments[0] in self.functions:
            return run_function(self, arguments), None
        return run_command(self, arguments, given) if arguments else ("", True)

    def _assigned(self, assignment: Assignment) -> str:
        value = self.expand(assignment.value)
        return self.variables.get(assignment.name, "") + value if assignment.appends else value

    def fields(self, word: ShellWord) -> list[str]:
        """The arguments that a word expands to: an unquoted variable is split at its blanks."""
        text = self.expand(word)
        return text.split() if word.splits else [text]

    def expand(self, word: ShellWord) -> str:
        """The text of a word, with its variables filled in."""
        return self.budget.spend_text("".join(map(self._piece, word.pieces)))

    def _piece(self, piece: Piece) -> str:
        if isinstance(piece, Text):
            return piece.text
        if isinstance(piece, Variable):
            return self._variable(piece)
        if isinstance(piece, Substitution):
            return self._substituted(piece.script)
        if isinstance(piece, SideProcess):
            return self._pipe(piece.source)
        return UNKNOWN

    def _pipe(self, source: str) -> str:
        """The name of the pipe that `>(...)` stands for."""
        if self.mentions(source):
            self.trouble("it is written by a process on the side")
        return "/dev/fd/63"

    def _variable(self, variable: Variable) -> str:
        name = variable.name
        if name not in self.variables and (self.sourced or name in _FROM_OUTSIDE or not _NAME.match(name)):
            return UNKNOWN
        value = self.budget.spend_text(self.variables.get(name, ""))
        return value or (self.expand(variable.default) if variable.default else "")

    def _substituted(self, script: Script) -> str:
        """The output of `$(...)`, which is a process of its own."""
        inner = self.copy()
        inner.given = ""
        printed = inner.run_steps(script)
        self.adopt(inner)
        return printed.rstrip("\n")
