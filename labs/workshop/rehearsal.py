"""A rehearsal of a workshop: accounts in a temporary sandbox in which simulated learners work.

Times are relative to the start of the workshop, so it can be played fast-forward or in real time.
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
from labs.workshop.role import NAME as ROLE
from labs.workshop.roster import read_roster
from labs.workshop.seat_checker import SeatChecker, WorkerLimits
from labs.workshop.simulated_learners import (
    EXTERNAL_ID,
    Kind,
    SimulatedLearner,
    roster_text,
    simulated_learners,
)
from labs.workshop.spool import Spool
from labs.workshop.stepped_script import SteppedScript
from labs.workshop.timetable import Steps, Timetable
from labs.workshop.workshop_run import WorkshopRun

TITLE = "Rehearsal"
JOBS = 8


class Room:
    """The learners' accounts in a sandbox, and the progress of their work, which `advance` continues."""

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
        """Runs all steps that are due until this time after the start, in order."""
        self._timetable.advance(until.total_seconds())

    def _steps(self, learner: SimulatedLearner, rng: random.Random) -> Steps:
        """Makes one call of the learner for each iteration; yields the seconds until the next one."""
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
        """Creates the instructor's role in a learner's account; that of a CLOSED learner has another external id."""
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
        """Aborts the running scripts."""
        self._timetable.close()


class RoomClock:
    """The clock of a rehearsal: set explicitly while the history is played, then the clock of this machine."""

    def __init__(self, clock: Callable[[], datetime], played: timedelta) -> None:
        self._clock = clock
        self.started = clock() - played
        self.elapsed: timedelta | None = timedelta()

    def __call__(self) -> datetime:
        """The current time in the rehearsal."""
        return self._clock() if self.elapsed is None else self.started + self.elapsed


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A rehearsal in its sandbox: room, clock, roster file, and what runs and stores rounds."""

    sandbox: control.Sandbox
    room: Room
    clock: RoomClock
    roster_file: Path
    run: WorkshopRun
    workers: Workers
    ledger: Ledger

    def play(self, rounds: Sequence[timedelta]) -> None:
        """Plays the rehearsal up to each of these times after its start, and runs a round at each."""
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
    """A rehearsal at its start, in a sandbox that is deleted at the end of the block."""
    learners = simulated_learners(labs, seats, seed)
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
