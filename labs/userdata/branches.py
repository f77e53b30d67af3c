"""Conditions, loops and functions of a boot script; of ways that may be gone, all have to leave the same behind."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from labs.userdata.lexer import UNKNOWN
from labs.userdata.syntax import Branches, Loop, Script, Simple

if TYPE_CHECKING:
    from labs.userdata.filesystem import Machine

_REASON = "it is written in a condition, a loop or a function"
_GLOB = re.compile(r"[*?\[{]")


def run_branches(shell: Machine, branches: Branches) -> str:
    """Tries every branch where nobody here knows what a condition answers; one that only gives up is left out."""
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
    going_on = [way for way in ways if not _gives_up(shell, way[0])] or ways
    _take_over(shell, [way for way, _ in going_on])
    printed = {text for _, text in going_on}
    return printed.pop() if len(printed) == 1 else UNKNOWN


def _answer(shell: Machine, condition: Script) -> bool | None:
    """What a condition answers, where it only looks for a pattern in a text that we know."""
    command = condition[0].pipeline[0]
    words = [word.plain for word in command.words if word.plain != "!"] if isinstance(command, Simple) else []
    if len(condition) == len(condition[0].pipeline) == 1 and words[:1] == ["grep"]:
        return shell.run_pipeline(condition[0].pipeline)[1]
    shell.run_steps(condition)
    return None


def run_loop(shell: Machine, loop: Loop) -> str:
    """Follows a loop over known words, one by one; over others it may run or not."""
    values = [value for word in loop.words for value in shell.fields(word)]
    if any(UNKNOWN in value or _GLOB.search(value) for value in values):
        shell.variables[loop.name] = UNKNOWN
        _take_over(shell, [shell.copy(), _way(shell, loop.body)[0]])
        return UNKNOWN
    printed = ""
    for value in values:
        shell.variables[loop.name] = value
        printed += shell.run_steps(loop.body)
    return printed


def run_function(shell: Machine, arguments: Sequence[str]) -> str:
    """Follows a function and returns what it prints; one that calls itself is not followed further."""
    name, *values = arguments
    function = shell.functions.pop(name)
    if function.redirects:
        shell.trouble("a function with a redirection of its own")
    places = {str(at): "".join(values[at - 1 : at]) for at in range(1, 10)}
    outer = {place: shell.variables[place] for place in places if place in shell.variables}
    shell.variables |= places
    printed = shell.run_steps(function.body)
    shell.functions[name] = function
    for place in places:
        del shell.variables[place]
    shell.variables |= outer
    return printed


def _way(shell: Machine, body: Script) -> tuple[Machine, str]:
    trial = shell.copy()
    return trial, trial.run_steps(body)


def _gives_up(shell: Machine, trial: Machine) -> bool:
    """Whether a branch only ends the script, as one does that meets what should not be."""
    return trial.exited and trial.outcome()[:-1] == shell.outcome()[:-1]


def _take_over(shell: Machine, ways: Sequence[Machine]) -> None:
    """The state after one of these ways: what they have in common is known."""
    first, *others = ways
    for other in others:
        first.trouble_if_changed(other, _REASON)
        if first.folder != other.folder:
            first.trouble("a condition decides in which folder it goes on")
    shell.files = _common([way.files for way in ways])
    shell.variables = _common([way.variables for way in ways])
    shell.folder, shell.agent_stopped = first.folder, first.agent_stopped
    shell.problem, shell.exited, shell.sourced = first.problem, first.exited, first.sourced


def _common(each: Sequence[dict[str, str]]) -> dict[str, str]:
    first, *others = each
    names = [name for one in each for name in one]
    return {
        name: first[name]
        if name in first and all(one.get(name) == first[name] for one in others)
        else UNKNOWN
        for name in names
    }
