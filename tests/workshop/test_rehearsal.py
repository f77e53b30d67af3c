"""A rehearsal: the same seed plays the same room, and its command shows a board and ends by itself."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from labs.content.pack import open_catalog
from labs.workshop.rehearsal import RoomClock, rehearsal
from labs.workshop.roster import read_roster
from labs.workshop.simulated_learners import Kind, roster_text, simulated_learners
from labs.workshop.timetable import Steps, Timetable

LAB = "ecr-repository"
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.process
@pytest.mark.slow
def test_a_room_is_played_by_a_clock_that_is_set_by_hand() -> None:
    """The third of any sixteen learners makes a mistake; which one, and how fast all are, follows from the seed."""
    catalog, clock = open_catalog(()), RoomClock(lambda: NOON, timedelta(minutes=6))
    with rehearsal(catalog, [catalog.lab(LAB)], 3, 7, clock, pytest.fail) as room:
        room.play([timedelta(), timedelta(minutes=6)])
        standings = room.ledger.standings()
        rounds = room.ledger.rounds()
    assert {each.seat: (each.score, each.failing()) for each in standings} == {
        "Ada Okafor": (5, []),
        "Ben Sørensen": (5, []),
        "Chandra Iyer": (4, ["scan-on-push"]),
    }
    assert {each.since for each in standings} == {NOON}, "nobody had started at the first round"
    assert [each.started for each in rounds] == [NOON - timedelta(minutes=6), NOON]


def test_a_room_is_closed_after_the_step_that_is_under_way() -> None:
    """Ctrl-C comes while learners work in another thread: that step ends, no other begins, and all are ended."""
    working, go_on, log = threading.Event(), threading.Event(), list[str]()

    def learner() -> Steps:
        try:
            yield 1.0
            working.set()
            assert go_on.wait(60)
            log.append("step")
            yield 1.0
            log.append("another step")
        finally:
            log.append("ended")

    timetable = Timetable([learner()])
    worker = threading.Thread(target=timetable.advance, args=[100.0])
    worker.start()
    assert working.wait(60)
    closing = threading.Thread(target=timetable.close)
    closing.start()
    go_on.set()
    for thread in (worker, closing):
        thread.join(60)
    assert log[0] == "step"
    assert log[-1] == "ended"
    timetable.advance(1000.0)
    assert log.count("ended") == 1


def test_a_larger_room_has_the_learners_of_a_smaller_one(tmp_path: Path) -> None:
    """Each sixteen learners have somebody who is stuck, absent, or cannot be looked at."""
    labs = [open_catalog(()).lab(LAB)]
    small, large = simulated_learners(labs, 16, 1), simulated_learners(labs, 40, 1)
    assert large[:16] == small
    assert {each.kind for each in small} == {*Kind}
    file = tmp_path / "roster.toml"
    file.write_text(roster_text(large, [LAB], "A room"), "utf-8")
    roster = read_roster(file)
    assert [each.name for each in roster.seats] == [each.seat.name for each in large]
    assert [each.role_arn for each in roster.seats] == [each.seat.role_arn for each in large]
    assert (roster.seats[6].extra["group"], roster.labs, roster.id) == ("Table 2", (LAB,), "A room")


@pytest.mark.process
@pytest.mark.slow
def test_the_command_shows_a_board_and_ends_by_itself() -> None:
    """Off a terminal, a board for each round; the sandbox is gone afterwards."""
    line = ["workshop", "rehearse", LAB, "--seats", "16", "--minutes", "6", "--for", "1"]
    ran = subprocess.run([sys.executable, "-m", "labs", *line], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr.count("\n")) == (0, 2), ran.stderr
    assert "16 simulated learners start" in ran.stderr
    board = ran.stdout.split("\n\n\n")[0]
    assert board.startswith("Rehearsal · 16 learners · 1 lab")
    for words in ("cannot check 1", "absent 1", "done ", "Ada Okafor", "hardest now: "):
        assert words in board
