"""The simulated learners of a rehearsal; their work and pace follow from a seed."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from labs.content.lab import Lab
from labs.workshop.role import NAME as ROLE
from labs.workshop.roster import Seat

EXTERNAL_ID = "rehearsal"
FIRST_ACCOUNT = 200000000001
NAMES = (
    *(
        "Ada Okafor",
        "Ben Sørensen",
        "Chandra Iyer",
        "Deniz Yılmaz",
        "田中 さくら",
        "Emma Lindqvist",
        "Farid Haddad",
    ),
    *(
        "Grace Mbeki",
        "محمد العلي",
        "Hana Novák",
        "Igor Petrov",
        "Jo\u0301zsef Nagy",
        "Kim Min-jun",
        "Léa Dubois",
    ),
    *("Maya Cohen", "Nguyễn Thị Lan", "Oluwaseun Ade", "Priya Sharma", "Quentin Moreau", "Rosa Martínez"),
    *(
        "Sven Johansson",
        "Tomás Silva",
        "Uma Rao",
        "Viktor Kováč",
        "Wang Fang",
        "Ximena Flores",
        "Yusuf Demir",
    ),
    *("Zoë van den Berg", "Aiko Mori", "Bartholomew Featherstonehaugh-Smythe"),
)


class Kind(Enum):
    """How a simulated learner works."""

    QUICK = auto()
    STEADY = auto()
    SLOW = auto()
    MISTAKEN = auto()
    """Makes one of the lab's mistakes, and never finds it."""
    STALLED = auto()
    """Stops half-way."""
    ABSENT = auto()
    CLOSED = auto()
    """The role in the account refuses the instructor."""


MIX = (
    *(Kind.QUICK, Kind.STEADY, Kind.MISTAKEN, Kind.STEADY, Kind.SLOW, Kind.QUICK, Kind.STEADY, Kind.STALLED),
    *(Kind.QUICK, Kind.ABSENT, Kind.STEADY, Kind.SLOW, Kind.STEADY, Kind.MISTAKEN, Kind.QUICK, Kind.CLOSED),
)
"""The kinds of learners in the order of their seats, repeated."""
SECONDS_BETWEEN_CALLS = {Kind.QUICK: 30.0, Kind.SLOW: 150.0}
USUAL_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Work:
    """A script of a lab, and the number of calls after which the learner stops for good (None: never)."""

    lab: Lab
    script: Path
    calls: int | None = None


@dataclass(frozen=True, slots=True)
class SimulatedLearner:
    """A simulated learner: the scripts to do in turn, and the mean time between two calls."""

    seat: Seat
    kind: Kind
    work: tuple[Work, ...]
    seconds: float


def simulated_learners(labs: Sequence[Lab], seats: int, seed: int) -> list[SimulatedLearner]:
    """The learners of a rehearsal. With the same seed, more seats add learners and change no others."""
    learners = []
    for number in range(seats):
        rng = random.Random(f"{seed}/{number}")  # noqa: S311 - a simulation
        kind = MIX[number % len(MIX)]
        seconds = SECONDS_BETWEEN_CALLS.get(kind, USUAL_SECONDS) * rng.uniform(0.7, 1.4)
        learners.append(SimulatedLearner(_seat(number), kind, tuple(_work(labs, kind, rng)), seconds))
    return learners


def _seat(number: int) -> Seat:
    name = NAMES[number] if number < len(NAMES) else f"Learner {number + 1}"
    account = f"{FIRST_ACCOUNT + number}"
    role = f"arn:aws:iam::{account}:role/{ROLE}"
    extra = {"email": f"learner{number + 1}@example.com", "group": f"Table {number // 6 + 1}"}
    return Seat(name, role_arn=role, external_id=EXTERNAL_ID, account=account, extra=extra)


def _work(labs: Sequence[Lab], kind: Kind, rng: random.Random) -> Iterator[Work]:
    """The scripts of a learner; the last one of a learner who gets stuck does not lead to a pass."""
    if kind is Kind.ABSENT:
        return
    stuck_at = rng.randrange(len(labs)) if kind in (Kind.MISTAKEN, Kind.STALLED) else len(labs)
    for lab in labs[: stuck_at + 1]:
        start = lab.script("start")
        if start:
            yield Work(lab, start)
        mistakes = sorted((lab.folder / "mistakes").glob("*.sh"))
        if labs.index(lab) < stuck_at:
            yield Work(lab, lab.folder / "solution.sh")
        elif kind is Kind.MISTAKEN and mistakes:
            yield Work(lab, rng.choice(mistakes))
        else:
            yield Work(lab, lab.folder / "solution.sh", rng.randint(1, 3))


def roster_text(learners: Sequence[SimulatedLearner], labs: Sequence[str], title: str) -> str:
    """The roster of the rehearsal, as TOML."""
    head = [f"id = {_text(title)}", f"title = {_text(title)}", f"labs = {json.dumps(labs)}"]
    head += ["[defaults]", f"role = {_text(ROLE)}", f"external_id = {_text(EXTERNAL_ID)}"]
    for learner in learners:
        fields = {"name": learner.seat.name, "account": learner.seat.account, **learner.seat.extra}
        head += ["[[seats]]", *(f"{key} = {_text(value)}" for key, value in fields.items())]
    return "\n".join([*head, ""])


def _text(value: str | None) -> str:
    return json.dumps(value, ensure_ascii=False)
