"""Reads files that strangers made: regular ones only, and no more than a file of their kind may hold."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

MAX_BYTES = 8 << 20
MAX_DOTS = 1000


def regular(path: Path) -> Path:
    """The path, unless reading it could take for ever. Raises OSError if nothing, a pipe or a device is there."""
    mode = path.stat().st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise OSError(errno.EINVAL, "Not a regular file", str(path))
    return path


def read_text(path: Path, encoding: str = "utf-8") -> str:
    """The text of a file. Raises OSError, also if it is too large, and UnicodeDecodeError."""
    with regular(path).open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
    return content.decode(encoding)


def refuse_long_keys(toml: str) -> str:
    """The text of a TOML file. Raises ValueError for a key of very many parts: parsing one takes their square."""
    if toml.count(".") > MAX_DOTS and any(line.count(".") > MAX_DOTS for line in toml.splitlines()):
        raise ValueError(f"a line has more than {MAX_DOTS} dots")
    return toml
