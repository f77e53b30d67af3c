"""`labs progress` and `labs next`: the learner's progress, in 60 columns and without need for colour."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from datetime import datetime

from labs.content.markdown import plain
from labs.show.wording import plural
from labs.study.learner import Learner
from labs.study.progress import CardProgress, card_progress, forecast, lab_progress, retention, streak
from labs.study.proposals import Proposal, proposals

BARS = "▁▂▃▄▅▆▇█"
MAX_COLUMNS = 100
MAX_STEPS = 3


def render_progress(learner: Learner, now: datetime, width: int) -> str:
    """Cards and labs, the forecast, the recall, and the next steps."""
    width = min(max(width, 40), MAX_COLUMNS)
    cards = card_progress(learner, now)
    parts = [
        list(_decks(cards, width)),
        list(_labs(learner, cards, width)),
        list(_forecast(learner, now, width)),
        list(_memory(learner, now)),
        list(_names(learner, width)),
        next_text(proposals(learner, now)[:MAX_STEPS], width).split("\n"),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part)


def next_text(steps: Sequence[Proposal], width: int) -> str:
    """The next steps as commands, best first, each with its reason."""
    if not steps:
        return "All labs are done and no cards are due."
    commands = [f"labs show {step.lab}" if step.lab else "labs study" for step in steps]
    column = max(map(len, commands)) + 9
    lines: list[str] = []
    for command, step in zip(commands, steps, strict=True):
        head = f"{'' if lines else 'next':<6}{command}"
        for line in textwrap.wrap(step.why, max(width - column, 12)):
            lines.append(f"{head:<{column}}{line}")
            head = ""
    return "\n".join(lines)


def sign(card: CardProgress) -> str:
    """A card as a circle: its left half is black where it is known, its right half where it is practised."""
    return {(True, True): "●", (True, False): "◐", (False, True): "◑", (False, False): "○"}[
        card.known, card.practised
    ]


_LEGEND = 66
"""Columns of the legend of the cards."""


def _decks(cards: Sequence[CardProgress], width: int) -> Iterator[str]:
    for deck in dict.fromkeys(card.card.partition(":")[0] for card in cards):
        own = [card for card in cards if card.card.partition(":")[0] == deck]
        yield f"{plain(deck)} · {counts(own)}"
        yield from _wrapped([sign(card) for card in own], width)
    if cards:
        legend = ("● mastered (known and practiced)", "◐ known   ◑ practiced   ○ new")
        yield from [f"  {'   '.join(legend)}"] if width >= _LEGEND else (f"  {each}" for each in legend)


def counts(cards: Sequence[CardProgress]) -> str:
    """The numbers of cards, and of known, practiced, mastered and due ones."""
    due = sum(card.due for card in cards)
    text = (
        f"{plural(len(cards), 'card')} · {sum(card.known for card in cards)} known · "
        f"{sum(card.practised for card in cards)} practiced · {sum(card.mastered for card in cards)} mastered"
    )
    return text + (f" · {due} due now" if due else "")


def _labs(learner: Learner, cards: Sequence[CardProgress], width: int) -> Iterator[str]:
    """A row for each lab: best score, its date, and its cards."""
    labs = lab_progress(learner)
    column = max((len(lab.lab) for lab in labs), default=0) + 2
    for lab in labs:
        mark = "✓" if lab.passed else "·" if lab.score is None else "◐" if lab.score else "✗"
        score = f"{lab.score}/{lab.total}" if lab.score is not None else f"-/{lab.total}"
        when = f"{lab.at.astimezone():%Y-%m-%d}" if lab.at else ""
        signs = " ".join(sign(card) for card in cards if lab.lab in card.labs)
        yield f"  {mark} {lab.lab:<{column}}{score:>5}  {when:<10}  {signs}".rstrip()[:width]


def _forecast(learner: Learner, now: datetime, width: int) -> Iterator[str]:
    """The number of cards due on each of the coming days; today includes overdue cards."""
    days = forecast(learner.pool, now)
    if not any(days):
        return
    most = max(days)
    bars = "".join(BARS[-(-day * len(BARS) // most) - 1] if day else " " for day in days)
    yield f"due     {bars}|"[:width]
    coming = f"next 7 days {sum(days[:7])} · next {len(days)} days {sum(days)}"
    yield f"        today {days[0]} · {coming} · highest bar {most}"


def _memory(learner: Learner, now: datetime) -> Iterator[str]:
    recall = retention(learner.pool.states)
    if recall.recalled is not None and recall.predicted is not None:
        yield f"recall  {recall.recalled:.0%} of {recall.reviews} reviews ({recall.predicted:.0%} predicted)"
    days = streak(learner.events, now, learner.pool.calendar)
    if days > 1:
        yield f"streak  {days} days"


def _names(learner: Learner, width: int) -> Iterator[str]:
    """The learner's own names with which labs were last checked, and where."""
    for lab in learner.labs:
        last = learner.last.get(lab.id)
        own = own_names(lab.task.parameters, last.result.parameters) if last else {}
        if last and own:
            named = " ".join(f"{name}={value}" for name, value in own.items())
            text = f"names   {lab.id} uses {named} (account {last.result.account or 'unknown'}, {last.result.region})"
            yield from textwrap.wrap(plain(text), width, subsequent_indent=" " * 8, break_long_words=False)


def own_names(defaults: dict[str, str], used: dict[str, str]) -> dict[str, str]:
    """The parameters that differ from the lab's defaults, ignoring account and Region in a default."""
    return {
        name: value
        for name, value in used.items()
        if name in defaults and "{" not in defaults[name] and defaults[name] != value
    }


def _wrapped(signs: Sequence[str], width: int) -> Iterator[str]:
    each = max((width - 2) // 2, 1)
    for start in range(0, len(signs), each):
        yield "  " + " ".join(signs[start : start + each])
