"""The home page: the next lab, due cards, the labs of each deck, and labs that may cost money."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

from labs.show.catalog_text import LabEntry, entries
from labs.study.progress import card_progress, forecast
from labs.study.proposals import proposals
from labs.study.queue import QueueReason, queue
from labs.web.desk.bar_chart import bars
from labs.web.texts import ago, money

if TYPE_CHECKING:
    from labs.study.learner import Learner
    from labs.web.desk.desk import Desk

FORECAST_DAYS = 14
FORECAST_HEIGHT = 48


def home_page(desk: Desk) -> dict[str, Any]:
    """The template context of the home page."""
    now = desk.now()
    with desk.open_history() as history:
        learner = history.learner(desk.catalog)
    found = entries(learner, now)
    cards = card_progress(learner, now)
    steps = proposals(learner, now)
    best = {entry.lab: entry for entry in found.labs}
    asked = queue(learner.pool, now)
    new = sum(entry.why is QueueReason.NEW for entry in asked)
    lab = next((step for step in steps if step.lab), None)
    return {
        "next": _next(learner, best[lab.lab], lab.why, now) if lab and lab.lab else None,
        "asked": len(asked),
        "new": new,
        "forecast": _forecast(learner, now),
        "decks": [
            _deck(name, list(labs), best, desk) for name, labs in groupby(found.labs, lambda e: e.deck)
        ],
        "done": sum(entry.done for entry in found.labs),
        "labs": len(found.labs),
        "objectives": sum(entry.score or 0 for entry in found.labs),
        "of": sum(entry.total for entry in found.labs),
        "matrix": {
            (known, practised): sum((card.known, card.practised) == (known, practised) for card in cards)
            for known in (True, False)
            for practised in (True, False)
        },
        "cards": len(cards),
        "standing": _running_costs(learner),
        "in_sandbox": desk.in_sandbox,
    }


def _next(learner: Learner, entry: LabEntry, why: str, now: datetime) -> dict[str, Any]:
    """The lab to continue, and the first objective that did not pass in its last check."""
    last = learner.last.get(entry.lab)
    failed = (
        next((each.id for each in last.result.objectives if each.state != "passed"), None) if last else None
    )
    return {
        "entry": entry,
        "why": why,
        "failed": failed,
        "ago": ago(now - last.at) if last else "",
        "goes_on": entry.lab in learner.in_progress,
    }


def _forecast(learner: Learner, now: datetime) -> dict[str, Any]:
    """The number of cards that are due on each of the next days."""
    counts = forecast(learner.pool, now, FORECAST_DAYS)
    last = now.astimezone() + timedelta(days=FORECAST_DAYS - 1)
    return {
        "bars": bars(counts, FORECAST_HEIGHT),
        "counts": counts,
        "last": f"{last.day} {last:%b}",
        "height": FORECAST_HEIGHT,
    }


def _deck(name: str, labs: list[LabEntry], best: dict[str, LabEntry], desk: Desk) -> dict[str, Any]:
    groups = [
        (group, [_tile(entry, best, desk) for entry in some])
        for group, some in ((group, list(found)) for group, found in groupby(labs, lambda e: e.group))
    ]
    return {"name": name, "groups": groups}


def _tile(entry: LabEntry, best: dict[str, LabEntry], desk: Desk) -> dict[str, Any]:
    cost = desk.catalog.lab(entry.lab).task.cost
    open_requirements = [lab for lab in entry.requires if lab in best and not best[lab].done]
    return {
        "entry": entry,
        "cost": money(cost.total) if cost.total else "free",
        "after": open_requirements[0] if open_requirements else None,
    }


def _running_costs(learner: Learner) -> list[dict[str, Any]]:
    """Labs with hourly costs of which something passed in an AWS account since their last clean-up."""
    cleaned: dict[str, datetime] = {}
    for event in learner.events:
        if event.kind == "clean" and event.lab:
            cleaned[event.lab] = event.at
    found = []
    for lab in learner.labs:
        last, cost = learner.last.get(lab.id), lab.task.cost
        if last is None or last.result.target != "aws" or not last.result.score or not cost.per_hour:
            continue
        if lab.id not in cleaned or cleaned[lab.id] < last.at:
            found.append({"lab": lab.id, "what": cost.what, "per_hour": cost.per_hour})
    return found
