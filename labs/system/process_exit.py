"""Ends the process: without freeing its objects, and after Ctrl-C without waiting for its threads."""

from __future__ import annotations

import atexit
import os
import sys
from contextlib import suppress
from typing import NoReturn

INTERRUPTED = 130
"""The exit code of a command that Ctrl-C ended: 128 plus the number of SIGINT."""

CLOSED_PIPE = 141
"""The exit code of a command whose output nobody reads: 128 plus the number of SIGPIPE. 1 would be a verdict."""

CHECK_THREADS = "labs-check"
"""The prefix of the names of threads that run checks."""


def leave(code: int) -> NoReturn:
    """Ends the process. Threads that still run checks after Ctrl-C are not waited for; all others are.

    A process with one thread ends without freeing its objects, as mypy does (`mypy.util.hard_exit`): to free them
    takes a check 8 ms of CPU, and the system takes them back anyway.
    """
    threading = sys.modules.get("threading")
    others = set(threading.enumerate()) - {threading.main_thread()} if threading else ()
    if others and not any(thread.name.startswith(CHECK_THREADS) for thread in others):
        sys.exit(code)
    if not others:
        atexit._run_exitfuncs()
    leave_at_once(code)


def leave_at_once(code: int) -> NoReturn:
    """Ends the process without waiting for any of its threads."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):  # a full disk, which the command itself has reported
            stream.flush()
    os._exit(code)
