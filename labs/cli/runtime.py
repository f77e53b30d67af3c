"""The environment of a command: the learner's folder, the clock, the terminal.

Neither this module nor its imports import typer: `labs list` runs without it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from labs.errors import UsageError

if TYPE_CHECKING:
    from datetime import datetime


MIN_WIDTH = 20
"""Columns that a text needs beside its indent."""


def home() -> Path:
    """The folder of the learner's data: LABS_HOME, or the user data folder of the platform. Raises UsageError."""
    if set_by_user := os.environ.get("LABS_HOME"):
        try:
            return Path(set_by_user).expanduser()
        except RuntimeError as error:
            raise UsageError(f"LABS_HOME is {set_by_user}, and there is no such user") from error
    from platformdirs import user_data_path

    return user_data_path("labs", appauthor=False)


def now() -> datetime:
    """The current time in UTC. The only clock of the command line."""
    from datetime import UTC, datetime

    return datetime.now(UTC)


def collect_garbage_often() -> None:
    """Lets a long command collect garbage while it runs, which short ones hardly do (`labs.__main__`).

    With 5,000 seats, a workshop's process would grow by a quarter. It costs no measurable CPU time.
    """
    import gc

    gc.freeze()
    gc.set_threshold(10_000)


def pause(seconds: float) -> None:
    """Waits between two checks of an account."""
    import time

    time.sleep(seconds)


def width() -> int:
    """The width of the terminal in columns, or COLUMNS, or 80; at least MIN_WIDTH."""
    import shutil

    return max(MIN_WIDTH, shutil.get_terminal_size((80, 24)).columns)


def folded(text: str, stream: TextIO) -> str:
    """The text in the width of the terminal, which would cut words and commands; as it is for a file or a pipe."""
    if not stream.isatty():
        return text
    import re
    import textwrap

    whole = re.sub(
        r"`[^`\n]+`|(?<=: )labs(?: [\w./=-]+){1,4}", lambda found: found[0].replace(" ", "\0"), text
    )
    return "\n".join(
        textwrap.fill(line, width(), break_long_words=False, break_on_hyphens=False)
        for line in whole.split("\n")
    ).replace("\0", " ")


def height() -> int:
    """The height of the terminal in lines, or LINES, or 24."""
    import shutil

    return shutil.get_terminal_size((80, 24)).lines


def region_and_account() -> dict[str, str]:
    """Region and account for names in a text that is printed before any request to AWS; "(yours)" if unknown."""
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "(yours)"
    return {"region": region, "account": "(yours)"}


def warn(text: str) -> None:
    """Writes a line to standard error, prefixed with the name of the program."""
    sys.stderr.write(folded(f"labs: {text}", sys.stderr) + "\n")
