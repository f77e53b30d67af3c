"""Expansion of a boot script's words: variables, substitutions, arrays and braces."""

from __future__ import annotations

import re
from dataclasses import dataclass

from labs.userdata.budget import Budget
from labs.userdata.config import UNKNOWN
from labs.userdata.filesystem import Machine
from labs.userdata.syntax import BETWEEN, Piece, Script, ShellWord, SideProcess, Substitution, Text, Variable

_NAME = re.compile(r"[A-Za-z_]\w*")
_LIST = re.compile(r"^@$|\[@\]$")
_FROM_OUTSIDE = {"HOME", "PATH", "USER", "HOSTNAME", "PWD", "SHELL", "LOGNAME", "UID", "RANDOM"}
_BRACES = re.compile(
    r"\{(?:(?P<words>[^{}\s,]*(?:,[^{}\s,]*)+)|(?P<first>-?\d{1,6})\.\.(?P<last>-?\d{1,6}))\}"
)
_MAX_RANGE_NUMBERS = 1000
"""The maximum number of values of a brace range."""


@dataclass(slots=True)
class Expansion(Machine):
    """A machine that expands words."""

    def fields(self, word: ShellWord) -> list[str]:
        """The arguments of a word: an unquoted variable is split at whitespace, an array at its elements."""
        pieces = [piece for piece in word.pieces if piece != Text("")]
        only = pieces[0] if len(pieces) == 1 else None
        if isinstance(only, Variable) and _LIST.search(only.name) and only.name in self.variables:
            values = self.variables[only.name]
            return values.split(BETWEEN) if values else []
        text = self.expand(word)
        if not word.quoted and all(isinstance(piece, Text) for piece in word.pieces):
            return _alternatives(self.budget, text)
        if not word.splits:
            return [text]
        separators = self.variables.get("IFS")
        if separators is None:
            return text.split()
        return [UNKNOWN] if set(text) & {*separators, UNKNOWN} else [text]

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
        """The name of the pipe for `>(...)`."""
        if self.mentions(source):
            self.trouble("it is written by a process on the side")
        return "/dev/fd/63"

    def _variable(self, variable: Variable) -> str:
        name = variable.name.replace("*", "@")  # what differs is how a list is split
        if f"{name}[@]" in self.variables:
            return self.variables[f"{name}[@]"].partition(BETWEEN)[0]
        outside = self.sourced or name in _FROM_OUTSIDE or not _NAME.match(name)
        if name not in self.variables and outside and not (name.isdigit() and "@" in self.variables):
            return UNKNOWN
        between = self.variables.get("IFS", " ")[:1] if name != variable.name else " "
        value = self.budget.spend_text(self.variables.get(name, "")).replace(BETWEEN, between)
        missing = not value and (variable.operator[:1] == ":" or name not in self.variables)
        if missing and variable.operator.endswith("?"):
            self.exited = True
        elif missing and variable.default:
            value = self.expand(variable.default)
            if variable.operator.endswith("="):
                self.variables[name] = value
        elif name not in self.variables and "u" in self.options:
            self.exited = True
        return value

    def _substituted(self, script: Script) -> str:
        """The output of `$(...)`, which runs in a separate process."""
        inner = self.copy()
        inner.given, inner.options = "", self.options - {"e"}
        printed = inner.run_steps(script)
        self.adopt(inner)
        self.succeeded = inner.succeeded
        return printed.rstrip("\n")


def _alternatives(budget: Budget, text: str) -> list[str]:
    """The words that an unquoted word with braces expands to."""
    found = _BRACES.search(text)
    if not found:
        return [text]
    budget.spend(len(text))
    first, last = found["first"], found["last"]
    if first and abs(int(last) - int(first)) > _MAX_RANGE_NUMBERS:
        return [UNKNOWN]
    step = 1 if not first or int(first) <= int(last) else -1
    values = found["words"].split(",") if not first else range(int(first), int(last) + step, step)
    ways = (f"{text[: found.start()]}{value}{text[found.end() :]}" for value in values)
    return [word for way in ways for word in _alternatives(budget, way)]
