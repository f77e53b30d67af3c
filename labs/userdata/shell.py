"""Follows a boot script as far as it writes files: their content at the end, and whether the agent is stopped.

This is no shell. It knows the usual ways to write a file; anything else that could touch the watched file is
reported as a problem and never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from labs.errors import NotUnderstood
from labs.userdata.branches import (
    positional_parameters,
    run_branches,
    run_function,
    run_loop,
    run_optionally,
    run_read_loop,
)
from labs.userdata.commands import run_command
from labs.userdata.filesystem import Machine, Result
from labs.userdata.parser import parse
from labs.userdata.syntax import (
    BETWEEN,
    UNKNOWN,
    Assignment,
    Branches,
    Command,
    Function,
    Loop,
    Opaque,
    Piece,
    ReadLoop,
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
_LIST = re.compile(r"^@$|\[@\]$")
_SHEBANG = re.compile(r"#! ?\S*sh[ \t]+-(\w+)")
_BRACES = re.compile(
    r"\{(?:(?P<words>[^{}\s,]*(?:,[^{}\s,]*)+)|(?P<first>-?\d{1,6})\.\.(?P<last>-?\d{1,6}))\}"
)
_MOST = 1000
"""The numbers of a range that are followed."""
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

    def run_apart(self, script: str, given: str = "", arguments: Sequence[str] | None = None) -> str:
        """Follows a script in a process of its own: its files stay, its variables and its exit do not."""
        inner = self.copy()
        inner.given = given
        inner.variables = {name: text for name, text in self.variables.items() if name in self.exported}
        if arguments is not None:
            inner.variables |= positional_parameters(arguments)
        options = _SHEBANG.match(script)
        inner.options = frozenset(options[1] if options else "")
        printed = inner.run(script)
        self.adopt(inner)
        return printed

    def run_with(self, values: Mapping[str, str], run: Callable[[], Result]) -> Result:
        """Runs a command that has these variables besides the others."""
        variables, exported = self.variables, self.exported
        self.variables = {**variables, **values}
        self.exported = exported | values.keys()
        found = run()
        self.variables = {name: text for name, text in self.variables.items() if name not in values}
        self.variables |= {name: variables[name] for name in values if name in variables}
        self.exported = (self.exported - values.keys()) | (exported & values.keys())
        return found

    def run_steps(self, script: Script) -> str:
        """Follows the steps of a script and returns what they print."""
        printed: list[str] = []
        success: bool | None = True
        with self.budget.level():
            for at, step in enumerate(script):
                if self.exited or self.returned:
                    break
                if (step.joined, success) in (("||", True), ("&&", False)):
                    continue
                if step.joined != ";" and success is None:
                    run_optionally(self, step.pipeline)
                    continue
                output, success = self._run_step(step)
                printed.append(output)
                tested = at + 1 < len(script) and script[at + 1].joined != ";"
                if success is False and not tested and "e" in self.options:
                    self.exited = True
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
        elif isinstance(command, ReadLoop):
            output = run_read_loop(self, command, given)
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
        if redirect.sign[0] in "3456789":
            self._trouble_with(self.expand(redirect.target), "it is written by its descriptor")
            return None
        if redirect.sign not in (">", ">>", ">|", "1>", "1>>", "&>", "&>>", ">&"):
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

    def _run_simple(self, command: Simple, given: str) -> Result:
        values = {self._holder(each): self._assigned(each) for each in command.assignments}
        arguments = [argument for word in command.words for argument in self.fields(word)]
        if self.exited:
            return "", False
        if not command.words:
            self.variables.update(values)
            self.exported |= values.keys() if "a" in self.options else set()
            return "", True
        if arguments and arguments[0] in self.functions:
            return run_function(self, arguments), None
        if not arguments:
            return "", True
        return self.run_with(values, lambda: run_command(self, arguments, given))

    @staticmethod
    def _holder(assignment: Assignment) -> str:
        return f"{assignment.name}[@]" if assignment.elements is not None else assignment.name

    def _assigned(self, assignment: Assignment) -> str:
        before = self.variables.get(self._holder(assignment), "") if assignment.appends else ""
        if assignment.elements is None:
            return before + self.expand(assignment.value)
        new = [field for word in assignment.elements for field in self.fields(word)]
        return BETWEEN.join([*([before] if before else []), *new])

    def fields(self, word: ShellWord) -> list[str]:
        """The arguments that a word expands to: an unquoted variable is split at its blanks, a list at its elements."""
        pieces = [piece for piece in word.pieces if piece != Text("")]
        only = pieces[0] if len(pieces) == 1 else None
        if isinstance(only, Variable) and _LIST.search(only.name) and only.name in self.variables:
            values = self.variables[only.name]
            return values.split(BETWEEN) if values else []
        text = self.expand(word)
        if not word.quoted and all(isinstance(piece, Text) for piece in word.pieces):
            return self._alternatives(text)
        return text.split() if word.splits else [text]

    def _alternatives(self, text: str) -> list[str]:
        """`{A,B}` or `{1..3}` in an unquoted word: a word for each."""
        found = _BRACES.search(text)
        if not found:
            return [text]
        self.budget.spend(len(text))
        first, last = found["first"], found["last"]
        if first and abs(int(last) - int(first)) > _MOST:
            return [UNKNOWN]
        step = 1 if not first or int(first) <= int(last) else -1
        values = found["words"].split(",") if not first else range(int(first), int(last) + step, step)
        ways = (f"{text[: found.start()]}{value}{text[found.end() :]}" for value in values)
        return [word for way in ways for word in self._alternatives(way)]

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
        name = variable.name.replace("*", "@")  # what differs is how a list is split
        outside = self.sourced or name in _FROM_OUTSIDE or not _NAME.match(name)
        if name not in self.variables and outside and not (name.isdigit() and "@" in self.variables):
            return UNKNOWN
        value = self.budget.spend_text(self.variables.get(name, "")).replace(BETWEEN, " ")
        if not value and variable.default:
            value = self.expand(variable.default)
            if variable.assigns:
                self.variables[name] = value
        elif name not in self.variables and "u" in self.options:
            self.exited = True
        return value

    def _substituted(self, script: Script) -> str:
        """The output of `$(...)`, which is a process of its own."""
        inner = self.copy()
        inner.given = ""
        printed = inner.run_steps(script)
        self.adopt(inner)
        return printed.rstrip("\n")
