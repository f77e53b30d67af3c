"""Events in one SQLite file in WAL mode, synced: a completed append survives a kill."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from msgspec.structs import replace

from labs.errors import StoreError
from labs.store import sql
from labs.store.event import Event
from labs.store.migrations import migrations, statements

BUSY_TIMEOUT_SECONDS = 10.0
"""How long to wait for another process that is writing."""

CORRUPT_CODES = (0, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)
"""SQLite's error codes for a file that is not an intact database of ours."""
UNWRITABLE_CODES = (
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_PERM,
)
"""SQLite's error codes for a full disk, or a file or folder without write permission."""
ELSEWHERE = ". Free disk space, or set LABS_HOME to another folder"
ADVICE = "; move this file away, and a new one is started"


def _new_device() -> str:
    return os.urandom(4).hex()


class Store:
    """An append-only set of events in a file, which the first append creates. Every method raises StoreError."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._device: str | None = None
        self._unwritable: sqlite3.Error | None = None

    @property
    def device(self) -> str:
        """The name of this device in its events, random letters; stored in the file by the first append."""
        if self._device is None:
            with self._faults():
                connection = self._open()
                kept = connection and connection.execute(sql.GET_SETTING, ["device"]).fetchone()
            self._device = str(kept[0]) if kept else _new_device()
        return self._device

    def append(self, *events: Event) -> int:
        """Adds all events or none, and syncs them to disk. Returns the number of new events.

        Events that are stored already are skipped. A known id with different content is refused.
        """
        proposed = self.device
        with self._faults(), _transaction(self._open_or_create()) as connection:
            connection.execute(sql.ADD_SETTING, ["device", proposed])
            self._device = kept = str(connection.execute(sql.GET_SETTING, ["device"]).fetchone()[0])
            if kept != proposed:  # another process has stored a name at the same time
                events = tuple(
                    replace(each, device=kept) if each.device == proposed else each for each in events
                )
            return sum(_add(connection, event) for event in events)

    def events(
        self,
        *,
        kinds: Collection[str] = (),
        card: str | None = None,
        lab: str | None = None,
        attempt: str | None = None,
        since: datetime | None = None,
        newest: int | None = None,
    ) -> list[Event]:
        """The events that match all conditions, oldest first; only the latest `newest` of them, if given."""
        text, values = sql.select(
            kinds=kinds, card=card, lab=lab, attempt=attempt, since=since, newest=newest
        )
        with self._faults():
            connection = self._open()
            rows = connection.execute(text, values).fetchall() if connection else []
        try:
            return [sql.event(columns) for columns in reversed(rows)]
        except (ValueError, TypeError, RecursionError) as error:
            raise StoreError(f"{self._path}: an event is damaged: {error}{ADVICE}") from error

    def close(self) -> None:
        """Closes the file; the next call opens it again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open(self) -> sqlite3.Connection | None:
        """The connection to the migrated file; None if there is no file yet."""
        if self._connection is None and self._path.exists():
            if not self._path.is_file():  # SQLite would wait at a pipe
                raise StoreError(f"{self._path} is not a file{ADVICE}")
            scripts = migrations(Path(__file__).parent)
            try:
                self._connection = self._open_for_writing(scripts)
            except sqlite3.OperationalError as error:
                if _code(error) not in UNWRITABLE_CODES:
                    raise
                self._connection = self._open_for_reading(len(scripts), error)
        return self._connection

    def _open_for_writing(self, scripts: list[str]) -> sqlite3.Connection:
        self._refuse_newer(len(scripts))
        connection = sqlite3.connect(self._path, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None)
        try:
            _migrate(connection, scripts)
        except BaseException:
            connection.close()
            raise
        return connection

    def _open_for_reading(self, known: int, why: sqlite3.OperationalError) -> sqlite3.Connection:
        """A read-only connection to a file that cannot be written. Raises `why` if the file has another version."""
        address = f"{self._path.absolute().as_uri()}?mode=ro&immutable=1"
        connection = sqlite3.connect(address, uri=True, isolation_level=None)
        if _version(connection) != known:
            connection.close()
            raise why
        self._unwritable = why
        return connection

    def _open_or_create(self) -> sqlite3.Connection:
        """The connection; creates the file if needed."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.touch()
        except OSError as error:
            raise StoreError(f"{self._path}: cannot be written: {error.strerror}{ELSEWHERE}") from error
        connection = self._open()
        assert connection is not None
        if self._unwritable:
            raise StoreError(f"{self._path}: cannot be written: {self._unwritable}{ELSEWHERE}")
        return connection

    def _refuse_newer(self, known: int) -> None:
        """Raises StoreError for a newer format. Opens read-only: a writer would checkpoint the newer program's WAL."""
        with closing(sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True)) as probe:
            version = _version(probe)
        if version > known:
            raise StoreError(
                f"{self._path}: written by a newer cardlabs (format {version}, this one knows {known}); "
                "it was left as it is: upgrade cardlabs to use it"
            )

    @contextmanager
    def _faults(self) -> Iterator[None]:
        """Turns errors of SQLite into StoreError with the file's name."""
        try:
            yield
        except sqlite3.Error as error:
            advice = ADVICE if _code(error) in CORRUPT_CODES else ""
            raise StoreError(f"{self._path}: {error}{advice}") from error
        except UnicodeDecodeError as error:  # a flipped bit in the text of the schema
            raise StoreError(f"{self._path}: {error}{ADVICE}") from error


def _add(connection: sqlite3.Connection, event: Event) -> bool:
    """Adds an event if its id is new. Raises StoreError if the id is known with different content."""
    row = sql.row(event)
    if connection.execute(sql.ADD, row).rowcount:
        return True
    if connection.execute(sql.BY_ID, [event.id]).fetchone() != row:
        raise StoreError(f"event {event.id} is there already and says something else: events never change")
    return False


def _code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def _migrate(connection: sqlite3.Connection, scripts: list[str]) -> None:
    """Runs the missing migration scripts and sets the version, in one transaction."""
    connection.execute("PRAGMA synchronous = FULL")
    if connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'view'").fetchone():
        raise sqlite3.DatabaseError("it is not as cardlabs made it")  # a view can have rows without end
    if _version(connection) == len(scripts):
        return
    connection.execute("PRAGMA journal_mode = WAL")
    with _transaction(connection):
        for number in range(_version(connection), len(scripts)):
            for statement in statements(scripts[number]):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number + 1}")


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """A write transaction: takes the lock at its start."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
