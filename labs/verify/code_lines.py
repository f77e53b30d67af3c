"""The location of an error in the code of a check, for its author."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

MAX_LINES = 4


def code_lines(error: BaseException, check: Callable[..., Any]) -> str:
    """The frames in the folder of the check, innermost last: `topic.py:36 in policy > _shared.py:12 in parse`.

    Empty if the check runs in another process.
    """
    code = getattr(check, "__code__", None)
    if code is None:
        return ""
    folder = Path(code.co_filename).parent
    lines = [
        f"{file.name}:{frame.lineno} in {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
        if (file := Path(frame.filename)).parent == folder
    ]
    return " > ".join(lines[-MAX_LINES:])
