"""What a command takes from this machine and this moment: the learner's folder and history, the clock, the terminal.

Nothing here or below imports the command line's library: `labs list` does without it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from labs.store import EventFactory, Store


def home() -> Path:
    """The folder of the learner's data: LABS_HOME, or the platform's usual place."""
    if set_by_user := os.environ.get("LABS_HOME"):
        return Path(set_by_user).expanduser()
    from platformdirs import user_data_path

    return user_data_path("labs", appauthor=False)


def open_history() -> tuple[Store, EventFactory]:
    """The learner's events, and what makes new ones on this machine at this moment."""
    from labs.store import EventFactory, open_store

    store = open_store(home())
    return store, EventFactory(store.device, now, _random_bits)


def _random_bits(number: int) -> int:
    import secrets

    return secrets.randbits(number)


def started_with(lab: str) -> dict[str, str]:
    """The names that `labs start` was given for the attempt under way."""
    from labs.store import queries

    store, _ = open_history()
    with store:
        attempt = queries.current_attempt(store, lab)
    return dict(attempt.data.get("parameters", {})) if attempt else {}


def now() -> datetime:
    """The present moment: the one place from which the command line has it."""
    from datetime import UTC, datetime

    return datetime.now(UTC)


def width() -> int:
    """The columns of the terminal, or of COLUMNS; 80 where there is neither."""
    import shutil

    return shutil.get_terminal_size((80, 24)).columns


def place() -> dict[str, str]:
    """What a text can say of account and region before anybody looked."""
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "(yours)"
    return {"region": region, "account": "(yours)"}


def warn(text: str) -> None:
    """Writes a line to standard error, under the name of the command."""
    sys.stderr.write(f"labs: {text}\n")
