"""Processes user data as cloud-init does: its parts, their types, and the order in which they take effect."""

from __future__ import annotations

import base64
import binascii
import re
import shlex
import zlib
from collections.abc import Iterator
from typing import Any

from labs.errors import TooMuchWork
from labs.userdata.budget import MAX_BYTES, unzipped
from labs.userdata.shell import Shell

MAX_FLOW_DEPTH = 50
_SHELLS = re.compile(
    r"#!\s*(/usr)?(/local)?/?bin/((env[ \t]+-S[ \t]+)?(ba|da|z|k)?sh(\s|$)|env[ \t]+(ba|da|z|k)?sh[ \t]*(\n|$))"
)
"""Matches the first line of a shell script. Without -S, env takes `bash -e` as the name of a command."""


def is_script(part: str) -> bool:
    """Whether a part is a script for a shell."""
    return bool(_SHELLS.match(part))


def parts(user_data: str | bytes) -> list[str]:
    """The parts that cloud-init handles. Raises ValueError, EOFError, OSError, zlib.error or RecursionError."""
    found = list(_parts(_decoded(user_data)))
    if sum(map(len, found)) > MAX_BYTES:
        raise TooMuchWork("it is too large")
    return found


def run(parts: list[str], watched: str) -> tuple[Shell, str | None]:
    """The machine after the first boot, and the first part that cannot be interpreted. Raises TooMuchWork."""
    shell = Shell(watched)
    problems = [problem for stage in _STAGES for part in parts if (problem := stage(shell, part))]
    return shell, next(iter(problems), None)


def _decoded(user_data: str | bytes) -> bytes:
    if isinstance(user_data, str):
        try:
            raw = base64.b64decode("".join(user_data.split()), validate=True)
        except (binascii.Error, ValueError):
            raw = user_data.encode()
    else:
        raw = user_data
    raw = unzipped(raw) if raw.startswith(b"\x1f\x8b") else raw
    if len(raw) > MAX_BYTES:
        raise TooMuchWork("it is too large")
    return raw


def _parts(raw: bytes) -> Iterator[str]:
    """The parts that cloud-init handles; the first line of each shows its type."""
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
    """A part of a multipart archive; a script or a plain text already shows its type."""
    text = _text(unzipped(body) if body.startswith(b"\x1f\x8b") else body)
    if kind == "text/cloud-config" and not _is_config(text):
        text = "#cloud-config\n" + text
    if kind == "text/cloud-boothook" and not text.startswith("#cloud-boothook"):
        text = "#cloud-boothook\n" + text
    yield text


def _text(raw: bytes) -> str:
    """The text of a part. If its first line ends with CR LF, all line ends are converted, as cloud-init does."""
    text = raw.decode("utf-8", errors="replace")
    return text.replace("\r\n", "\n") if text.partition("\n")[0].endswith("\r") else text


def _boothook(shell: Shell, part: str) -> str | None:
    if part.startswith("#cloud-boothook"):
        shell.run_apart(part)
    return None


def _is_config(part: str) -> bool:
    """Whether a part is a cloud-config; blanks before it count only for a script, which the kernel then refuses."""
    return part.lstrip().startswith("#cloud-config")


def _config_first(shell: Shell, part: str) -> str | None:
    """The parts of a cloud-config that come before the scripts."""
    if not _is_config(part):
        return None
    config = _yaml(part)
    if config is None:
        return "a cloud-config that is not YAML, or has aliases" if _matters(part) else None
    files = config.get("write_files") or []
    if not isinstance(files, list):
        return "write_files is not a list"
    return _run_all(shell, config, "bootcmd") or next(
        filter(None, (_write_file(shell, each) for each in files)), None
    )


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
    config = _yaml(part) if _is_config(part) else None
    return _run_all(shell, config or {}, "runcmd")


_STAGES = (_boothook, _config_first, _script, _config_last)
"""The order in which cloud-init processes the parts."""


def _matters(part: str) -> bool:
    return "ecs" in part or "docker" in part


def _is_base64(part: str) -> bool:
    """Whether the text is a script that was encoded twice, which only newer images decode."""
    try:
        return base64.b64decode("".join(part.split()), validate=True).startswith(b"#")
    except (binascii.Error, ValueError):
        return False


def _flow_depth(text: str) -> int:
    """The nesting depth of the brackets in a text; PyYAML's time grows with its square."""
    deepest = depth = 0
    for sign in re.findall(r"[][{}]", text):
        depth = max(0, depth + (1 if sign in "[{" else -1))
        deepest = max(deepest, depth)
    return deepest


def _yaml(part: str) -> dict[str, Any] | None:
    """A cloud-config as a dictionary; None if the text is not one, or has an alias, which can expand to a lot."""
    import yaml

    if _flow_depth(part) > MAX_FLOW_DEPTH:
        return None
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(part, yaml.SafeLoader)):
            return None
        read = yaml.safe_load(part)
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):
        return None
    return read if isinstance(read, dict) else None


def _run_all(shell: Shell, config: dict[str, Any], key: str) -> str | None:
    """Runs the items of bootcmd or runcmd: a string is a shell command, a list is a command with its arguments."""
    commands = config.get(key) or []
    if not isinstance(commands, list) or not all(isinstance(item, (str, list)) for item in commands):
        return f"{key} is not a list of commands"
    lines = [item if isinstance(item, str) else shlex.join(map(str, item)) for item in commands]
    shell.run_apart("\n".join(lines))
    return None


def _write_file(shell: Shell, file: Any) -> str | None:
    """Writes an item of write_files. Returns the reason if it cannot be interpreted."""
    if not isinstance(file, dict):
        return "an item of write_files is not a file"
    content = file.get("content", "")
    encoding = str(file.get("encoding", "text/plain")).lower()
    raw = content if isinstance(content, bytes) else str(content).encode(errors="replace")
    path = str(file.get("path", ""))
    try:
        raw = base64.b64decode(raw) if "b64" in encoding or "base64" in encoding else raw
        raw = unzipped(raw) if "gz" in encoding else raw
    except (ValueError, EOFError, OSError, zlib.error):
        return f"the content of {path} cannot be decoded" if shell.mentions(path) else None
    shell.write(path, raw.decode(errors="replace"), append=bool(file.get("append")))
    return None
