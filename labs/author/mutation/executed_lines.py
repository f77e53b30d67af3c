"""Traces which lines of a package's modules run, so that a mutant is tried only where its line runs."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

Line = tuple[str, int]
"""A module of the package and a line number."""


@contextmanager
def executed_lines(folder: Path) -> Iterator[set[Line]]:
    """Collects the lines that run while the block runs, in this thread and in threads started in the block."""
    found: set[Line] = set()
    modules = {str(file): file.stem for file in folder.glob("*.py")}

    def enter(frame: FrameType, event: str, argument: object) -> Any:
        return step(frame, event, argument) if frame.f_code.co_filename in modules else None

    def step(frame: FrameType, event: str, argument: object) -> Any:  # noqa: ARG001 - sys.settrace's signature
        found.add((modules[frame.f_code.co_filename], frame.f_lineno))
        return step

    before, in_threads = sys.gettrace(), threading.gettrace()
    threading.settrace(enter)
    sys.settrace(enter)
    try:
        yield found
    finally:
        sys.settrace(before)
        threading.settrace(in_threads)
