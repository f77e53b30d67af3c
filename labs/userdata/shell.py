"""Interprets a boot script as far as it writes files: their final content, and whether the agent is stopped.

This is not a shell. It knows the usual ways to write a file; anything else that could change the watched file is
reported as a problem and never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from labs.errors import NotUnderstood
from labs.userdata.branches import (
    positional_parameters,
    run_branches,
    run_function,
    run_loop,
    run_optionally,
    run_read_loop,
)
from labs.userdata.commands import assign, run_command
from labs.userdata.config import UNKNOWN
from labs.userdata.expansion import Expansion
from labs.userdata.filesystem import Result
from labs.userdata.parser import parse
from labs.userdata.syntax import (
    BETWEEN,
    Assignment,
    Branches,
    Command,
    Function,
    Loop,
    Opaque,
    ReadLoop,
    Redirect,
    Script,
    ShellGroup,
    ShellStep,
    Simple,
)

_READERS = {"cat", "tee", "base64", "grep", "read"}
"""Commands that read all of standard input."""

_SHEBANG = re.compile(r"#! ?(?:\S*/env[ \t]+-S[ \t]+)?\S*sh[ \t]+-(\w+)")


def _apart(command: Command) -> Command:
    """A command in a pipeline, where a group runs in a separate process."""
    return replace(command, subshell=True) if isinstance(command, ShellGroup) else command


def _is_bare_exec(step: ShellStep) -> bool:
    first = step.pipeline[0]
    return isinstance(first, Simple) and [word.plain for word in first.words] == ["exec"]


def _is_negated(step: ShellStep) -> bool:
    first = step.pipeline[0]
    return isinstance(first, Simple) and first.words[:1] != () and first.words[0].plain == "!"


@dataclass(slots=True)
class Shell(Expansion):
    """Follows scripts on a machine."""

    def run(self, script: str) -> str:
        """Follows a script and returns what it prints; what cannot be followed becomes the problem."""
        if "n" in self.options:
            return ""
        try:
            return self.run_steps(parse(self.budget.spend_text(script)), whole=True)
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

    def run_steps(self, script: Script, *, whole: bool = False) -> str:
        """Follows the steps of a script, the whole of one or a part, and returns what they print."""
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
                following = script[at + 1 :]
                if whole and (redirects := self._redirects_of_rest(step, following)):
                    group = ShellGroup(following, subshell=False, redirects=redirects)
                    printed.append(self.run_pipeline((group,))[0])
                    break
                tested = bool(following and following[0].joined != ";") or _is_negated(step)
                output, success = self._run_step(step, tested=tested)
                printed.append(output)
                if tested or "e" not in self.options or success:
                    continue
                if success is False:
                    self.exited = True
                elif not self._calls_function(step):
                    run_optionally(self, (ShellGroup(following, subshell=False),))
                    break
        self.succeeded = success
        return self.budget.spend_text("".join(printed))

    def _run_step(self, step: ShellStep, *, tested: bool) -> tuple[str, bool | None]:
        """Runs one step; if its success is tested, `set -e` does not end the script."""
        before, kept = self.background, self.options & {"e"} if tested else frozenset()
        self.background, self.options = before or step.background, self.options - kept
        found = self.run_pipeline(step.pipeline)
        self.background, self.options = before, self.options | kept
        return found

    def _redirects_of_rest(self, step: ShellStep, following: Script) -> tuple[Redirect, ...]:
        """The redirections of `exec >> FILE`, if that is the watched file and no later `exec` ends them."""
        command = step.pipeline[0]
        if not _is_bare_exec(step) or not isinstance(command, Simple) or any(map(_is_bare_exec, following)):
            return ()
        targets = [each for each in command.redirects if each.sign in (">", ">>")]
        found = [each for each in targets if self.path(self.expand(each.target)) == self.watched]
        return command.redirects if found else ()

    def _calls_function(self, step: ShellStep) -> bool:
        last = step.pipeline[-1]
        return isinstance(last, Simple) and last.words[:1] != () and last.words[0].plain in self.functions

    def _trouble_with(self, written: str, reason: str) -> None:
        if self.path(written) == self.watched:
            self.trouble(reason)

    def run_pipeline(self, pipeline: tuple[Command, ...]) -> tuple[str, bool | None]:
        """Returns what a pipeline prints, and whether it succeeds: None if unknown."""
        flowing = self.given
        found: list[bool | None] = []
        for command in pipeline:
            flowing, success = self._run_command(_apart(command) if pipeline[1:] else command, flowing)
            found.append(success)
        if _READERS.intersection(word.plain for word in getattr(pipeline[0], "words", ())):
            self.given = ""
        if "pipefail" not in self.options or all(found):
            return flowing, found[-1]
        return flowing, False if False in found else None

    def _run_command(self, command: Command, given: str) -> tuple[str, bool | None]:
        self.budget.spend()
        given = self._stdin(command.redirects, given)
        targets = [self._open(redirect) for redirect in command.redirects]
        success: bool | None = True
        if isinstance(command, Simple):
            output, success = self._run_simple(command, given)
        elif isinstance(command, ShellGroup):
            output, success = self._run_group(command)
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

    def _run_group(self, group: ShellGroup) -> Result:
        if not group.subshell:
            return self.run_steps(group.body), self.succeeded
        inner = self.copy()
        output = inner.run_steps(group.body)
        self.adopt(inner)
        return output, inner.succeeded

    def _skip(self, command: Opaque) -> str:
        """Skips a condition, loop or function that does not concern the file or the agent."""
        text = re.sub(r"\$\{?([A-Za-z_]\w*)\}?", lambda m: self.variables.get(m[1], m[0]), command.text)
        if self.mentions(text):
            self.trouble("it is written in a condition, a loop or a function")
        elif re.search(r"\b(stop|disable|mask)\b.*\b(ecs|docker)\b|\becs stop\b", text):
            self.trouble("the agent is stopped in a condition, a loop or a function")
        for name in re.findall(r"\b([A-Za-z_]\w*)=", text):
            self.variables[name] = UNKNOWN
        return UNKNOWN

    def _run_simple(self, command: Simple, given: str) -> Result:
        self.succeeded = True
        values = {self._holder(each): self._assigned(each) for each in command.assignments}
        success = self.succeeded
        arguments = [argument for word in command.words for argument in self.fields(word)]
        if self.exited:
            return "", False
        if not command.words:
            for name, value in values.items():
                assign(self, name, value)
            self.exported |= values.keys() if "a" in self.options else set()
            return "", success
        if arguments and arguments[0] in self.functions:
            return run_function(self, arguments), None
        if not arguments:
            return "", True
        return self.run_with(values, lambda: run_command(self, arguments, given))

    @staticmethod
    def _holder(assignment: Assignment) -> str:
        name = assignment.name.partition("[")[0]
        return f"{name}[@]" if assignment.elements is not None or name != assignment.name else name

    def _assigned(self, assignment: Assignment) -> str:
        before = self.variables.get(self._holder(assignment), "") if assignment.appends else ""
        if assignment.elements is None:
            value = self.expand(assignment.value)
            return UNKNOWN if "[" in assignment.name else before + value
        new = [field for word in assignment.elements for field in self.fields(word)]
        return BETWEEN.join([*([before] if before else []), *new])
