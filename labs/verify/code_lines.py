"""The lines of a check's code that an error came through, for the author of the check."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

MAX_LINES = 4


def code_lines(error: BaseException, check: Callable[..., Any]) -> str:
    """The lines in the folder of a check, the innermost last: `topic.py:36 in policy > _shared.py:12 in parse`.

    Empty if the code of the check is in another process.
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
