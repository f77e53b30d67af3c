"""Whether user data installs and starts the ECS agent on an AMI without it.

Source: "Installing the Amazon ECS container agent" of the developer guide: the package ecs-init and its service, or the
agent's image run by Docker.
"""

from __future__ import annotations

import base64
import binascii
import re

_INSTALL = re.compile(
    r"(yum|dnf|apt|apt-get)\b.*\binstall\b.*\b(amazon-)?ecs-init\b"
    r"|amazon-linux-extras\b.*\b(install|enable)\b.*\becs\b"
    r"|(rpm|dpkg)\b.*\bamazon-ecs-init"
)
_START = re.compile(
    r"systemctl\b.*\b(start|restart)\b.*\becs\b|systemctl\b.*\benable\b.*--now\b.*\becs\b"
    r"|systemctl\b.*--now\b.*\benable\b.*\becs\b|service\s+ecs\s+(re)?start|(^|\s)start\s+ecs\b"
)
_DOCKER = re.compile(r"docker\s+run\b.*amazon-ecs-agent")


def installs_agent(user_data: str) -> bool:
    """Whether the script (base64 or plain) installs an agent and starts it."""
    lines = [line for line in _commands(_plain(user_data)) if not line.startswith("#")]
    if any(_DOCKER.search(line) for line in lines):
        return True
    return any(_INSTALL.search(line) for line in lines) and any(_START.search(line) for line in lines)


def _plain(user_data: str) -> str:
    try:
        return base64.b64decode(user_data, validate=True).decode("utf-8", errors="replace")
    except (binascii.Error, ValueError):
        return user_data


def _commands(text: str) -> list[str]:
    """The lines of the script, with continued lines joined."""
    return [line.strip() for line in text.replace("\\\n", " ").splitlines()]
