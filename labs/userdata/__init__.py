"""Determines what an instance's user data leaves in /etc/ecs/ecs.config at the first boot.

    boot = read(answer["UserData"]["Value"])
    boot.script, boot.cluster, boot["ECS_ENABLE_TASK_IAM_ROLE"]

Nothing is executed: `shell` interprets the usual ways to write a file, within a budget of steps and text. What it
cannot interpret raises Unclear on access. Each setting is known by itself: a condition about one affects no other.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from labs.errors import TooMuchWork, Unclear
from labs.userdata.config import UNKNOWN, settings, unreadable

__all__ = ["BOTTLEROCKET", "CONFIG", "LINUX", "WINDOWS", "Boot", "Unclear", "read", "settings"]

CONFIG = "/etc/ecs/ecs.config"
"""The file from which the ECS agent reads its settings."""
_REORDERED = re.compile(r"^\s*(sudo\s+)?sed\b.*\bcloud-final\b", re.MULTILINE)
"""A change of the agent's unit, after which it does not wait for cloud-init (aws/amazon-ecs-agent#1707)."""
LINUX, BOTTLEROCKET, WINDOWS = "Linux", "Bottlerocket", "Windows"


@dataclass(frozen=True, slots=True)
class Boot:
    """The effect of an instance's user data at its first start.

    `script`: it contains a shell script that cloud-init runs. `config`: the settings of the agent, None if `unclear`
    gives the reason why they are unknown. `agent_stopped`: it stops the agent or Docker. `deadlock`: its command
    that waits for the agent to start, while the agent waits for the user data to finish. `system`: the operating
    system whose user data has this form. `unread`: a program from elsewhere that it runs, and that may write the
    settings if it writes none itself.
    """

    script: bool = False
    config: Mapping[str, str] | None = field(default_factory=dict)
    unclear: str | None = None
    agent_stopped: bool = False
    deadlock: str = ""
    system: str = LINUX
    unread: str = ""

    def __getitem__(self, key: str) -> str:
        """The value of a setting; an empty text if it is not set. Raises Unclear."""
        if self.config is None:
            raise Unclear(f"cannot determine {CONFIG} from the user data: {self.unclear}")
        if self.unread and not self.config:
            raise Unclear(f"cannot determine {key} from the user data: {self.unread} may set it")
        value = self.config.get(key, "")
        if UNKNOWN in value:
            raise Unclear(f"only the instance knows the value of {key}")
        return value

    @property
    def cluster(self) -> str:
        """The cluster that the agent joins. Raises Unclear."""
        return self["ECS_CLUSTER"] or "default"


def read(user_data: str | bytes) -> Boot:
    """The effect of user data: the base64 text of an API's answer, plain text, or bytes. Never raises."""
    if not user_data:
        return Boot()
    from labs.userdata import cloud_init, other_systems

    try:
        parts = cloud_init.parts(user_data)
    except (ValueError, EOFError, OSError, zlib.error, RecursionError) as error:
        return Boot(config=None, unclear=f"the user data cannot be decoded: {error}")
    other = other_systems.read(parts)
    if other:
        return Boot(config=other.settings, unclear=other.unclear, system=other.system)
    script = any(map(cloud_init.is_script, parts))
    try:
        shell, problem = cloud_init.run(parts, CONFIG)
    except TooMuchWork as error:
        return Boot(script, None, str(error))
    text = shell.files.get(CONFIG, "")
    problem = shell.problem or problem or unreadable(text)
    config = None if problem else settings(text)
    deadlock = "" if any(map(_REORDERED.search, parts)) else shell.deadlock
    return Boot(script, config, problem, shell.agent_stopped, deadlock, unread=shell.unread)
