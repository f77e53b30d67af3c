"""The file beside the roster with the learners who joined by themselves: name, role and external id."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from labs.errors import ContentError, Fault, StoreError

COLUMNS = ("name", "role_arn", "external_id", "waiting")


@dataclass(frozen=True, slots=True)
class JoinedSeat:
    """A learner who joined; one who is `waiting` has no seat until the instructor approves."""

    name: str
    role_arn: str
    external_id: str
    waiting: bool = False


def joined_file(roster: Path) -> Path:
    """The file of those who joined, beside the roster."""
    return roster.with_name(f"{roster.name}.joined.csv")


def read_joined(roster: Path) -> list[JoinedSeat]:
    """The learners who joined, in their order. Raises ContentError if the file is malformed."""
    path = joined_file(roster)
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError(Fault(str(path), str(error))) from error
    rows = list(csv.reader(io.StringIO(text, newline="")))
    if not rows or tuple(rows[0]) != COLUMNS or any(len(row) != len(COLUMNS) for row in rows):
        raise ContentError(Fault(str(path), f"its columns are not {','.join(COLUMNS)}"))
    return [
        JoinedSeat(name, role, external_id, bool(waiting)) for name, role, external_id, waiting in rows[1:]
    ]


def write_joined(roster: Path, seats: Iterable[JoinedSeat]) -> None:
    """Writes the file atomically; only its owner may read it. Raises StoreError if that fails."""
    path = joined_file(roster)
    text = io.StringIO(newline="")
    rows = [(each.name, each.role_arn, each.external_id, "yes" if each.waiting else "") for each in seats]
    csv.writer(text).writerows([COLUMNS, *rows])
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as new:
            new.write(text.getvalue())
            new.flush()
            os.fsync(new.fileno())
        beside.replace(path)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}") from error
