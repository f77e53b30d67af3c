"""The progress page: activity by day, labs, latest steps, and receipts."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from labs.errors import UsageError
from labs.show.wording import plural
from labs.store import queries
from labs.study.progress import card_progress, lab_progress, retention, streak
from labs.web.desk.bar_chart import bars

if TYPE_CHECKING:
    from labs.learner.history import History
    from labs.store import Event
    from labs.study.learner import Learner
    from labs.web.desk.desk import Desk

DAYS = 28
BAR_HEIGHT = 70
MAX_ATTEMPTS = 8
MAX_STEPS = 20


def progress_page(desk: Desk) -> dict[str, Any]:
    """The template context of the progress page."""
    now = desk.now()
    with desk.open_history() as history:
        learner = history.learner(desk.catalog)
        checks = queries.checks(history.store)
    labs, cards = lab_progress(learner), card_progress(learner, now)
    recall = retention(learner.pool.states)
    return {
        "labs_done": sum(lab.passed for lab in labs),
        "labs": len(labs),
        "objectives": sum(lab.score or 0 for lab in labs),
        "of": sum(lab.total for lab in labs),
        "mastered": sum(card.mastered for card in cards),
        "cards": len(cards),
        "streak": streak(learner.events, now, learner.pool.calendar),
        "recall": recall if recall.recalled is not None else None,
        "since": min((event.at for event in learner.events), default=None),
        "days": _days(learner, desk),
        "rows": _rows(learner, checks),
        "steps": _steps(learner.events),
    }


def _days(learner: Learner, desk: Desk) -> dict[str, Any]:
    """The bars of the last days: the number of checks and reviews."""
    calendar = learner.pool.calendar
    today = calendar.day(desk.now())
    counts = Counter(
        calendar.day(event.at)
        for event in learner.events
        if event.kind == "check" or (event.kind == "review" and event.source == "study")
    )
    days = [today - timedelta(days=DAYS - 1 - number) for number in range(DAYS)]
    by_day = [counts[day] for day in days]
    named = zip(bars(by_day, BAR_HEIGHT), days, strict=True)
    return {
        "bars": [{**bar, "day": f"{day.day} {day:%b}"} for bar, day in named],
        "active": sum(map(bool, by_day)),
        "height": BAR_HEIGHT,
        "most": max(by_day) or 1,
    }


def _rows(learner: Learner, checks: list[queries.Checked]) -> list[dict[str, Any]]:
    """The labs that were checked, the latest first, with the score of each check."""
    rows = []
    for lab in lab_progress(learner):
        own = [check for check in checks if check.result.lab == lab.lab]
        if own:
            scores = [check.result.score for check in own[-MAX_ATTEMPTS:]]
            rows.append({"lab": lab, "scores": scores, "checks": len(own), "at": own[-1].at})
    return sorted(rows, key=lambda row: row["at"], reverse=True)


def _steps(events: tuple[Event, ...]) -> list[dict[str, Any]]:
    """The latest activity, newest first: checks with changes of score, hints, solutions, reviews summed by day."""
    steps: list[dict[str, Any]] = []
    before: dict[str, int] = {}
    for event in events:
        if event.kind == "check" and event.lab:
            result = queries.result_of(event)
            was, now = before.get(event.lab), result.score
            before[event.lab] = now
            kind = "up" if was is None or now > was else "down" if now < was else ""
            text = f"{now} of {result.total}" + (f", before {was}" if was not in (None, now) else "")
            steps.append({"at": event.at, "kind": kind if now else "", "lab": event.lab, "text": text})
        elif event.kind == "hint" and event.lab:
            text = f"hint {event.data.get('level')} for {event.objective}"
            steps.append({"at": event.at, "kind": "help", "lab": event.lab, "text": text})
        elif event.kind == "solution" and event.lab:
            steps.append({"at": event.at, "kind": "help", "lab": event.lab, "text": "solution read"})
        elif event.kind == "review" and event.source == "study":
            _count_review(steps, event)
    return steps[-MAX_STEPS:][::-1]


def _count_review(steps: list[dict[str, Any]], event: Event) -> None:
    last = steps[-1] if steps else None
    if last and "reviews" in last and last["at"].date() == event.at.date():
        last["reviews"] += 1
        last["at"] = event.at
    else:
        last = {"at": event.at, "kind": "", "lab": None, "reviews": 1}
        steps.append(last)
    last["text"] = f"studied {plural(last['reviews'], 'card')}"


def receipt_of(desk: Desk, history: History, lab: str) -> str:
    """The signed receipt of the last check that passed the lab. Raises UsageError if there is none."""
    from labs import __version__
    from labs.show.verdict_json import remembered_document
    from labs.verify import receipt

    passed = [each for each in queries.checks(history.store, lab) if each.result.score == each.result.total]
    if not passed:
        raise UsageError(f"{lab} has not passed yet: there is nothing to sign")
    signed_at = f"{desk.now():%Y-%m-%dT%H:%M:%SZ}"
    statement = receipt.SignedStatement(remembered_document(passed[-1]), signed_at, __version__)
    return receipt.dump(receipt.sign(statement, receipt.own_key(desk.home)))
