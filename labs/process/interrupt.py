"""Ctrl-C: its exit code, and how a process ends whose threads still wait for answers that are no longer wanted."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

INTERRUPTED = 130
"""The exit code that a shell gives a command that Ctrl-C ended."""

CHECK_THREADS = "labs-check"
"""How the names of the threads that run checks start."""


def leave(code: int) -> NoReturn:
    """Ends the process; without waiting for its threads, where some still run checks after Ctrl-C."""
    threading = sys.modules.get("threading")
    if threading and any(thread.name.startswith(CHECK_THREADS) for thread in threading.enumerate()):
        leave_at_once(code)
    sys.exit(code)


def leave_at_once(code: int) -> NoReturn:
    """Ends the process without waiting for any of its threads."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
