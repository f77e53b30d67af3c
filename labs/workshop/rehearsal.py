"""A rehearsal of a workshop: a throw-away room in the sandbox with simulated learners.

Moments are counted from the start of the workshop, so a room can be played at once, or as time goes by.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from labs.aws.read_only_guard import read_only_guard
from labs.aws.session import ConnectionOptions
from labs.content.lab import Lab
from labs.content.pack import Catalog
from labs.sandbox import control
from labs.sandbox.commands import AwsCli, aws_cli
from labs.workshop.database import open_database
from labs.workshop.dispatch import Workers
from labs.workshop.ledger import Ledger
from labs.workshop.roster import read_roster
from labs.workshop.seat_checker import SeatChecker, WorkerLimits
from labs.workshop.simulated_learners import EXTERNAL_ID, ROLE, Kind, SimulatedLearner, cast, roster_text
from labs.workshop.spool import Spool
from labs.workshop.stepped_script import SteppedScript
from labs.workshop.timetable import Steps, Timetable
from labs.workshop.workshop_run import WorkshopRun

TITLE = "Rehearsal"
JOBS = 8


class Room:
    """The accounts of the learners in a sandbox, and how far their work has come; `advance` goes on with it."""

    def __init__(
        self, sandbox: control.Sandbox, cli: AwsCli, learners: Sequence[SimulatedLearner], seed: int
    ) -> None:
        self._sandbox = sandbox
        self._cli = cli
        for learner in learners:
            self._make_role(learner)
        self._timetable = Timetable(
            [
                self._steps(learner, random.Random(f"{seed}/{number}/pace"))  # noqa: S311 - a simulation
                for number, learner in enumerate(learners)
            ]
        )

    def advance(self, until: timedelta) -> None:
        """Does all that is due until this time after the start, in its order."""
        self._timetable.advance(until.total_seconds())

    def _steps(self, learner: SimulatedLearner, rng: random.Random) -> Steps:
        """Makes the learner's calls, one each time; the seconds until the next one."""
        account = control.in_account(self._sandbox, learner.seat.account)
        yield rng.expovariate(1 / learner.seconds)
        for work in learner.work:
            names = work.lab.names({}, account=account.account, region=account.region)
            environment = {**control.environment(account), **work.lab.variables(names)}
            with SteppedScript(self._cli, work.script, environment) as script:
                done = 0
                while (work.calls is None or done < work.calls) and script.step():
                    done += 1
                    yield rng.expovariate(1 / learner.seconds)

    def _make_role(self, learner: SimulatedLearner) -> None:
        """The role that lets the instructor look into a learner's account; that of a closed one asks for another id."""
        client = control.client(control.environment(control.in_account(self._sandbox, learner.seat.account)))
        iam = client("iam")
        external_id = "another" if learner.kind is Kind.CLOSED else EXTERNAL_ID
        trust = {"Effect": "Allow", "Action": "sts:AssumeRole"}
        owner = {"AWS": f"arn:aws:iam::{self._sandbox.account}:root"}
        condition = {"StringEquals": {"sts:ExternalId": external_id}}
        statement = {**trust, "Principal": owner, "Condition": condition}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=policy)
        iam.attach_role_policy(RoleName=ROLE, PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")

    def close(self) -> None:
        """Ends the scripts where they are."""
        self._timetable.close()


class RoomClock:
    """The clock of a rehearsal: set by hand while its history is played, and then that of this machine."""

    def __init__(self, clock: Callable[[], datetime], played: timedelta) -> None:
        self._clock = clock
        self.started = clock() - played
        self.elapsed: timedelta | None = timedelta()

    def __call__(self) -> datetime:
        """The present moment in the room."""
        return self._clock() if self.elapsed is None else self.started + self.elapsed


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A room in its sandbox, its clock, its roster in a file, and what runs rounds in it and keeps them."""

    sandbox: control.Sandbox
    room: Room
    clock: RoomClock
    roster_file: Path
    run: WorkshopRun
    workers: Workers
    ledger: Ledger

    def play(self, rounds: Sequence[timedelta]) -> None:
        """Plays the room up to each of these times after its start, with a round at each."""
        for elapsed in rounds:
            self.clock.elapsed = elapsed
            self.room.advance(elapsed)
            with Spool() as spool:
                self.run.run_round(self.workers, spool, done_seldom=True)


@contextmanager
def rehearsal(
    catalog: Catalog,
    labs: Sequence[Lab],
    seats: int,
    seed: int,
    clock: RoomClock,
    warn: Callable[[str], None],
) -> Iterator[Rehearsal]:
    """A room at its start, in a sandbox that ends with the block."""
    learners = cast(labs, seats, seed)
    names = [lab.id for lab in labs]
    with (
        aws_cli() as cli,
        control.throw_away() as sandbox,
        closing(Room(sandbox, cli, learners, seed)) as room,
    ):
        file = sandbox.home / "roster.toml"
        file.write_text(roster_text(learners, names, TITLE), "utf-8")
        ledger = Ledger(open_database(None, sandbox.home / "workshops.db"), TITLE)
        connection = ConnectionOptions(environment=control.environment(sandbox))
        with read_only_guard():
            checker = SeatChecker(catalog, names, connection, WorkerLimits(JOBS, max_kept=2 * seats))
            run = WorkshopRun(read_roster(file), checker, ledger, clock, warn)
            yield Rehearsal(sandbox, room, clock, file, run, checker.threads(JOBS), ledger)
