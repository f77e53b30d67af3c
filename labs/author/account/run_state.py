"""The state file of a proof in a real account, so that an interrupted proof can be cleaned up and resumed."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import msgspec

from labs.author.account.plan import Stage
from labs.author.proof_step import ProofStep
from labs.errors import StoreError, UsageError


class RunState(msgspec.Struct, kw_only=True):
    """The state of a proof: its options, finished stages, and what may exist in the account now."""

    schema: int = 1
    account: str
    region: str
    labs: tuple[str, ...]
    packs: tuple[str, ...]
    max_cost: float
    spent: float = 0.0
    done: list[ProofStep] = []
    before: dict[str, list[str]] = {}
    """The inventory of the account before each lab that was started."""
    playing: Stage | None = None
    """The stage whose resources may exist; set before its first script runs, reset when everything is removed."""
    since: datetime | None = None

    def is_done(self, stage: Stage) -> bool:
        """Whether a stage is finished."""
        return stage in (Stage(each.lab, each.kind, each.name) for each in self.done)


class StateFile:
    """The state file of a learner's folder; each change is on disk before the next step."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> RunState | None:
        """The state of an unfinished proof; None if there is none. Raises StoreError if it cannot be read."""
        if not self.path.is_file():
            return None
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=RunState)
        except (OSError, msgspec.DecodeError) as error:
            raise StoreError(f"{self.path}: cannot be read: {error}") from error

    def write(self, state: RunState) -> None:
        """Writes the state atomically."""
        new = self.path.with_suffix(".new")
        try:
            with new.open("wb") as file:
                file.write(msgspec.json.format(msgspec.json.encode(state), indent=1))
                file.flush()
                os.fsync(file.fileno())
            new.replace(self.path)
        except OSError as error:
            raise StoreError(f"{self.path}: cannot be written: {error.strerror}") from error

    def remove(self) -> None:
        """Removes the file of a finished proof."""
        self.path.unlink(missing_ok=True)


@contextmanager
def state_file(home: Path) -> Iterator[StateFile]:
    """The state file, locked for this process. Raises UsageError if another process holds the lock."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "account-test.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError("another `labs test --account` is running") from None
        yield StateFile(home / "account-test.json")
