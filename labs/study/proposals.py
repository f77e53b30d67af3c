"""Proposals for the next step: labs in progress, cards that are due, labs for leeches, the next lab."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Literal

import msgspec

from labs.study.learner import Learner
from labs.study.progress import CardProgress, card_progress


class Proposal(msgspec.Struct, frozen=True):
    """A proposed next step, a lab or study, and the reason."""

    do: Literal["lab", "study"]
    why: str
    lab: str | None = None


def proposals(learner: Learner, now: datetime) -> list[Proposal]:
    """The proposals, the best first: an unfinished lab, the cards that are due, a leech's lab, the next lab."""
    cards = card_progress(learner, now)
    return [*_unfinished(learner), *_study(cards), *_leeches(learner, cards), *_next_labs(learner)]


def next_step(learner: Learner, now: datetime) -> Proposal | None:
    """The best thing to do next; None when everything is done and nothing is due."""
    return next(iter(proposals(learner, now)), None)


def _unfinished(learner: Learner) -> Iterator[Proposal]:
    """Labs whose last check did not pass, the latest first, then those that were started and never checked."""
    open_labs = [
        lab.id for lab in learner.labs if lab.id in learner.in_progress and not _is_done(learner, lab.id)
    ]
    checked = [learner.last[lab] for lab in open_labs if lab in learner.last]
    for check in sorted(checked, key=lambda check: check.at, reverse=True):
        score, total = check.result.score, check.result.total
        yield Proposal("lab", f"in progress, {score} of {total} passed", check.result.lab)
    for lab in open_labs:
        if lab not in learner.last:
            yield Proposal("lab", "started, not checked yet", lab)


def _study(cards: Iterable[CardProgress]) -> Iterator[Proposal]:
    due = [card for card in cards if card.due]
    surfaced = sum(card.surfaced is not None for card in due)
    if due:
        forward = f" ({surfaced} because of a failed lab)" if surfaced else ""
        yield Proposal("study", f"{len(due)} {'card is' if len(due) == 1 else 'cards are'} due{forward}")


def _leeches(learner: Learner, cards: Iterable[CardProgress]) -> Iterator[Proposal]:
    """The labs of leeches: cards that reading alone does not teach."""
    for card in cards:
        if card.leech and not card.practised and card.labs:
            lapses = learner.pool.state(card.card).memory.lapses
            yield Proposal("lab", f"practices a card that you forgot {lapses} times", card.labs[0])


def _next_labs(learner: Learner) -> Iterator[Proposal]:
    """Labs that were not started and whose requirements are met, those of the pack that was worked on last first."""
    worked_on = [lab for lab in learner.labs if lab.id in learner.last and learner.last[lab.id].result.score]
    latest = max(worked_on, key=lambda lab: learner.last[lab.id].at, default=None)
    pack = latest and latest.pack
    for lab in sorted(learner.labs, key=lambda lab: lab.pack != pack):
        ready = all(_is_done(learner, required) for required in lab.task.requires)
        if ready and lab.id not in learner.in_progress and not _is_done(learner, lab.id):
            cost = f"about ${lab.task.cost.total:.2f}" if lab.task.cost.total else "free"
            yield Proposal("lab", f"about {lab.task.minutes} min, {cost}", lab.id)


def _is_done(learner: Learner, lab: str) -> bool:
    best = learner.best.get(lab)
    return best is not None and best.passed
