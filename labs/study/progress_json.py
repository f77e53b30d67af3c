"""The JSON of `labs progress --format json`: plain values, times as ISO 8601 in UTC."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from labs.study.learner import Learner
from labs.study.progress import (
    CardProgress,
    LabProgress,
    card_progress,
    forecast,
    lab_progress,
    retention,
    streak,
)
from labs.study.proposals import Proposal, proposals

SCHEMA = 1


def progress_document(learner: Learner, now: datetime) -> dict[str, Any]:
    """The document of `labs progress --format json`."""
    recall = retention(learner.pool.states)
    return {
        "schema": SCHEMA,
        "at": _moment(now),
        "cards": [_card_document(card) for card in card_progress(learner, now)],
        "labs": [_lab_document(lab, learner) for lab in lab_progress(learner)],
        "forecast": forecast(learner.pool, now),
        "retention": {"reviews": recall.reviews, "recalled": recall.recalled, "predicted": recall.predicted},
        "streak": streak(learner.events, now, learner.pool.calendar),
        "next": _steps(proposals(learner, now)),
    }


def next_document(steps: Sequence[Proposal]) -> dict[str, Any]:
    """The document of `labs next --format json`."""
    return {"schema": SCHEMA, "next": _steps(steps)}


def _steps(steps: Sequence[Proposal]) -> list[dict[str, Any]]:
    return [{"do": one.do, "lab": one.lab, "why": one.why} for one in steps]


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


def _lab_document(lab: LabProgress, learner: Learner) -> dict[str, Any]:
    last = learner.last.get(lab.lab)
    return {
        "lab": lab.lab,
        "score": lab.score,
        "total": lab.total,
        "passed": lab.passed,
        "at": _moment(lab.at),
        "parameters": last.result.parameters if last else {},
        "account": last.result.account if last else None,
    }


def _moment(at: datetime | None) -> str | None:
    return at.isoformat().replace("+00:00", "Z") if at else None
