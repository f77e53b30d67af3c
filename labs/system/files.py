"""Reads untrusted files, only regular ones and up to a maximum size; creates files atomically."""

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


def read_bytes(path: Path, max_bytes: int = MAX_BYTES) -> bytes:
    """The content of a regular file. Raises OSError, with EFBIG if it is too large."""
    with regular(path).open("rb") as file:
        content = file.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
    return content


def read_text(path: Path, encoding: str = "utf-8") -> str:
    """The text of a file. Raises OSError, also if it is too large, and UnicodeDecodeError."""
    return read_bytes(path).decode(encoding)


def create_file(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Creates a file atomically, by default one that only its owner may read. An existing file stays unchanged.

    A temporary file is written and then linked: unlike a rename, a link never replaces an existing file. On a file
    system without links it is renamed. Raises OSError.
    """
    import tempfile  # brings shutil, bz2, lzma and random: a twentieth of `labs list`

    handle, name = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
    new = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        new.chmod(mode)
        try:
            os.link(new, path)
        except OSError:
            if not path.exists():
                new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def refuse_long_keys(toml: str) -> str:
    """The text of a TOML file. Raises ValueError for a key with very many parts, whose parsing takes quadratic time."""
    if toml.count(".") > MAX_DOTS and any(line.count(".") > MAX_DOTS for line in toml.splitlines()):
        raise ValueError(f"a line has more than {MAX_DOTS} dots")
    return toml
