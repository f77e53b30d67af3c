"""Single keys from a terminal, as soon as they are pressed: by termios, or by msvcrt on Windows."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_SEQUENCES = {
    "\x1b[A": "up",
    "\x1bOA": "up",
    "\x1b[B": "down",
    "\x1bOB": "down",
    "\x1b[5~": "page up",
    "\x1b[6~": "page down",
}
_WINDOWS = {"H": "up", "P": "down", "I": "page up", "Q": "page down"}
SEQUENCE_SECONDS = 0.05
"""The time within which the rest of an arrow key's sequence arrives."""


@contextmanager
def single_keys() -> Iterator[None]:
    """While the block runs, keys are read without echo and without Enter; Ctrl-C still interrupts."""
    if sys.platform == "win32":
        yield
        return
    import termios
    import tty

    before = termios.tcgetattr(sys.stdin)
    tty.setcbreak(sys.stdin)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


def key(seconds: float) -> str | None:
    """The next key: a character, "up", "down", "page up" or "page down"; None if none comes in time, "" at the end."""
    if sys.platform == "win32":
        return _windows_key(seconds)
    if not _pressed(seconds):
        return None
    pressed = _sign()
    if pressed != "\x1b":
        return pressed
    while pressed not in _SEQUENCES and len(pressed) < 6 and _pressed(SEQUENCE_SECONDS):
        pressed += _sign()
    return _SEQUENCES.get(pressed, pressed)


def _pressed(seconds: float) -> bool:
    return bool(select.select([sys.stdin], [], [], seconds)[0])


def _sign() -> str:
    """One character, whose bytes arrive together; invalid UTF-8 gives a character without a key binding."""
    first = os.read(sys.stdin.fileno(), 1)
    if not first or first == b"\x04":
        return ""
    more = next((count for mask, count in ((0xF0, 3), (0xE0, 2), (0xC0, 1)) if first[0] >= mask), 0)
    return (first + os.read(sys.stdin.fileno(), more) if more else first).decode("utf-8", "replace")


def _windows_key(seconds: float) -> str | None:
    import msvcrt
    import time

    end = time.monotonic() + seconds
    while not msvcrt.kbhit():  # type: ignore[attr-defined] # there on Windows
        if time.monotonic() > end:
            return None
        time.sleep(SEQUENCE_SECONDS)
    pressed: str = msvcrt.getwch()  # type: ignore[attr-defined] # there on Windows
    if pressed in ("\x00", "\xe0"):
        return _WINDOWS.get(msvcrt.getwch(), pressed)  # type: ignore[attr-defined] # there on Windows
    if pressed == "\x03":
        raise KeyboardInterrupt
    return "" if pressed == "\x1a" else pressed
