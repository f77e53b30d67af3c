"""Limits for interpreting user data."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from labs.errors import TooMuchWork

MAX_BYTES = 256 * 1024
"""Maximum size of user data after decompression, in bytes; EC2 accepts 16 KiB of raw data."""
MAX_STEPS = 20_000
MAX_TEXT = 2_000_000
"""Characters that all steps together may expand, print and write."""
MAX_LEVELS = 40
"""Nested groups, functions, substitutions and scripts within scripts."""


@dataclass(slots=True)
class Budget:
    """The remaining steps, characters and levels. Each method raises TooMuchWork if they are used up."""

    steps: int = MAX_STEPS
    text: int = MAX_TEXT
    levels: int = MAX_LEVELS

    def spend(self, steps: int = 1) -> None:
        """Counts steps."""
        self.steps -= steps
        if self.steps < 0:
            raise TooMuchWork("it takes too many steps to follow")

    def spend_text(self, text: str) -> str:
        """Counts the characters of a text, and returns it."""
        self.text -= len(text)
        if self.text < 0:
            raise TooMuchWork("it makes too much text to follow")
        return text

    @contextmanager
    def level(self) -> Iterator[None]:
        """Counts one more nesting level while the block runs."""
        self.levels -= 1
        if self.levels < 0:
            raise TooMuchWork("it is nested too deeply to follow")
        try:
            yield
        finally:
            self.levels += 1


def unzipped(raw: bytes) -> bytes:
    """The content of gzip data. Raises TooMuchWork if it is larger than MAX_BYTES, and zlib.error or EOFError."""
    if not raw.startswith(b"\x1f\x8b"):
        raise gzip.BadGzipFile("not compressed by gzip")
    reader = zlib.decompressobj(wbits=31)
    content = reader.decompress(raw, MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise TooMuchWork("it is too large")
    if not reader.eof:
        raise EOFError("the compressed data is cut off")
    return content
