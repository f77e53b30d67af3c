"""The file that remembers a proof in a real account, so that one that was killed can be cleaned up and continued."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import msgspec

from labs.author.account.plan import Stage
from labs.errors import StoreError, UsageError


class Played(msgspec.Struct, frozen=True):
    """A stage, or the clean-up after it, that is over; `wrong` is empty if it held."""

    lab: str
    kind: str
    name: str
    wrong: str
    seconds: float


class RunState(msgspec.Struct, kw_only=True):
    """A proof in a real account: what was asked for, what is done, and what may be standing in the account now."""

    schema: int = 1
    account: str
    region: str
    labs: tuple[str, ...]
    packs: tuple[str, ...]
    max_cost: float
    spent: float = 0.0
    done: list[Played] = []
    before: dict[str, list[str]] = {}
    """The inventory of the account before each lab that was started."""
    playing: Stage | None = None
    """The stage whose resources may be in the account; set before its first script runs, reset when all is gone."""
    since: datetime | None = None

    def is_done(self, stage: Stage) -> bool:
        """Whether a stage was played to its end."""
        return any(
            (each.lab, each.kind, each.name) == (stage.lab, stage.kind, stage.name) for each in self.done
        )


class StateFile:
    """The state of the one proof that a learner's folder has; each change is on disk before the next step."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> RunState | None:
        """The state of the proof that did not finish, if there is one. Raises StoreError if it cannot be read."""
        if not self.path.is_file():
            return None
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=RunState)
        except (OSError, msgspec.DecodeError) as error:
            raise StoreError(f"{self.path}: cannot be read: {error}") from error

    def write(self, state: RunState) -> None:
        """Stores the state, whole or not at all."""
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
        """Forgets a proof that finished."""
        self.path.unlink(missing_ok=True)


@contextmanager
def state_file(home: Path) -> Iterator[StateFile]:
    """The file in the learner's folder, for one process at a time. Raises UsageError if another has it."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "account-test.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError("another `labs test --account` is running") from None
        yield StateFile(home / "account-test.json")
