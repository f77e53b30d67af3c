"""The environment of a command: the learner's folder, the clock, the terminal.

Nothing here or below imports the command line's library: `labs list` does without it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


def home() -> Path:
    """The folder of the learner's data: LABS_HOME, or the platform's usual place."""
    if set_by_user := os.environ.get("LABS_HOME"):
        return Path(set_by_user).expanduser()
    from platformdirs import user_data_path

    return user_data_path("labs", appauthor=False)


def now() -> datetime:
    """The present moment: the one place from which the command line has it."""
    from datetime import UTC, datetime

    return datetime.now(UTC)


def pause(seconds: float) -> None:
    """Waits before AWS is asked again."""
    import time

    time.sleep(seconds)


def width() -> int:
    """The columns of the terminal, or of COLUMNS; 80 where there is neither."""
    import shutil

    return shutil.get_terminal_size((80, 24)).columns


def height() -> int:
    """The lines of the terminal, or of LINES; 24 where there is neither."""
    import shutil

    return shutil.get_terminal_size((80, 24)).lines


def place() -> dict[str, str]:
    """Account and region for a text that is printed before any request to AWS."""
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "(yours)"
    return {"region": region, "account": "(yours)"}


def warn(text: str) -> None:
    """Writes a line to standard error, under the name of the command."""
    sys.stderr.write(f"labs: {text}\n")
