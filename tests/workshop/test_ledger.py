"""The ledger of rounds: one contract, on a SQLite file and on a real PostgreSQL server."""

from __future__ import annotations

import multiprocessing
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from msgspec import structs

import labs.workshop
from labs import __version__
from labs.errors import StoreError
from labs.store.migrations import migrations, statements
from labs.verdict import Evidence, Finding, LabVerdict, State
from labs.workshop.database import Database, Sqlite, open_database
from labs.workshop.events import Event, EventKind
from labs.workshop.ledger import Ledger
from labs.workshop.seat_result import SeatResult, Standing
from tests.workshop.postgres_server import Postgres

START = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
LAB = "ecs-placement"
WORKSHOP = Path(labs.workshop.__file__).parent


def minute(number: float) -> datetime:
    return START + timedelta(minutes=number)


def verdict(*states: str, lab: str = LAB, found: str = "") -> LabVerdict:
    """A lab with objectives a, b, c ... in these states."""
    findings = tuple(
        Finding(
            chr(97 + number),
            f"{number} holds",
            State(state),
            (),
            found=found or state,
            message="Why?",
            near=("x",),
            evidence=(Evidence("ecs", "DescribeClusters", "clusters[0]", {"at": "2026", "n": number}),),
        )
        for number, state in enumerate(states)
    )
    return LabVerdict(lab, "A lab", {"cluster": "c"}, findings, 0.25)


def result(*labs: LabVerdict, name: str = "ada", error: str | None = None) -> SeatResult:
    return SeatResult(name, "123456789012", labs, error, 7, 0.5)


@pytest.fixture
def database(database_url: str | None, tmp_path: Path) -> Iterator[Database]:
    opened = open_database(database_url, tmp_path / "rounds.db")
    yield opened
    opened.close()


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database, "A workshop")


def standing(ledger: Ledger, lab: str = LAB) -> Standing:
    (found,) = [each for each in ledger.standings() if each.lab == lab]
    return found


def test_what_was_recorded_is_found_again(ledger: Ledger) -> None:
    """A seat's result comes back as it was, with evidence, in the order of labs that is asked for."""
    kept = result(verdict("passed", "failed"), verdict("passed", lab="ecr-push"))
    ledger.record(ledger.start_round([LAB, "ecr-push"], 2, START), kept, minute(1))
    assert ledger.result("ada", [LAB, "ecr-push"]) == kept
    assert ledger.result("ada", ["ecr-push", LAB]) == replace(kept, labs=kept.labs[::-1])
    assert ledger.result("bob", [LAB]) is None


@pytest.mark.slow
def test_the_same_again_is_no_change(ledger: Ledger) -> None:
    """Looks are counted, and it is known since when; evidence and time taken make no difference."""
    one = ledger.start_round([LAB], 1, START)
    ledger.record(one, result(verdict("passed", "failed")), minute(1))
    later = structs.replace(verdict("passed", "failed"), seconds=9.0)
    for number in (2, 3):
        ledger.record(one, result(later), minute(number))
    found = standing(ledger)
    assert (found.since, found.at, found.checks, found.score) == (minute(1), minute(3), 3, 1)
    assert len(ledger.history("ada")) == 1


def test_progress_starts_again_with_each_change(ledger: Ledger) -> None:
    """Another state, or another thing found, is a change; the history has each of them, in order."""
    one = ledger.start_round([LAB], 1, START)
    steps = [
        verdict("failed", "failed"),
        verdict("failed", "failed", found="other"),
        verdict("passed", "failed"),
    ]
    for number, step in enumerate(steps):
        ledger.record(one, result(step), minute(number))
    assert (standing(ledger).since, standing(ledger).checks) == (minute(2), 1)
    assert [(each.at, each.verdict) for each in ledger.history("ada")] == [
        (minute(number), step) for number, step in enumerate(steps)
    ]


def test_what_could_not_be_seen_neither_makes_nor_unmakes_progress(ledger: Ledger) -> None:
    """A throttled run is shown as such; since when nothing changes, it leaves alone."""
    one = ledger.start_round([LAB], 1, START)
    ledger.record(one, result(verdict("passed", "failed")), minute(1))
    ledger.record(one, result(verdict("inconclusive", "failed")), minute(2))
    assert standing(ledger).unseen
    assert (standing(ledger).since, standing(ledger).checks) == (minute(1), 2)
    assert (standing(ledger).seen, standing(ledger).seen_at) == (
        {"a": State.PASSED, "b": State.FAILED},
        minute(1),
    )
    ledger.record(one, result(verdict("passed", "failed")), minute(3))
    assert (standing(ledger).since, standing(ledger).checks, standing(ledger).unseen) == (minute(1), 3, False)
    assert len(ledger.history("ada")) == 1


def test_an_account_that_cannot_be_opened_hides_no_standing(ledger: Ledger) -> None:
    """The error is known, and so is what was seen before it."""
    one = ledger.start_round([LAB], 1, START)
    ledger.record(one, result(verdict("passed", "failed")), minute(1))
    refused = result(verdict("inconclusive", "inconclusive"), error="role expired")
    ledger.record(one, refused, minute(2))
    assert ledger.seats()["ada"].error == "role expired"
    assert (standing(ledger).score, standing(ledger).at) == (1, minute(1))
    known = ledger.result("ada", [LAB])
    assert known is not None
    assert (known.error, known.labs[0].score) == ("role expired", 1)


def test_looks_at_different_accounts_regions_and_names_are_kept_apart(ledger: Ledger) -> None:
    one = ledger.start_round([LAB], 1, START)
    lab = verdict("passed")
    seen = [
        replace(result(lab), account="1", region="eu-west-1"),
        replace(result(lab), account="2", region="eu-west-1"),
        replace(result(lab), account="2", region="us-east-1"),
        replace(result(structs.replace(lab, parameters={"cluster": "d"})), account="2", region="us-east-1"),
    ]
    for each in seen:
        ledger.record(one, each, minute(1))
    assert len(ledger.standings()) == 4
    changes = ledger.history("ada")
    assert [(each.account, each.region) for each in changes] == [(each.account, each.region) for each in seen]
    assert changes[2].parameters != changes[3].parameters


def test_a_clock_that_went_back_hides_no_later_round(ledger: Ledger) -> None:
    ledger.record(ledger.start_round([LAB], 1, minute(60)), result(verdict("failed")), minute(60))
    two = ledger.start_round([LAB], 1, minute(0))
    ledger.record(two, result(verdict("passed")), minute(0))
    assert standing(ledger).passed
    assert ledger.checked_seats(two) == {"ada"}
    assert [each.id for each in ledger.rounds()][-1] == two
    assert ledger.history("ada")[-1].verdict.passed


def test_an_older_look_never_covers_a_newer_one(ledger: Ledger) -> None:
    """Two instructors look; whichever writes first, the later run stands."""
    one, other = ledger.start_round([LAB], 1, START), ledger.start_round([LAB], 1, START)
    ledger.record(other, result(verdict("passed", "passed")), minute(2))
    ledger.record(one, result(verdict("passed", "failed")), minute(1))
    assert standing(ledger).passed
    assert ledger.seats()["ada"].at == minute(2)


def test_a_round_that_was_stopped_is_known_by_its_labs(ledger: Ledger) -> None:
    """Only the latest round, and only with the same labs, can be taken up; one that has finished cannot."""
    assert ledger.stopped_round([LAB]) is None
    one = ledger.start_round([LAB], 3, START)
    ledger.record(one, result(verdict("passed")), minute(1))
    assert ledger.stopped_round([LAB]) == one
    assert ledger.stopped_round([LAB, "ecr-push"]) is None
    assert ledger.checked_seats(one) == {"ada"}
    ledger.finish_round(one, minute(2))
    assert ledger.stopped_round([LAB]) is None
    (found,) = ledger.rounds()
    assert (found.seats, found.started, found.finished) == (3, START, minute(2))


def test_workshops_in_one_database_are_separate(database: Database) -> None:
    """The same learner in two workshops has two standings."""
    ours, theirs = Ledger(database, "ours"), Ledger(database, "theirs")
    ours.record(ours.start_round([LAB], 1, START), result(verdict("passed")), START)
    assert theirs.standings() == []
    assert theirs.result("ada", [LAB]) is None
    assert theirs.rounds() == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["'; DROP TABLE seat; --", "100%s ?", "\u202e\x1b[31m", "名前" * 200])
def test_hostile_names_are_text(ledger: Ledger, name: str) -> None:
    ledger.record(ledger.start_round([LAB], 1, START), result(verdict("passed"), name=name), START)
    assert list(ledger.seats()) == [name]
    assert ledger.result(name, [LAB]) is not None


def _instructor(url: str | None, file: Path, who: int) -> None:
    """Another process, with a connection of its own: looks at its own learners, and at those of everybody."""
    database = open_database(url, file)
    ledger = Ledger(database, "A workshop")
    one = ledger.start_round([LAB], 20, minute(0))
    for number in range(20):
        seen = result(verdict("passed" if number % 2 else "failed"), name=f"own-{who}-{number}")
        ledger.record(one, seen, minute(number))
        ledger.record(one, replace(seen, name="shared"), minute(number + who / 10))
    database.close()


@pytest.mark.slow
@pytest.mark.process
def test_several_instructors_write_at_once_and_nothing_is_lost(
    database_url: str | None, tmp_path: Path
) -> None:
    """Four processes, started on a database without tables: every run is there, every change is in the history."""
    file = tmp_path / "shared.db"
    context = multiprocessing.get_context("spawn")
    instructors = [context.Process(target=_instructor, args=(database_url, file, who)) for who in range(4)]
    for each in instructors:
        each.start()
    for each in instructors:
        each.join(60)
    assert [each.exitcode for each in instructors] == [0] * 4
    database = open_database(database_url, file)
    ledger = Ledger(database, "A workshop")
    assert len(ledger.seats()) == 4 * 20 + 1
    assert ledger.seats()["shared"].at in {minute(19 + who / 10) for who in range(4)}
    (shared,) = [each for each in ledger.standings() if each.seat == "shared"]
    assert shared.passed
    states = [each.verdict.findings[0].state for each in ledger.history("shared")]
    assert states[-1] is State.PASSED
    assert all(a != b for a, b in pairwise(states))
    database.close()


def test_events_are_kept_in_order_and_a_break_is_ended(ledger: Ledger) -> None:
    ledger.add_event(Event(EventKind.BREAK, "", "Ann", minute(1)))
    ledger.add_event(Event(EventKind.HELPED, "ada", "Bob", minute(2)))
    assert ledger.events()[0].until is None
    ledger.end_break(minute(3))
    assert ledger.events() == [
        Event(EventKind.BREAK, "", "Ann", minute(1), minute(3)),
        Event(EventKind.HELPED, "ada", "Bob", minute(2)),
    ]


@pytest.mark.slow
def test_one_connection_serves_many_threads(ledger: Ledger) -> None:
    """As the board's server uses it: readers while a round is written."""
    one = ledger.start_round([LAB], 50, START)

    def both(number: int) -> int:
        ledger.record(one, result(verdict("passed"), name=str(number)), minute(number))
        return len(ledger.standings())

    with ThreadPoolExecutor(8) as pool:
        assert max(pool.map(both, range(50))) == 50


def test_a_database_of_an_older_program_is_brought_up_to_date(tmp_path: Path) -> None:
    """The rows are kept; which version wrote them, nobody knows."""
    file = tmp_path / "rounds.db"
    with closing(sqlite3.connect(file)) as old:
        for statement in statements(migrations(WORKSHOP)[0]):
            old.execute(statement)
        old.execute("PRAGMA user_version = 1")
        kept = msgspec.json.encode(verdict("failed")).decode()
        old.execute("INSERT INTO change VALUES ('A workshop', 'ann', 'a', ?, 'x', ?)", [_at(0), kept])
        old.commit()
    database = Sqlite(file)
    ledger = Ledger(database, "A workshop")
    ledger.record(ledger.start_round([LAB], 1, START), result(verdict("passed"), name="ann"), minute(1))
    assert [change.version for change in ledger.history("ann")] == ["", __version__]
    assert [change.account for change in ledger.history("ann")] == ["", "123456789012"]
    database.close()


def _at(number: int) -> str:
    return minute(number).isoformat(timespec="microseconds")


def test_a_database_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    """It is refused with what to do, and stays as it is."""
    file = tmp_path / "rounds.db"
    database = Sqlite(file)
    with database.writing() as transaction:
        transaction.execute(f"PRAGMA user_version = {len(migrations(WORKSHOP)) + 1}")
    database.close()
    with pytest.raises(StoreError, match="written by a newer cardlabs"):
        Sqlite(file)


def test_a_server_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="LABS_DATABASE_URL"):
        open_database("postgresql://labs@127.0.0.1:9/nope", tmp_path / "unused.db")
    with pytest.raises(StoreError, match="not a PostgreSQL URL"):
        open_database("mysql://localhost/x", tmp_path / "unused.db")


def test_a_lost_connection_is_made_again(postgres_server: Postgres, tmp_path: Path) -> None:
    """The server ends our connection: one call says so, the next one works."""
    import psycopg

    database = open_database(postgres_server.url, tmp_path / "unused.db")
    with psycopg.connect(postgres_server.url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'cardlabs'"
        )
    with pytest.raises(StoreError):
        database.rows("SELECT 1")
    assert database.rows("SELECT 1") == [(1,)]
    database.close()
