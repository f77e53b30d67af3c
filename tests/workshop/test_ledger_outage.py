"""A ledger that is away for a while: nothing is lost, the order holds, and one of several boards looks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from labs.cli.workshop.rounds import save_rest
from labs.errors import StoreError
from labs.workshop.database import Sqlite, open_database
from labs.workshop.dispatch import Workers
from labs.workshop.lease import OUTLIVES_SECONDS, Lease
from labs.workshop.ledger import Ledger
from labs.workshop.ledger_writer import LedgerWriter
from labs.workshop.roster import Roster, Seat
from labs.workshop.seat_result import SeatResult
from labs.workshop.spool import Spool
from labs.workshop.workshop_run import WorkshopRun
from tests.workshop.test_ledger import LAB, START, result, verdict


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Breakable:
    """A database that can be taken away; counts what is tried meanwhile."""

    def __init__(self, path: Path) -> None:
        self._database = Sqlite(path)
        self.away = False
        self.refused = 0

    def rows(self, text: str, values: Any = ()) -> Any:
        self._check()
        return self._database.rows(text, values)

    @contextmanager
    def writing(self) -> Any:
        self._check()
        with self._database.writing() as transaction:
            yield transaction

    def close(self) -> None:
        self._database.close()

    def _check(self) -> None:
        if self.away:
            self.refused += 1
            raise StoreError("the server is away")


def test_an_outage_loses_nothing_and_is_told_once(tmp_path: Path) -> None:
    database, clock, warnings = Breakable(tmp_path / "r.db"), Clock(), list[str]()
    ledger = Ledger(database, "w")
    writer = LedgerWriter(ledger, clock, warnings.append)
    one = writer.start_round([LAB], 1)
    database.away = True
    for state in ("failed", "passed"):
        clock.move(1)
        writer.record(one, result(verdict(state)))
    two = writer.start_round([LAB], 1)
    writer.record(two, result(verdict("failed")))
    assert writer.unsaved_since == START + timedelta(seconds=1)
    assert [each.labs[0].score for each, _ in writer.pending()] == [0, 1, 0]
    assert len(warnings) == 1
    database.away = False
    clock.move(60)
    assert writer.flush()
    assert writer.unsaved_since is None
    assert [change.verdict.score for change in ledger.history("ada")] == [0, 1, 0]
    assert [each.id for each in ledger.rounds()] == [one, two]
    assert warnings[1:] == ["everything is saved again"]


def test_tries_get_fewer_while_the_ledger_is_away(tmp_path: Path) -> None:
    """An hour of looks every second is about seventy tries, a minute apart at the end."""
    database, clock = Breakable(tmp_path / "r.db"), Clock()
    writer = LedgerWriter(Ledger(database, "w"), clock, lambda _: None)
    database.away = True
    writer.start_round([LAB], 1)
    for _ in range(3600):
        clock.move(1)
        writer.flush()
    assert 60 <= database.refused <= 70


def test_a_board_shows_what_is_not_saved_while_a_write_waits(tmp_path: Path) -> None:
    """A page that is asked for meanwhile waits neither for the lock of a file nor for the thread that writes."""
    database, shown = Sqlite(tmp_path / "r.db"), list[object]()
    ledger = Ledger(database, "w")

    class Slow(Breakable):
        @contextmanager
        def writing(self) -> Any:
            with database.writing():
                shown.append(page.submit(ledger.rounds).result(timeout=5))
                shown.append(page.submit(writer.pending).result(timeout=5))
            raise StoreError("the file is locked")
            yield

    writer = LedgerWriter(Ledger(Slow(tmp_path / "other.db"), "w"), Clock(), lambda _: None)
    found = result(verdict("passed"))
    with ThreadPoolExecutor() as page:
        writer.record("one", found)
    assert shown == [[], [(found, START)]]


@pytest.mark.process
def test_a_locked_file_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another connection holds SQLite's lock, as a backup does."""
    import sqlite3

    monkeypatch.setattr("labs.workshop.database.BUSY_TIMEOUT_SECONDS", 0.0)
    database, clock = Sqlite(tmp_path / "r.db"), Clock()
    writer = LedgerWriter(Ledger(database, "w"), clock, lambda _: None)
    one = writer.start_round([LAB], 1)
    other = sqlite3.connect(tmp_path / "r.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    writer.record(one, result(verdict("passed")))
    assert writer.unsaved_since is not None
    other.execute("ROLLBACK")
    other.close()
    clock.move(2)
    assert writer.flush()
    assert Ledger(database, "w").standings()[0].passed
    database.close()


@pytest.mark.slow
@pytest.mark.process
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_restarted_server_loses_nothing(
    database_url: str | None, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """PostgreSQL is stopped at once in mid-round, as by a crash, and started again after two results."""
    server, clock = request.getfixturevalue("postgres_server"), Clock()
    database = open_database(database_url, tmp_path / "unused.db")
    ledger = Ledger(database, "w")
    writer = LedgerWriter(ledger, clock, lambda _: None)
    one = writer.start_round([LAB], 3)
    writer.record(one, result(verdict("failed"), name="ada"))
    server.stop()
    try:
        writer.record(one, result(verdict("passed"), name="bob"))
        writer.record(one, result(verdict("passed"), name="ada"))
        assert (writer.unsaved_since, len(writer.pending())) == (START, 2)
    finally:
        server.start()
    clock.move(2)
    assert writer.flush()
    assert ledger.checked_seats(one) == {"ada", "bob"}
    assert [change.verdict.score for change in ledger.history("ada")] == [0, 1]
    database.close()


def test_an_outage_of_an_hour_keeps_two_results_of_a_seat(tmp_path: Path) -> None:
    """Results that say the same are merged; every change and its moment are stored in the end."""
    database, clock = Breakable(tmp_path / "r.db"), Clock()
    ledger = Ledger(database, "w")
    writer = LedgerWriter(ledger, clock, lambda _: None)
    one = writer.start_round([LAB], 1)
    database.away = True
    for state in ("failed", "passed", "failed"):
        for _ in range(40):
            clock.move(30)
            writer.record(one, result(verdict(state)))
    assert len(writer.pending()) == 6
    database.away = False
    assert writer.flush(at_once=True)
    changes = [((each.at - START).total_seconds(), each.verdict.score) for each in ledger.history("ada")]
    assert changes == [(30, 0), (1230, 1), (2430, 0)]
    [standing] = ledger.standings()
    assert (standing.at, standing.checks) == (clock.now, 2)


def test_the_end_of_a_command_saves_what_is_left(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It does not wait for the time of the next try, and says what is lost if the database is still away."""
    database, clock = Breakable(tmp_path / "r.db"), Clock()
    ledger = Ledger(database, "w")
    run: Any = SimpleNamespace(writer=LedgerWriter(ledger, clock, lambda _: None))
    one = run.writer.start_round([LAB], 1)
    database.away = True
    run.writer.record(one, result(verdict("passed")))
    save_rest(run)
    assert capsys.readouterr().err == "labs: Not saved: 1 result. The database is still away.\n"
    database.away = False
    save_rest(run)
    assert capsys.readouterr().err == ""
    assert ledger.checked_seats(one) == {"ada"}


def test_one_board_looks_and_another_takes_over_from_a_dead_one(tmp_path: Path) -> None:
    """No machine's clock is asked: each board counts the seconds since it saw a renewal."""
    ledger, seconds = Ledger(Sqlite(tmp_path / "r.db"), "w"), [0.0]
    ann, bob = (Lease(ledger, lambda: seconds[0], name) for name in ("ann", "bob"))
    assert ann.hold()
    assert not bob.hold()
    for _ in range(5):
        seconds[0] += OUTLIVES_SECONDS - 1
        assert ann.hold()
        assert not bob.hold()
    seconds[0] += OUTLIVES_SECONDS
    assert bob.hold()
    assert not ann.hold()
    bob.release()
    assert ann.hold()


class FakeChecker:
    """Answers for half of the seats that they passed, and counts."""

    jobs = ()

    def __init__(self) -> None:
        self.calls = 0

    def check(self, seat: Seat) -> SeatResult:
        self.calls += 1
        state = "passed" if int(seat.name) % 2 else "failed"
        return SeatResult(seat.name, None, (verdict(state),), None, 1, 0.1)

    def not_reached(self, seat: Seat) -> SeatResult:
        return SeatResult(seat.name, None, (), "not looked at", 0, 0.0)

    def stop(self) -> None:
        pass


class InterruptedLedger(Ledger):
    """Gets Ctrl-C at the first write of the third seat's result."""

    interrupted = False

    def record(self, round_id: str, result: SeatResult, at: datetime) -> None:
        if result.name == "2" and not self.interrupted:
            self.interrupted = True
            raise KeyboardInterrupt
        super().record(round_id, result, at)


def test_ctrl_c_during_a_write_prints_and_stores_the_same(tmp_path: Path) -> None:
    ledger = InterruptedLedger(Sqlite(tmp_path / "r.db"), "w")
    checker, seats = FakeChecker(), tuple(Seat(str(number)) for number in range(5))
    run = WorkshopRun(Roster("R", seats), checker, ledger, Clock(), lambda _: None)  # type: ignore[arg-type]
    run.labs = (LAB,)
    with Spool() as spool:
        outcome = run.run_round(Workers(ThreadPoolExecutor(1), checker.check, 1), spool)
        printed = {each.name for each in run.results(spool) if not each.error}
    assert (outcome.stopped, outcome.seats_left) == (True, 2)
    stopped = ledger.stopped_round((LAB,))
    assert stopped
    assert ledger.checked_seats(stopped) == printed == {"0", "1", "2"}


@pytest.mark.slow
def test_done_seats_are_looked_at_seldom(tmp_path: Path) -> None:
    """300 seats, half of them done: in 20 rounds at most 60 % of the looks; none is forgotten."""
    checker = FakeChecker()
    run = WorkshopRun(
        Roster("R", tuple(Seat(str(number)) for number in range(300))),
        checker,  # type: ignore[arg-type]
        Ledger(Sqlite(tmp_path / "r.db"), "w"),
        Clock(),
        lambda _: None,
    )
    run.labs = (LAB,)
    workers = Workers(ThreadPoolExecutor(1), checker.check, 4)
    for _ in range(20):
        with Spool() as spool:
            outcome = run.run_round(workers, spool, done_seldom=True)
            assert (outcome.summary.seats, outcome.summary.passed) == (300, 150)
    assert checker.calls - 300 <= 19 * 300 * 0.6
