"""The roster of a running board: read again before each round, and left as it was while it cannot be understood."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from labs.workshop.roster import Roster, Seat, read_roster
from labs.workshop.roster_reader import RosterReader
from labs.workshop.round_scheduler import RoundScheduler
from tests.workshop.workshop_kit import role, seat, write


def test_a_broken_roster_changes_nothing_and_is_told_once(tmp_path: Path) -> None:
    file = write(tmp_path / "room.toml", seat("Ada", role_arn=role(1)))
    run, warnings, given = SimpleNamespace(roster=read_roster(file)), list[str](), list[Roster]()
    source = SimpleNamespace(change_roster=given.append)
    reader = RosterReader(file, cast(Any, run), cast(Any, source), warnings.append)
    reader.read()
    assert (warnings, given) == ([], [])
    file.write_text("[[seats]]\nname = 7\n", "utf-8")
    for _ in range(2):
        reader.read()
    assert [each.name for each in run.roster.seats] == ["Ada"]
    assert len(warnings) == 1
    assert "seat needs a name" in warnings[0]
    write(file, seat("Bob", role_arn=role(2)))
    reader.read()
    assert [each.name for each in run.roster.seats] == ["Bob"]
    assert (len(warnings), given) == (1, [run.roster])


def test_a_full_disk_ends_one_round_and_not_the_board() -> None:
    """The thread of the rounds goes on, and the instructor is told."""
    warnings: list[str] = []
    run = SimpleNamespace(
        roster=Roster("Room", (Seat("Ada"),)), writer=None, stop=lambda: None, warn=warnings.append
    )
    scheduler = RoundScheduler(
        cast(Any, run), 0.0, cast(Any, SimpleNamespace(hold=lambda: True, release=run.stop))
    )

    def run_round(*_: object, **__: object) -> None:
        if warnings:
            scheduler.stop()
            return
        raise OSError(28, "No space left on device")

    run.run_round = run_round
    scheduler._run(cast(Any, None))
    assert warnings == ["the round ends here: [Errno 28] No space left on device"]
    assert scheduler.done == 2


def test_rounds_begin_when_somebody_has_joined() -> None:
    """The roster is read ahead of each round; one without a seat has none, which the ledger would not take."""
    rounds: list[int] = []
    run = SimpleNamespace(roster=Roster("Room", ()), writer=None, stop=lambda: None)
    run.run_round = lambda *_, **__: rounds.append(len(run.roster.seats))
    lease = SimpleNamespace(hold=lambda: True, release=lambda: None)
    scheduler = RoundScheduler(cast(Any, run), 0.0, cast(Any, lease))
    rosters = iter([(), (Seat("Ada"),), (Seat("Ada"), Seat("Bob"))])

    def read() -> None:
        seats = next(rosters, None)
        if seats is None:
            scheduler.stop()
        else:
            run.roster = Roster("Room", seats)

    scheduler.before_round = read
    scheduler._run(cast(Any, None))
    assert rounds[:2] == [1, 2]
    assert scheduler.done == len(rounds)
