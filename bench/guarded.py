"""Runs `labs`, and prints last on standard error: CPU seconds of the read-only guard, and of the whole process."""

from __future__ import annotations

import atexit
import sys
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from labs.__main__ import main
from labs.aws import last_look, read_only_guard

spent: list[float] = []
PARTS = {
    read_only_guard: ("_approve_read", "_count", "_refuse_cut_answer", "_keep_answer", "_keep_error"),
    last_look: ("_refuse_unapproved",),
}


def timed(part: Callable[..., Any]) -> Callable[..., Any]:
    """Wraps a function, and adds up the CPU time that its thread takes for it, without waiting."""

    @wraps(part)
    def run(*given: Any, **named: Any) -> Any:
        started = time.thread_time()
        try:
            return part(*given, **named)
        finally:
            spent.append(time.thread_time() - started)

    return run


if __name__ == "__main__":
    for module, names in PARTS.items():
        for name in names:
            setattr(module, name, timed(getattr(module, name)))
    atexit.register(lambda: print(sum(spent), time.process_time(), file=sys.stderr))
    main()
