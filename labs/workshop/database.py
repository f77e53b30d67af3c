"""The database of rounds: an SQLite file of this machine, or a PostgreSQL server that several instructors share.

Both use the same SQL, with `?` for values. Opening a database migrates its tables to this version.
"""

from __future__ import annotations

import sqlite3
import threading
import time
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from labs.errors import StoreError, install_command
from labs.store.migrations import migrations, statements
from labs.system.files import regular

BUSY_TIMEOUT_SECONDS = 10.0
"""How long to wait for another process that is writing."""
MIGRATION_LOCK = 7218114
"""The key of PostgreSQL's advisory lock that is held while tables are created; any constant number."""

Row = tuple[Any, ...]


class Transaction(Protocol):
    """Statements that take effect together."""

    def execute(self, text: str, values: Sequence[Any] = (), /) -> Any:
        """Runs one statement. The result is iterable and has a `rowcount`."""


class Database(Protocol):
    """Runs SQL statements; thread-safe."""

    def rows(self, text: str, values: Sequence[Any] = ()) -> list[Row]:
        """The rows that a query returns."""
        ...

    def writing(self) -> Any:
        """A context manager: a transaction, committed if the block ends without an error."""
        ...

    def close(self) -> None:
        """Closes the connection."""


def open_database(url: str | None, file: Path) -> Database:
    """The server with this URL, or else this file. Raises StoreError for a URL of another kind."""
    if not url:
        return Sqlite(file)
    if not url.startswith(("postgresql://", "postgres://")):
        raise StoreError(
            "LABS_DATABASE_URL is not a PostgreSQL URL, which looks like postgresql://host/database"
        )
    return Postgres(url)


class Sqlite:
    """One SQLite file in WAL mode: queries have a separate connection and do not wait for writers."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock, self._reading_lock = threading.RLock(), threading.Lock()
        with self._faults():
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.exists():
                regular(path)  # SQLite would wait at a pipe
            self._connection, self._reading = self._connect(), self._connect()
            self._write_ahead()
            self._connection.execute("PRAGMA synchronous = NORMAL")  # the next round repeats what is lost
            with self.writing() as transaction:
                version = transaction.execute("PRAGMA user_version").fetchone()[0]
                for number, script in _missing(version, str(path)):
                    for statement in statements(script):
                        transaction.execute(statement)
                    transaction.execute(f"PRAGMA user_version = {number}")

    def _connect(self) -> sqlite3.Connection:
        """A connection, which is closed with the last reference to this database."""
        connection = sqlite3.connect(
            self._path, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None, check_same_thread=False
        )
        weakref.finalize(self, connection.close)
        return connection

    def _write_ahead(self) -> None:
        """Enables WAL, for which SQLite does not wait while another process opens the same new file."""
        last_try = time.monotonic() + BUSY_TIMEOUT_SECONDS
        while True:
            try:
                self._connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError:
                if time.monotonic() >= last_try:
                    raise
                time.sleep(0.01)
            else:
                return

    def rows(self, text: str, values: Sequence[Any] = ()) -> list[Row]:
        """The rows that a query returns."""
        with self._reading_lock, self._faults():
            return self._reading.execute(text, values).fetchall()

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """A transaction, which waits for its turn before it reads."""
        with self._lock, self._faults():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def close(self) -> None:
        """Closes the file."""
        with self._lock, self._reading_lock:
            self._reading.close()
            self._connection.close()

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"{self._path}: {error}") from error


class Postgres:
    """A PostgreSQL database; needs the extra `postgres`. The next call after a lost connection reconnects."""

    def __init__(self, url: str) -> None:
        try:
            import psycopg
        except ImportError as error:
            raise StoreError(f"LABS_DATABASE_URL needs psycopg: {install_command('postgres')}") from error
        self._psycopg = psycopg
        self._url = url
        self._lock = threading.RLock()
        self._connection: psycopg.Connection[Row] | None = None
        with self.writing() as transaction:
            transaction.execute(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
            transaction.execute("CREATE TABLE IF NOT EXISTS cardlabs_format (version INTEGER NOT NULL)")
            found = transaction.execute("SELECT max(version) FROM cardlabs_format").fetchone()[0]
            for number, script in _missing(found or 0, "the database of LABS_DATABASE_URL"):
                for statement in statements(script.replace(") STRICT;", ");")):
                    transaction.execute(statement)
                transaction.execute("INSERT INTO cardlabs_format (version) VALUES (?)", [number])

    def rows(self, text: str, values: Sequence[Any] = ()) -> list[Row]:
        """The rows that a query returns."""
        with self.writing() as transaction:
            return list(transaction.execute(text, values))

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """A transaction."""
        with self._lock, self._faults():
            connection = self._open()
            with connection.transaction():
                yield _Percent(connection)

    def close(self) -> None:
        """Closes the connection."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()

    def _open(self) -> Any:
        if self._connection is None or self._connection.closed:
            self._connection = self._psycopg.connect(
                self._url,
                autocommit=True,
                connect_timeout=int(BUSY_TIMEOUT_SECONDS),
                application_name="cardlabs",
            )
        return self._connection

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except self._psycopg.Error as error:
            raise StoreError(f"the database of LABS_DATABASE_URL: {str(error).strip()}") from error


class _Percent:
    """A psycopg connection, whose placeholder is `%s`."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def execute(self, text: str, values: Sequence[Any] = (), /) -> Any:
        return self._connection.execute(text.replace("?", "%s"), values)


def _missing(version: int, database: str) -> list[tuple[int, str]]:
    """The scripts that a database of this version lacks, each with the version that it creates."""
    scripts = migrations(Path(__file__).parent)
    if version > len(scripts):
        message = f"written by a newer cardlabs (format {version}, this one knows {len(scripts)})"
        raise StoreError(f"{database}: {message}; it was left as it is: upgrade cardlabs to use it")
    return list(enumerate(scripts[version:], version + 1))
