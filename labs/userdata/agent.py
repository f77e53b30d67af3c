"""Commands of boot scripts that stop or start the ECS agent or Docker."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labs.userdata.filesystem import Machine

_UNIT = re.compile(r"(ecs|docker|amazon-ecs-agent|ecs-init)(\.service|\.socket)?")
_AGENT = re.compile(r"ecs(\.service)?")
_STOPPING = {"stop", "mask", "disable", "kill"}
_STARTING = {"start", "restart", "reload-or-restart"}


def note_agent(shell: Machine, name: str, rest: list[str]) -> bool:
    """Records the effect of a command that stops, starts or waits for the agent. Returns whether it is one."""
    verb = _verb(name, rest)
    if verb:
        shell.agent_stopped = verb == "stop"
    if verb == "start" and name in ("systemctl", "service") and _waits(shell, rest):
        shell.deadlock = shell.deadlock or " ".join([name, *rest])
    return bool(verb)


def _verb(name: str, rest: list[str]) -> str:
    """`stop` or `start`, if the command stops or starts the agent or Docker."""
    words = [word for word in rest if not word.startswith("-")]
    units = [word for word in words if _UNIT.fullmatch(word)]
    if name in ("stop", "start", "restart") and units:
        return "stop" if name == "stop" else "start"
    if name in ("systemctl", "service", "initctl") and units:
        return _of_unit(words, now="--now" in rest)
    if name == "docker" and "ecs-agent" in words and words[0] in ("stop", "kill", "rm", "pause"):
        return "stop"
    if name in ("yum", "dnf", "rpm") and "ecs-init" in words and {"remove", "erase", "-e"} & set(rest):
        return "stop"
    return ""


def _of_unit(words: list[str], *, now: bool) -> str:
    if _STOPPING & set(words):
        return "stop"
    if (_STARTING | {"try-restart"}) & set(words) or ("enable" in words and now):
        return "start"
    return ""


def _waits(shell: Machine, rest: list[str]) -> bool:
    """Whether the command waits until the agent has started: the agent's unit waits for cloud-init to finish.

    Source: "Installing the Amazon ECS container agent" in the developer guide, which starts it by
    `systemctl enable --now --no-block ecs.service`.
    """
    starts = _STARTING & set(rest) or {"enable", "--now"} <= set(rest)
    agent = any(_AGENT.fullmatch(word) for word in rest)
    return bool(starts) and agent and not {"--no-block"} & set(rest) and not shell.background
