"""Reads an instance's user data as cloud-init does, and says what it leaves in /etc/ecs/ecs.config.

    boot = read(answer["UserData"]["Value"])
    boot.script, boot.cluster, boot["ECS_ENABLE_TASK_IAM_ROLE"]

Nothing is run: `shell` follows the usual ways to write a file. What it cannot follow raises Unclear when it is
asked for, so that nobody is blamed for a script that is cleverer than we are.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import re
import shlex
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from labs.errors import Unclear
from labs.userdata.lexer import UNKNOWN
from labs.userdata.shell import Shell

__all__ = ["CONFIG", "Boot", "Unclear", "read"]

CONFIG = "/etc/ecs/ecs.config"
"""The file from which the ECS agent takes its settings."""

_SHELLS = re.compile(r"#!\s*(/usr)?(/local)?/?bin/(env\s+)?(ba|da|z|k)?sh(\s|$)")


@dataclass(frozen=True, slots=True)
class Boot:
    """What an instance's user data does at its first start.

    `script`: it holds a shell script that cloud-init runs. `config`: the settings that end up in ecs.config,
    None if `unclear` says why they cannot be told. `agent_stopped`: it stops the agent, or docker under it.
    """

    script: bool = False
    config: Mapping[str, str] | None = field(default_factory=dict)
    unclear: str | None = None
    agent_stopped: bool = False

    def __getitem__(self, key: str) -> str:
        """The value of a setting; an empty text where it is not set. Raises Unclear."""
        if self.config is None:
            raise Unclear(f"{CONFIG} cannot be told from the user data: {self.unclear}")
        value = self.config.get(key, "")
        if UNKNOWN in value:
            raise Unclear(f"the value of {key} is only known to the instance")
        return value

    @property
    def cluster(self) -> str:
        """The cluster that the agent joins. Raises Unclear."""
        return self["ECS_CLUSTER"] or "default"


def read(user_data: str | bytes) -> Boot:
    """What user data does: the base64 text of an API's answer, the text itself, or its bytes."""
    try:
        parts = list(_parts(_decoded(user_data)))
    except (ValueError, EOFError, OSError, zlib.error) as error:
        return Boot(config=None, unclear=f"the user data cannot be decoded: {error}")
    shell = Shell(CONFIG)
    problems = [problem for stage in _STAGES for part in parts if (problem := stage(shell, part))]
    script = any(_SHELLS.match(part) for part in parts)
    text = shell.files.get(CONFIG, "")
    problem = shell.problem or next(iter(problems), None) or _blurred(text)
    return Boot(script, None if problem else settings(text), problem, shell.agent_stopped)


def settings(text: str) -> dict[str, str]:
    """The settings in an ecs.config, as ecs-init reads them: `KEY=value`, quotes and `export` are part of it.

    Source: getEnvVars in ecs-init/docker/docker.go of github.com/aws/amazon-ecs-agent.
    """
    pairs = (line.strip().partition("=") for line in text.strip().split("\n"))
    return {key: value for key, equals, value in pairs if equals and not key.startswith("#")}


def _blurred(text: str) -> str | None:
    """Why a text with unknown stretches has no clear settings: in a value they would be clear enough."""
    for line in text.split("\n"):
        if UNKNOWN in line.partition("=")[0] and not line.lstrip().startswith("#"):
            return "what is written comes from a command or a file that we cannot see"
    return None


def _decoded(user_data: str | bytes) -> bytes:
    if isinstance(user_data, str):
        try:
            raw = base64.b64decode("".join(user_data.split()), validate=True)
        except (binascii.Error, ValueError):
            raw = user_data.encode()
    else:
        raw = user_data
    if raw.startswith(b"\x1f\x8b"):
        raw = gzip.decompress(raw)
    return raw


def _parts(raw: bytes) -> Iterator[str]:
    """The texts that cloud-init handles, one by one, each with the sign of its kind in its first line."""
    from email import message_from_bytes  # takes as long to import as all the rest together

    head = raw.lstrip()[:2000].lower()
    if head.startswith((b"content-type:", b"mime-version:", b"from ")):
        for part in message_from_bytes(raw.lstrip()).walk():
            if not part.is_multipart():
                body = part.get_payload(decode=True)
                yield from _of_kind(part.get_content_type(), body if isinstance(body, bytes) else b"")
    elif raw:
        yield _text(raw)


def _of_kind(kind: str, body: bytes) -> Iterator[str]:
    """A part of a multipart; a script or a plain text shows its kind itself."""
    text = _text(gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body)
    if kind == "text/cloud-config" and not text.startswith("#cloud-config"):
        text = "#cloud-config\n" + text
    if kind == "text/cloud-boothook" and not text.startswith("#cloud-boothook"):
        text = "#cloud-boothook\n" + text
    yield text


def _text(raw: bytes) -> str:
    """The text of a part; line ends of Windows become ours, as cloud-init does where the first line has one."""
    text = raw.decode("utf-8", errors="replace")
    return text.replace("\r\n", "\n") if text.partition("\n")[0].endswith("\r") else text


def _boothook(shell: Shell, part: str) -> str | None:
    if part.startswith("#cloud-boothook"):
        shell.run_apart(part)
    return None


def _config_first(shell: Shell, part: str) -> str | None:
    """The parts of a cloud-config that come before the scripts."""
    if not part.startswith("#cloud-config"):
        return None
    config = _yaml(part)
    if config is None:
        return "a cloud-config that cannot be read without PyYAML" if _matters(part) else None
    _run_all(shell, config.get("bootcmd"))
    for file in config.get("write_files") or []:
        _write_file(shell, file)
    return None


def _script(shell: Shell, part: str) -> str | None:
    if _SHELLS.match(part):
        shell.run_apart(part)
        return None
    known = ("#cloud-config", "#cloud-boothook", "Content-Type:", "MIME-Version:")
    if part.startswith("#include") or (
        part.startswith(("#!", "#")) and not part.startswith(known) and _matters(part)
    ):
        return "the user data is neither a shell script nor a cloud-config"
    if _is_base64(part):
        return "the user data is encoded twice"
    return None


def _config_last(shell: Shell, part: str) -> str | None:
    """The commands of a cloud-config that run after the scripts."""
    config = _yaml(part) if part.startswith("#cloud-config") else None
    _run_all(shell, (config or {}).get("runcmd"))
    return None


_STAGES = (_boothook, _config_first, _script, _config_last)
"""The order in which cloud-init goes through user data."""


def _matters(part: str) -> bool:
    return "ecs" in part or "docker" in part


def _is_base64(part: str) -> bool:
    """Whether the text is a script that was encoded once more, which only newer images undo."""
    try:
        return base64.b64decode("".join(part.split()), validate=True).startswith(b"#")
    except (binascii.Error, ValueError):
        return False


def _yaml(part: str) -> dict[str, Any] | None:
    """A cloud-config as a dictionary; None where no reader of YAML is installed, or the text is none."""
    try:
        yaml = import_module("yaml")
    except ModuleNotFoundError:
        return None
    try:
        read = yaml.safe_load(part)
    except yaml.YAMLError:
        return None
    return read if isinstance(read, dict) else None


def _run_all(shell: Shell, commands: Any) -> None:
    """Runs the items of bootcmd or runcmd: a text is for the shell, a list is a command with its arguments."""
    lines = [item if isinstance(item, str) else shlex.join(map(str, item)) for item in commands or []]
    shell.run_apart("\n".join(lines))


def _write_file(shell: Shell, file: dict[str, Any]) -> None:
    content = file.get("content", "")
    encoding = str(file.get("encoding", "text/plain")).lower()
    raw = content if isinstance(content, bytes) else str(content).encode()
    if "b64" in encoding or "base64" in encoding:
        raw = base64.b64decode(raw)
    if "gz" in encoding:
        raw = gzip.decompress(raw)
    shell.write(str(file.get("path", "")), raw.decode(errors="replace"), append=bool(file.get("append")))
