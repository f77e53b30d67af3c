"""A workshop for the board's tests: learners of the built-in labs, whose rounds are played into a ledger."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from labs.content.deck import Deck
from labs.content.lab import Lab
from labs.content.pack import open_catalog
from labs.verdict import Evidence, Finding, LabVerdict, State
from labs.web.board.lab_texts import lab_texts
from labs.web.board.site import BoardOptions, BoardSite
from labs.workshop.board_source import BoardSource
from labs.workshop.ledger import Ledger
from labs.workshop.roster import Roster, Seat
from labs.workshop.seat_result import SeatResult

NOW = datetime(2026, 11, 29, 9, 42, 8, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script>\u202e \"'& محمد"
NAMES = (
    "Mateus Silva",
    "Chandra Müller",
    "Nguyễn Thị Minh Khai",
    "Kwame Owusu",
    "João Okafor",
    "Fatima Patel",
    "Ada Lindqvist",
    "محمد الحسيني",
    "Quentin Dubois",
    "佐藤 健",
    "Ulla Virtanen",
    "Priya Raghunathan",
    "Zoë 👍🏽 Janssen",
    "Maximiliane-Alexandra von Hohenstaufen-Wittelsbach",
    "Samuel Adeyemi",
    HOSTILE,
)
FOUND = (
    "spread on instanceId",
    "binpack on cpu",
    "0 container instances are ACTIVE, and labs-packed has no ACTIVE revision",
)


@dataclass(frozen=True)
class Learner:
    """A learner who has done so many labs and a part of the next, and how long ago anything changed last."""

    name: str
    done: int
    part: int
    idle: int
    unseen: bool = False
    group: str = ""


@cache
def content() -> tuple[tuple[Lab, ...], tuple[Deck, ...]]:
    """The built-in labs and decks."""
    catalog = open_catalog()
    return tuple(catalog.all()), tuple(catalog.decks())


def learners(number: int, labs: int = 20) -> list[Learner]:
    """A room in the middle of a morning: some stuck, some done, most at work; the same every time."""
    found = []
    for seat in range(number):
        name = NAMES[seat] if seat < len(NAMES) else f"Learner {seat:03}"
        group = f"table {1 + seat // 25 if number > 60 else 1 + seat % 5}"
        if seat % 13 == 0:
            found.append(Learner(name, (4 + seat % 7) % labs, 3, 24 + seat % 9, group=group))
        elif seat % 17 == 4:
            found.append(Learner(name, (3 + seat % 5) % labs, 2, 13, unseen=True, group=group))
        elif seat % 9 == 7:
            found.append(Learner(name, labs, 0, 6 + seat % 30, group=group))
        elif seat % 11 == 10:
            found.append(Learner(name, 0, 0, 50 if seat % 2 else 5, group=group))
        else:
            found.append(Learner(name, (3 + seat * 7 % 9) % labs, seat % 3 + 1, seat % 7, group=group))
    return found


def verdict(lab: Lab, score: int, found: str = FOUND[0], unseen: bool = False) -> LabVerdict:
    """A verdict on a lab: so many objectives passed, the next failed, those behind it are blocked."""
    findings = []
    for number, goal in enumerate(lab.task.objectives):
        state = State.PASSED if number < score else State.FAILED if number == score else State.BLOCKED
        if unseen and number >= score:
            state = State.INCONCLUSIVE
        failed = state is State.FAILED
        evidence = (
            Evidence("ecs", "DescribeServices", "services[0].placementStrategy", [{"type": "spread"}]),
        )
        findings.append(
            Finding(
                goal.id,
                lab.title(goal.id, lab.task.parameters),
                state,
                (lab.task.objectives[score].id,) if state is State.BLOCKED else (),
                expected="binpack on memory, first" if failed else "",
                found=found if failed else f"{goal.id} holds" if state is State.PASSED else "",
                message="Which resource do these tasks run out of first?"
                if failed
                else "the answer was incomplete"
                if state is State.INCONCLUSIVE
                else "",
                evidence=evidence if failed else (),
            )
        )
    return LabVerdict(lab.id, lab.task.title, dict(lab.task.parameters), tuple(findings), 0.2)


def account(seat: int) -> str:
    return f"{200000000001 + seat}"


def play(ledger: Ledger, people: Sequence[Learner], labs: Sequence[Lab]) -> None:
    """Writes what rounds would have found of these learners until now."""
    ids = [lab.id for lab in labs]
    one = ledger.start_round(ids, len(people), NOW - timedelta(hours=2))
    ledger.finish_round(one, NOW - timedelta(hours=2))
    last = ledger.start_round(ids, len(people), NOW - timedelta(seconds=30))
    for seat, learner in enumerate(people):
        for at, found in steps(seat, learner, labs):
            result = SeatResult(learner.name, account(seat), tuple(found), None, 7, 0.5, "eu-west-1")
            ledger.record(one if at < NOW - timedelta(seconds=30) else last, result, at)
        if learner.unseen:
            refused = SeatResult(learner.name, account(seat), (), "role labs-check cannot be assumed", 1, 0.1)
            ledger.record(last, refused, NOW - timedelta(seconds=8))
    ledger.finish_round(last, NOW - timedelta(seconds=8))


def steps(seat: int, learner: Learner, labs: Sequence[Lab]) -> Iterable[tuple[datetime, list[LabVerdict]]]:
    """The looks at one learner that saw something else than those before, and the last one."""
    present = {lab.id: 0 for lab in labs}
    started = NOW - timedelta(hours=2)
    yield started, [verdict(lab, 0, FOUND[seat % 3]) for lab in labs]
    moves = []
    for number, lab in enumerate(labs[: learner.done + 1]):
        total = len(lab.task.objectives)
        whole = number < learner.done
        score = total if whole else min(learner.part, total - 1)
        moves += [(lab, score // 2)] * (whole and score > 3) + [(lab, score)] * (score > 0)
    span = timedelta(hours=2) - timedelta(minutes=learner.idle, seconds=20)
    for number, (lab, score) in enumerate(moves, 1):
        present[lab.id] = score
        yield started + span * number / len(moves), [verdict(lab, score, FOUND[seat % 3])]
    yield NOW - timedelta(seconds=8), [verdict(lab, present[lab.id], FOUND[seat % 3]) for lab in labs]


def roster(people: Sequence[Learner], title: str = "ECS workshop, November") -> Roster:
    """The roster of these learners."""
    extra = [{"group": each.group, "timezone": "America/Sao_Paulo"} for each in people]
    seats = [Seat(each.name, account=account(seat), extra=extra[seat]) for seat, each in enumerate(people)]
    return Roster(title, tuple(seats))


def board_site(ledger: Ledger, people: Sequence[Learner], home: Path, labs: Sequence[Lab] = ()) -> BoardSite:
    """The board of these learners, whose rounds are in the ledger."""
    own = labs or content()[0]
    source = BoardSource(ledger, roster(people), [lab.id for lab in own])
    options = BoardOptions(home / "room.toml", home, "ann", timedelta(seconds=30), lambda: True)
    return BoardSite(source, lab_texts(own, content()[1]), lambda: NOW, options)
