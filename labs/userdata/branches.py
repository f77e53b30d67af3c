"""Conditions, loops and functions of a boot script. A setting is known if all branches leave the same value."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from labs.userdata.config import UNKNOWN, merged
from labs.userdata.syntax import BETWEEN, Branches, Command, Loop, ReadLoop, Script, Simple

if TYPE_CHECKING:
    from labs.userdata.filesystem import Machine

_REASON = "it is written in a condition, a loop or a function"
_DECIDABLE = {"grep", "true", "false", ":", "[", "test"}
_GLOB = re.compile(r"[*?\[{]")


def run_branches(shell: Machine, branches: Branches) -> str:
    """Follows the branch that a condition selects, or every branch if the condition's result is unknown."""
    first, *others = branches.conditions
    answer = _answer(shell, first)
    if answer is True:
        return shell.run_steps(branches.bodies[0])
    if answer is False and others:
        return run_branches(shell, replace(branches, conditions=tuple(others), bodies=branches.bodies[1:]))
    if answer is False:
        return shell.run_steps(branches.bodies[-1])
    for condition in others:
        trial = shell.copy()
        trial.run_steps(condition)
        shell.trouble_if_changed(trial, _REASON)
    ways = [_way(shell, body) for body in branches.bodies]
    take_over(shell, [way for way, _ in ways])
    printed = {text for _, text in ways}
    return printed.pop() if len(printed) == 1 else UNKNOWN


def _answer(shell: Machine, condition: Script) -> bool | None:
    """The result of a condition that only searches a known text, or is `true` or `false`; else None.

    `set -e` has no effect in a condition.
    """
    before, shell.options = shell.options, shell.options - {"e"}
    found = _tested(shell, condition)
    shell.options = before
    return found


def _tested(shell: Machine, condition: Script) -> bool | None:
    command = condition[0].pipeline[0] if condition else None
    words = [word.plain for word in command.words if word.plain != "!"] if isinstance(command, Simple) else []
    if len(condition) == 1 == len(condition[0].pipeline) and words[:1] and words[0] in _DECIDABLE:
        return shell.run_pipeline(condition[0].pipeline)[1]
    shell.run_steps(condition)
    return None


def run_loop(shell: Machine, loop: Loop) -> str:
    """Follows a loop over known words, one by one; a loop over unknown words may run or not."""
    values = [value for word in loop.words for value in shell.fields(word)]
    if any(UNKNOWN in value or _GLOB.search(value) for value in values):
        return _perhaps(shell, loop)
    return _each(shell, loop, values)


def run_read_loop(shell: Machine, loop: ReadLoop, given: str) -> str:
    """Follows a loop over the lines of a known text; the last line counts only if it ends with a newline."""
    if UNKNOWN in given or ("\\" in given and not loop.raw):
        return _perhaps(shell, loop)
    lines = given.split("\n")[:-1]
    return _each(shell, loop, lines if loop.whole else [line.strip(" \t") for line in lines])


def _each(shell: Machine, loop: Loop | ReadLoop, values: Sequence[str]) -> str:
    printed = ""
    for value in values:
        if shell.exited:
            break
        shell.variables[loop.name] = value
        printed += shell.run_steps(loop.body)
    return printed


def _perhaps(shell: Machine, loop: Loop | ReadLoop) -> str:
    shell.variables[loop.name] = UNKNOWN
    take_over(shell, [shell.copy(), _way(shell, loop.body)[0]])
    return UNKNOWN


def positional_parameters(values: Sequence[str]) -> dict[str, str]:
    """The variables `$1`, `$2` and `$@` of a script or a function with these arguments."""
    return {str(at): value for at, value in enumerate(values, 1)} | {"@": BETWEEN.join(values)}


def run_function(shell: Machine, arguments: Sequence[str]) -> str:
    """Follows a function and returns its output; a recursive call is not followed."""
    name, *values = arguments
    function = shell.functions.pop(name)
    if function.redirects:
        shell.trouble("a function with a redirection of its own")
    places = positional_parameters(values)
    before, own = dict(shell.variables), shell.own
    shell.variables = {each: value for each, value in before.items() if not each.isdigit()} | places
    shell.own = frozenset(places)
    printed = shell.run_steps(function.body)
    shell.functions[name] = function
    kept = {each: value for each, value in shell.variables.items() if each not in shell.own}
    shell.variables = kept | {
        each: value for each, value in before.items() if each in shell.own or each.isdigit()
    }
    shell.own, shell.returned = own, False
    return printed


def _way(shell: Machine, body: Script) -> tuple[Machine, str]:
    trial = shell.copy()
    return trial, trial.run_steps(body)


def run_optionally(shell: Machine, pipeline: tuple[Command, ...]) -> None:
    """Follows a pipeline that may or may not run."""
    trial = shell.copy()
    trial.run_pipeline(pipeline)
    take_over(shell, [shell.copy(), trial])


def _gives_up(shell: Machine, trial: Machine) -> bool:
    """Whether a branch only ends the script, for example after an error."""
    return trial.exited and not shell.exited and trial.outcome()[:-1] == shell.outcome()[:-1]


def take_over(shell: Machine, ways: Sequence[Machine]) -> None:
    """Merges the states after alternative branches: only what they agree on is known. Aborting branches are ignored."""
    ways = [way for way in ways if not _gives_up(shell, way)] or ways
    first, *others = ways
    for other in others:
        if other.problem or first.exited != other.exited or first.agent_stopped != other.agent_stopped:
            first.trouble(other.problem or _REASON)
        if first.folder != other.folder:
            first.trouble("a condition decides in which folder it goes on")
    config = merged([way.files.get(shell.watched, "") for way in ways])
    if config is None:
        first.trouble(_REASON)
    shell.files = _common([way.files for way in ways])
    if any(shell.watched in way.files for way in ways):
        shell.files[shell.watched] = config or ""
    shell.variables = _common([way.variables for way in ways])
    missing = {name: False for way in ways for name, there in way.folders.items() if not there}
    shell.folders = dict(set.intersection(*(set(way.folders.items()) for way in ways))) | missing
    shell.folder, shell.stayed = first.folder, next((way.stayed for way in ways if way.stayed), "")
    shell.agent_stopped = first.agent_stopped
    shell.problem, shell.exited, shell.sourced = first.problem, first.exited, any(way.sourced for way in ways)
    shell.unread = next((way.unread for way in ways if way.unread), "")
    shell.exported = frozenset().union(*(way.exported for way in ways))
    shell.deadlock = first.deadlock if len({way.deadlock for way in ways}) == 1 else ""


def _common(each: Sequence[dict[str, str]]) -> dict[str, str]:
    first, *others = each
    names = {name: None for one in each for name in one}
    return {
        name: first[name]
        if name in first and all(one.get(name) == first[name] for one in others)
        else UNKNOWN
        for name in names
    }
