"""The registry's HTTP: streamed bodies, ranges, and replies from files."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from labs.sandbox.images.blobs import CHUNK_BYTES

MAX_MANIFEST_BYTES = 4 << 20
"""Maximum size of a manifest (OCI distribution specification)."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A response of the registry; of a `file`, the bytes from `start` to `end` (exclusive) are sent."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    file: Path | None = None
    start: int = 0
    end: int = 0

    @property
    def length(self) -> int:
        """The length of the body in bytes."""
        return self.end - self.start if self.file else len(self.body)

    def chunks(self) -> Iterator[bytes]:
        """The body, piece by piece."""
        if self.file is None:
            yield self.body
            return
        with self.file.open("rb") as file:
            file.seek(self.start)
            left = self.length
            while left and (chunk := file.read(min(CHUNK_BYTES, left))):
                left -= len(chunk)
                yield chunk


class BodyStream:
    """The body of a request, never read beyond its end."""

    def __init__(self, environ: dict[str, Any]) -> None:
        self._file: IO[bytes] = environ["wsgi.input"]
        self._chunked = bool(environ.get("wsgi.input_terminated"))
        self._left = 1 if self._chunked else int(environ.get("CONTENT_LENGTH") or 0)

    @property
    def is_at_end(self) -> bool:
        """Whether the body is read completely."""
        return not self._left

    def chunks(self) -> Iterator[bytes]:
        """The rest of the body, piece by piece."""
        while self._left:
            size = CHUNK_BYTES if self._chunked else min(CHUNK_BYTES, self._left)
            chunk = self._file.read(size)
            if not chunk:
                self._left = 0
                return
            if not self._chunked:
                self._left -= len(chunk)
            yield chunk

    def read_manifest(self) -> bytes:
        """The whole body, but at most one byte more than MAX_MANIFEST_BYTES."""
        content = b""
        for chunk in self.chunks():
            content += chunk
            if len(content) > MAX_MANIFEST_BYTES:
                return content[: MAX_MANIFEST_BYTES + 1]
        return content


def basic_password(authorization: str) -> str | None:
    """The password of a Basic authorization; None for any other."""
    scheme, _, given = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        _user, _, password = base64.b64decode(given, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return password


def range_of(header: str, size: int) -> tuple[int, int] | None:
    """The first byte and the byte after the last of a Range header; None for the whole content."""
    found = re.fullmatch(r"bytes=(\d+)-(\d*)", header)
    if found is None:
        return None
    start = int(found[1])
    return start, min(int(found[2]) + 1, size) if found[2] else size
