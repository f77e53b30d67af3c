"""How far the learner is: what is known, practised and mastered, what comes, and what to do next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from labs.store import Event
from labs.study.calendar import Calendar
from labs.study.learner import Learner
from labs.study.queue import Desk
from labs.study.replay import States

SCHEMA = 1
FORECAST = 30
"""Days that are looked ahead."""


@dataclass(frozen=True, slots=True)
class CardProgress:
    """How far one card is. `due` says that it is to be recalled now: its time has come, or a lab brought it forward."""

    card: str
    question: str
    known: bool
    practised: bool
    due: bool
    due_at: datetime | None
    surfaced: str | None
    leech: bool
    suspended: bool
    labs: tuple[str, ...]

    @property
    def mastered(self) -> bool:
        """Recalled and done."""
        return self.known and self.practised


@dataclass(frozen=True, slots=True)
class LabProgress:
    """The best that a lab was solved, and when that was first reached; `score` is None where it was never checked."""

    lab: str
    total: int
    score: int | None = None
    at: datetime | None = None
    passed: bool = False


@dataclass(frozen=True, slots=True)
class Retention:
    """How many reviews in study recalled the card, and how many FSRS had expected; shares from 0 to 1."""

    reviews: int
    recalled: float | None
    predicted: float | None


@dataclass(frozen=True, slots=True)
class Proposal:
    """One thing to do next, and why: to study, or a lab."""

    do: Literal["lab", "study"]
    why: str
    lab: str | None = None


def card_progress(learner: Learner, now: datetime) -> list[CardProgress]:
    """Every card that can be asked, in deck order."""
    practised_by: dict[str, list[str]] = {}
    for link in learner.links:
        practised_by.setdefault(link.card, []).append(link.lab)
    return [
        _card(learner, card, tuple(dict.fromkeys(practised_by.get(card, ()))), now)
        for card in learner.desk.order
    ]


def _card(learner: Learner, card: str, labs: tuple[str, ...], now: datetime) -> CardProgress:
    state = learner.desk.state(card)
    surfaced = max(state.surfaced, key=lambda one: one.at) if state.surfaced else None
    return CardProgress(
        card=card,
        question=learner.cards[card].question,
        known=state.is_known(now, learner.desk.calendar),
        practised=state.is_practised(now),
        due=not state.suspended and (surfaced is not None or state.memory.is_due(now)),
        due_at=state.memory.due,
        surfaced=f"{surfaced.lab}: {surfaced.reason}" if surfaced else None,
        leech=state.memory.is_leech,
        suspended=state.suspended,
        labs=labs,
    )


def lab_progress(learner: Learner) -> list[LabProgress]:
    """Every lab, in the order of learning."""
    return [_lab(learner, lab.id, len(lab.task.objectives)) for lab in learner.labs]


def _lab(learner: Learner, lab: str, objectives: int) -> LabProgress:
    best = learner.best.get(lab)
    return (
        LabProgress(lab, best.total, best.score, best.at, best.passed)
        if best
        else LabProgress(lab, objectives)
    )


def forecast(desk: Desk, now: datetime, days: int = FORECAST) -> list[int]:
    """How many cards fall due on each of the coming days of study; today comes first and holds what is overdue."""
    today = desk.calendar.day(now)
    counts = [0] * days
    for card in desk.order:
        state = desk.state(card)
        if state.memory.due is not None and not state.suspended:
            day = max(0, (desk.calendar.day(state.memory.due) - today).days)
            if day < days:
                counts[day] += 1
    return counts


def retention(states: States) -> Retention:
    """True recall against the predicted one, over the reviews in study of cards that were in review."""
    recalls = [
        (recall.grade > 1, recall.predicted)
        for state in states.values()
        for recall in state.recalls
        if recall.source == "study" and recall.predicted is not None
    ]
    if not recalls:
        return Retention(0, None, None)
    number = len(recalls)
    return Retention(
        number, sum(hit for hit, _ in recalls) / number, sum(chance for _, chance in recalls) / number
    )


def streak(events: Iterable[Event], now: datetime, calendar: Calendar) -> int:
    """How many days in a row the learner studied or checked a lab, up to today or, so far, yesterday."""
    days = {
        calendar.day(event.at)
        for event in events
        if event.kind == "check" or (event.kind == "review" and event.source == "study")
    }
    day = calendar.day(now)
    if day not in days:
        day -= timedelta(days=1)
    length = 0
    while day in days:
        length, day = length + 1, day - timedelta(days=1)
    return length


def proposals(learner: Learner, now: datetime) -> list[Proposal]:
    """What to do next, the best first: an unfinished lab, the cards that are due, a leech's lab, the next lab."""
    return [
        *_unfinished(learner),
        *_study(learner, now),
        *_leeches(learner, now),
        *_next_labs(learner),
    ]


def next_step(learner: Learner, now: datetime) -> Proposal | None:
    """The best thing to do next; None when everything is done and nothing is due."""
    return next(iter(proposals(learner, now)), None)


def _unfinished(learner: Learner) -> Iterator[Proposal]:
    """Labs whose last check did not pass, the latest first."""
    known = {lab.id for lab in learner.labs}
    checks = sorted(learner.last.values(), key=lambda check: check.at, reverse=True)
    for check in checks:
        if check.result.lab in known and not check.result.passed and not _is_done(learner, check.result.lab):
            score, total = check.result.score, check.result.total
            yield Proposal("lab", f"you were at {score} of {total}", check.result.lab)


def _study(learner: Learner, now: datetime) -> Iterator[Proposal]:
    due = [card for card in card_progress(learner, now) if card.due]
    surfaced = sum(card.surfaced is not None for card in due)
    if due:
        forward = f", {surfaced} brought forward by a lab" if surfaced else ""
        yield Proposal("study", f"{len(due)} {'card is' if len(due) == 1 else 'cards are'} due{forward}")


def _leeches(learner: Learner, now: datetime) -> Iterator[Proposal]:
    """The labs of cards that reading alone does not teach."""
    for card in card_progress(learner, now):
        if card.leech and not card.practised and card.labs:
            lapses = learner.desk.state(card.card).memory.lapses
            yield Proposal("lab", f"you forgot a card of it {lapses} times: doing it may help", card.labs[0])


def _next_labs(learner: Learner) -> Iterator[Proposal]:
    """Labs that were never checked and whose requirements are met, in the order of learning."""
    for lab in learner.labs:
        ready = all(_is_done(learner, required) for required in lab.task.requires)
        if ready and lab.id not in learner.last:
            yield Proposal("lab", f"{lab.task.minutes} min, about ${lab.task.cost.total:.2f}", lab.id)


def _is_done(learner: Learner, lab: str) -> bool:
    best = learner.best.get(lab)
    return best is not None and best.passed


def progress_document(learner: Learner, now: datetime) -> dict[str, Any]:
    """The JSON of `labs progress`: plain values, moments as ISO 8601 in UTC."""
    recall = retention(learner.desk.states)
    return {
        "schema": SCHEMA,
        "at": _moment(now),
        "cards": [_card_document(card) for card in card_progress(learner, now)],
        "labs": [_lab_document(lab) for lab in lab_progress(learner)],
        "forecast": forecast(learner.desk, now),
        "retention": {"reviews": recall.reviews, "recalled": recall.recalled, "predicted": recall.predicted},
        "streak": streak(learner.events, now, learner.desk.calendar),
        "next": [{"do": one.do, "lab": one.lab, "why": one.why} for one in proposals(learner, now)],
    }


def _card_document(card: CardProgress) -> dict[str, Any]:
    return {
        "id": card.card,
        "question": card.question,
        "known": card.known,
        "practised": card.practised,
        "mastered": card.mastered,
        "due": card.due,
        "due_at": _moment(card.due_at),
        "surfaced": card.surfaced,
        "leech": card.leech,
        "suspended": card.suspended,
        "labs": list(card.labs),
    }


def _lab_document(lab: LabProgress) -> dict[str, Any]:
    return {
        "lab": lab.lab,
        "score": lab.score,
        "total": lab.total,
        "passed": lab.passed,
        "at": _moment(lab.at),
    }


def _moment(at: datetime | None) -> str | None:
    return at.isoformat().replace("+00:00", "Z") if at else None
