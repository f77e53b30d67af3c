"""The SQLite store: a set that only grows, survives being killed, and refuses what it does not know."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labs.errors import StoreError
from labs.store import Event, Store, jsonl, open_store
from tests.store.builders import START, Clock, any_events, event_factory

many = st.lists(any_events(), max_size=6, unique_by=lambda event: event.id)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "progress"


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    with open_store(home) as opened:
        yield opened


def exported(*imports: list[Event]) -> list[bytes]:
    """The export of a new store that has imported these, one after the other."""
    with TemporaryDirectory() as folder, open_store(Path(folder)) as store:
        for events in imports:
            jsonl.import_into(store, lines_of(events))
        return list(jsonl.export(store))


def lines_of(events: list[Event]) -> list[bytes]:
    return [msgspec.json.encode(event) for event in events]


def test_reading_a_missing_home_finds_nothing_and_writes_nothing(home: Path) -> None:
    with open_store(home) as store:
        assert store.events() == []
        assert store.device
    assert not home.exists()


@pytest.mark.slow
@settings(max_examples=25)
@given(many)
def test_what_was_added_is_read_back_as_it_was(events: list[Event]) -> None:
    with TemporaryDirectory() as folder:
        with open_store(Path(folder)) as store:
            assert store.append(*events) == len(events)
        with open_store(Path(folder)) as again:
            assert again.events() == sorted(events, key=lambda event: (event.at, event.id))


@pytest.mark.slow
@settings(max_examples=25)
@given(many, many, many)
def test_a_merge_is_commutative_associative_and_idempotent(
    a: list[Event], b: list[Event], c: list[Event]
) -> None:
    together = exported(a, b, c)
    assert together == exported(c, b, a) == exported(b, c + a) == exported(a, b, c, b, a)


def test_importing_ones_own_export_adds_nothing(store: Store) -> None:
    make = event_factory(Clock())
    store.append(make("review", card="aws-ecs:1", rating=3), make("kind-of-tomorrow", data={"x": [1]}))
    assert jsonl.import_into(store, list(jsonl.export(store))) == 0


def test_an_import_with_one_bad_line_adds_nothing(store: Store) -> None:
    good = lines_of([event_factory(Clock())("review", card="aws-ecs:1", rating=3)])
    with pytest.raises(StoreError, match="line 2"):
        jsonl.import_into(store, [*good, b"{}"])
    assert store.events() == []


def test_one_id_with_two_contents_is_refused_and_nothing_is_added(store: Store) -> None:
    first = event_factory(Clock(), seed=5)("review", card="aws-ecs:1", rating=3)
    forged = event_factory(Clock(), seed=5)("review", card="aws-ecs:1", rating=1)
    other = event_factory(Clock(), seed=6)("review", card="aws-ecs:2", rating=1)
    store.append(first)
    with pytest.raises(StoreError, match="never change"):
        store.append(other, forged)
    assert store.events() == [first]


def test_events_are_never_changed_or_deleted_even_by_hand(store: Store, home: Path) -> None:
    store.append(event_factory(Clock())("review", card="aws-ecs:1", rating=3))
    by_hand = sqlite3.connect(home / "progress.db")
    for statement in ("UPDATE event SET rating = 4", "DELETE FROM event"):
        with pytest.raises(sqlite3.IntegrityError, match="only ever added"):
            by_hand.execute(statement)
    by_hand.close()


def test_the_device_has_one_name_for_ever_and_two_homes_have_two(home: Path) -> None:
    with open_store(home / "one") as one, open_store(home / "two") as two:
        name = one.device
        one.append(event_factory(Clock(), device=name)("clean", lab="x"))
        assert name != two.device
    with open_store(home / "one") as again:
        assert again.device == name


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        pytest.param({}, [0, 1, 2, 3], id="everything"),
        pytest.param({"kinds": ["hint", "check"]}, [1, 2], id="by kind"),
        pytest.param({"lab": "ecs-placement"}, [1, 2], id="by lab"),
        pytest.param({"card": "aws-ecs:1"}, [0], id="by card"),
        pytest.param({"attempt": "a"}, [2], id="by attempt"),
        pytest.param({"since": START.replace(hour=11)}, [2, 3], id="since a time, which is included"),
        pytest.param({"newest": 2}, [2, 3], id="the newest two"),
        pytest.param({"lab": "ecs-placement", "kinds": ["hint"], "newest": 5}, [1], id="all together"),
        pytest.param({"kinds": ["nothing"]}, [], id="no such kind"),
    ],
)
def test_events_are_found_by_what_is_asked(store: Store, asked: dict[str, object], found: list[int]) -> None:
    clock = Clock()
    make = event_factory(clock)
    events = []
    for kind, fields in (
        ("review", {"card": "aws-ecs:1", "rating": 3}),
        ("hint", {"lab": "ecs-placement", "objective": "service", "data": {"level": 1}}),
        ("check", {"lab": "ecs-placement", "attempt": "a"}),
        ("clean", {"lab": "ecr-push"}),
    ):
        events.append(make(kind, **fields))
        clock.move(hours=1)
    store.append(*reversed(events))
    assert store.events(**asked) == [events[number] for number in found]  # type: ignore[arg-type]  # a table of keywords


def test_a_database_of_a_newer_version_is_refused_and_left_byte_for_byte(home: Path) -> None:
    with open_store(home) as store:
        store.append(event_factory(Clock())("clean", lab="x"))
    path = home / "progress.db"
    newer = sqlite3.connect(path)
    newer.execute("PRAGMA user_version = 99")
    newer.close()
    before = {file.name: file.read_bytes() for file in home.iterdir()}
    with open_store(home) as store:
        for use in (
            store.events,
            lambda: store.append(event_factory(Clock())("clean", lab="y")),
            lambda: store.device,
        ):
            with pytest.raises(StoreError, match=r"newer cardlabs \(format 99, this one knows 1\)"):
                use()
    assert {name: (home / name).read_bytes() for name in before} == before


def test_a_newer_program_that_is_writing_keeps_its_log(home: Path) -> None:
    """The write-ahead log of a newer version is not folded into the file by an older one."""
    with open_store(home) as store:
        store.append(event_factory(Clock())("clean", lab="x"))
    path = home / "progress.db"
    newer = sqlite3.connect(path, isolation_level=None)
    newer.execute("PRAGMA user_version = 99")
    before = path.read_bytes(), (home / "progress.db-wal").read_bytes()
    with open_store(home) as store, pytest.raises(StoreError, match="newer"):
        store.events()
    assert (path.read_bytes(), (home / "progress.db-wal").read_bytes()) == before
    newer.close()


def test_what_a_killed_newer_program_left_behind_is_not_tidied_up(home: Path, tmp_path: Path) -> None:
    with open_store(home) as store:
        store.append(event_factory(Clock())("clean", lab="x"))
    newer = sqlite3.connect(home / "progress.db", isolation_level=None)
    newer.execute("PRAGMA user_version = 99")
    left = tmp_path / "left"
    left.mkdir()
    for name in ("progress.db", "progress.db-wal"):
        shutil.copy(home / name, left)
    newer.close()
    before = [(left / name).read_bytes() for name in ("progress.db", "progress.db-wal")]
    assert before[1]
    with open_store(left) as store, pytest.raises(StoreError, match="newer"):
        store.events()
    assert [(left / name).read_bytes() for name in ("progress.db", "progress.db-wal")] == before


def test_two_processes_that_begin_together_keep_one_name(home: Path) -> None:
    with open_store(home) as one, open_store(home) as other:
        for number, (store, name) in enumerate([(one, one.device), (other, other.device)]):
            store.append(event_factory(Clock(), device=name, seed=number)("clean", lab="x"))
        assert {event.device for event in one.events()} == {one.device} == {other.device}


def test_a_home_that_may_not_be_written_is_read_on(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a read-only or a full disk, where SQLite cannot make the files beside its own."""
    with open_store(home) as store:
        store.append(event_factory(Clock())("clean", lab="x"))
    real = sqlite3.connect

    def connect(address: object, **options: Any) -> sqlite3.Connection:
        if "immutable" not in str(address):
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR
            raise error
        return real(str(address), **options)

    monkeypatch.setattr(sqlite3, "connect", connect)
    with open_store(home) as store:
        assert [event.lab for event in store.events()] == ["x"]
        with pytest.raises(StoreError, match=r"progress\.db: cannot be written: disk I/O error"):
            store.append(event_factory(Clock(), seed=1)("clean", lab="y"))


@pytest.mark.parametrize(
    "damage", ["UPDATE event SET data = '{'", "UPDATE event SET at = 'never'", "PRAGMA user_version = 0"]
)
def test_a_damaged_file_says_what_to_do(damage: str, home: Path) -> None:
    with open_store(home) as store:
        store.append(event_factory(Clock())("clean", lab="x"))
    by_hand = sqlite3.connect(home / "progress.db")
    for (trigger,) in by_hand.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        by_hand.execute(f"DROP TRIGGER {trigger}")
    by_hand.execute("PRAGMA ignore_check_constraints = ON")
    by_hand.execute(damage)
    by_hand.commit()
    by_hand.close()
    with open_store(home) as store, pytest.raises(StoreError, match=r"progress\.db.*move this file away"):
        store.events()


@pytest.mark.parametrize("content", [b"this is no database" * 100, b"SQLite format 3\x00" + b"\xff" * 500])
def test_a_file_that_is_no_database_is_named_and_left_alone(home: Path, content: bytes) -> None:
    home.mkdir()
    path = home / "progress.db"
    path.write_bytes(content)
    with open_store(home) as store, pytest.raises(StoreError, match=r"progress\.db.*move this file away"):
        store.append(event_factory(Clock())("clean", lab="x"))
    assert path.read_bytes() == content


def test_a_pipe_in_place_of_the_file_is_not_waited_for(home: Path) -> None:
    home.mkdir()
    os.mkfifo(home / "progress.db")
    with open_store(home) as store, pytest.raises(StoreError, match=r"is not a file; move this file away"):
        store.events()


def test_a_view_in_place_of_the_events_is_not_read(home: Path) -> None:
    """It can have rows without end."""
    with open_store(home) as store:
        store.append(event_factory(Clock())("attempt", lab="a"))
    with sqlite3.connect(home / "progress.db") as connection:
        connection.execute("CREATE VIEW endless AS SELECT 1")
    connection.close()
    with open_store(home) as store, pytest.raises(StoreError, match=r"not as cardlabs made it; move this"):
        store.events()


def test_an_empty_file_left_by_a_kill_at_the_very_start_is_a_new_database(home: Path) -> None:
    home.mkdir()
    (home / "progress.db").touch()
    with open_store(home) as store:
        assert store.events() == []
        assert store.append(event_factory(Clock())("clean", lab="x")) == 1


def test_a_home_that_cannot_be_made_is_an_error_with_its_path(home: Path) -> None:
    home.mkdir()
    (home / "file").touch()
    with open_store(home / "file") as store, pytest.raises(StoreError, match="file"):
        store.append(event_factory(Clock())("clean", lab="x"))


WRITER = """
import random, sys
from datetime import UTC, datetime
from pathlib import Path
from labs.store import EventFactory, open_store

store = open_store(Path(sys.argv[1]))
stamp = EventFactory(sys.argv[2], lambda: datetime.now(UTC), random.getrandbits)
for number in range(int(sys.argv[3])):
    event = stamp("review", card=f"aws-ecs:{number}", rating=3)
    store.append(event)
    print(event.id, flush=True)
"""


def writer(home: Path, device: str, events: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(home), device, str(events)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
@pytest.mark.process
@pytest.mark.parametrize("after", [0, 1, 7, 50])
def test_a_kill_at_any_moment_loses_at_most_the_event_in_flight(home: Path, after: int) -> None:
    with writer(home, "killed", 1_000_000) as process:
        assert process.stdout is not None
        written = [process.stdout.readline().strip() for _ in range(after)]
        os.kill(process.pid, signal.SIGKILL)
        written += process.stdout.read().split()
    with open_store(home) as store:
        kept = [event.id for event in store.events()]
        assert kept[: len(written)] == written
        assert len(kept) <= len(written) + 1
        store.append(event_factory(Clock())("clean", lab="x"))
    database = sqlite3.connect(home / "progress.db")
    assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    database.close()


@pytest.mark.slow
@pytest.mark.process
def test_processes_that_start_a_home_together_lose_nothing(home: Path) -> None:
    processes = [writer(home, f"device{number}", 20) for number in range(4)]
    written = {line for process in processes for line in process.communicate()[0].split()}
    assert [process.returncode for process in processes] == [0] * 4
    with open_store(home) as store:
        assert {event.id for event in store.events()} == written
    assert len(written) == 80
