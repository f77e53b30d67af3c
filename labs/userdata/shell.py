"""Follows a boot script as far as it writes files: what stands in them at the end, and what stops the agent.

This is no shell. It knows the usual ways to write a file; what it does not know, and what could touch the file
that we watch, is reported as a problem and never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from labs.errors import NotUnderstood
from labs.userdata.branches import run_branches, run_function, run_loop
from labs.userdata.commands import run_command
from labs.userdata.filesystem import Machine
from labs.userdata.lexer import UNKNOWN, Part, Token, closing, tokens
from labs.userdata.syntax import (
    Branches,
    Command,
    Function,
    Group,
    Loop,
    Opaque,
    Redirect,
    Script,
    Simple,
    parse,
)

_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)(\+?)=(.*)", re.DOTALL)
_BRACED = re.compile(r"([A-Za-z_]\w*|[1-9])(?::?-(.*))?", re.DOTALL)
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
            return self.run_steps(parse(tokens(script)))
        except NotUnderstood as error:
            if self.mentions(script):
                self.trouble(str(error))
            return UNKNOWN

    def run_apart(self, script: str, given: str = "") -> str:
        """Follows a script that is a process of its own: its files stay, its variables and its exit do not."""
        inner = self.copy()
        inner.given = given
        printed = inner.run(script)
        self.adopt(inner)
        return printed

    def run_steps(self, script: Script) -> str:
        """Follows the steps of a script and returns what they print."""
        printed = ""
        success: bool | None = True
        for step in script:
            if self.exited:
                break
            if (step.joined, success) in (("||", True), ("&&", False)):
                continue
            if step.joined != ";" and success is None:
                self._try(step.pipeline)
                continue
            output, success = self.run_pipeline(step.pipeline)
            printed += output
        return printed

    def _try(self, pipeline: tuple[Command, ...]) -> None:
        """A pipeline that may run or not: a problem, if that makes a difference."""
        trial = self.copy()
        trial.run_pipeline(pipeline)
        self.trouble_if_changed(trial, "a condition decides whether it is written")

    def _trouble_with(self, written: str, reason: str) -> None:
        if self.path(written) == self.watched:
            self.trouble(reason)

    def run_pipeline(self, pipeline: tuple[Command, ...]) -> tuple[str, bool | None]:
        """What a pipeline prints, and whether it succeeds: None where we do not know."""
        flowing = self.given
        success: bool | None = True
        for command in pipeline:
            flowing, success = self._run_command(command, flowing)
        if _READERS.intersection(word.plain for word in getattr(pipeline[0], "words", ())):
            self.given = ""
        return flowing, success

    def _run_command(self, command: Command, given: str) -> tuple[str, bool | None]:
        given = self._stdin(command.redirects, given)
        targets = [self._open(redirect) for redirect in command.redirects]
        success: bool | None = True
        if isinstance(command, Simple):
            output, success = self._run_simple(command, given)
        elif isinstance(command, Group):
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

    def _run_group(self, group: Group) -> str:
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
        words = list(command.words)
        local: dict[str, str] = {}
        while (
            words and (found := _ASSIGNMENT.fullmatch(words[0].raw)) and _NAME.match(words[0].parts[0].text)
        ):
            local[found[1]] = self._assigned(words.pop(0), found[1], found[2])
        if not words:
            self.variables.update(local)
            return "", True
        arguments = [argument for word in words for argument in self.fields(word)]
        if arguments and arguments[0] in self.functions:
            return run_function(self, arguments), None
        return run_command(self, arguments, given) if arguments else ("", True)

    def _assigned(self, word: Token, name: str, plus: str) -> str:
        _, _, value = self.expand(word).partition("=")
        return self.variables.get(name, "") + value if plus else value

    def fields(self, word: Token) -> list[str]:
        """The arguments that a word becomes: an unquoted variable is split at its blanks."""
        if len(word.parts) == 1 and word.parts[0].splits and word.parts[0].expands:
            return self.expand(word).split()
        return [self.expand(word)]

    def expand(self, word: Token) -> str:
        """The text of a word, with its variables filled in."""
        return "".join(self._expand_part(part) for part in word.parts)

    def _expand_part(self, part: Part) -> str:
        if not part.expands:
            return part.text
        if part.splits and part.text.startswith((">(", "<(")):
            return self._pipe(part.text)
        text, out, at = part.text, "", 0
        while at < len(text):
            char = text[at]
            if char == "\\" and text[at + 1 : at + 2] in {*'$`"\\\n'}:
                out += text[at + 1].strip("\n")
                at += 2
            elif char in "$`":
                value, at = self._value(text, at)
                out += value
            else:
                out += char
                at += 1
        return out

    def _pipe(self, text: str) -> str:
        """The name of the pipe that `>(...)` stands for."""
        if self.mentions(text):
            self.trouble("it is written by a process on the side")
        return "/dev/fd/63"

    def _value(self, text: str, at: int) -> tuple[str, int]:
        """What stands for `$...` at a place of a text, and where the text goes on."""
        if text.startswith("$(", at):
            end = closing(text, at + 1)
            return self._substituted(text[at + 2 : end]), end + 1
        if text.startswith("${", at):
            end = closing(text, at + 1)
            found = _BRACED.fullmatch(text[at + 2 : end])
            return (self._variable(found[1], found[2]) if found else UNKNOWN), end + 1
        if text[at] == "`":
            end = text.find("`", at + 1)
            return (self._substituted(text[at + 1 : end]), end + 1) if end > 0 else (UNKNOWN, len(text))
        name = _NAME.match(text, at + 1)
        if name:
            return self._variable(name[0], None), name.end()
        special = re.compile(r"[0-9?$!#@*-]").match(text, at + 1)
        if special is None:
            return "$", at + 1
        return self.variables.get(special[0][-1], UNKNOWN), special.end()

    def _variable(self, name: str, default: str | None) -> str:
        value = self.variables.get(name, "")
        if name not in self.variables and (self.sourced or name in _FROM_OUTSIDE):
            return UNKNOWN
        return value or self._expand_part(Part((default or "").strip("\"'")))

    def _substituted(self, script: str) -> str:
        """What `$(...)` becomes: run on a copy, since it is a process of its own."""
        return UNKNOWN if script.startswith("(") else self.run_apart(script).rstrip("\n")
