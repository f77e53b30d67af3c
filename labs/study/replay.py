"""Derives the state of every card from events. The order of the events does not matter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

import msgspec
from msgspec.structs import replace

from labs.errors import StoreError
from labs.store import Event
from labs.study.card_state import CardState, Practised, Recall, Surfaced
from labs.study.schedule import Grade, Phase, Scheduler, Settings

States = Mapping[str, CardState]
"""The state of each card with events, by reference."""
NEW = CardState()


def in_order(events: Iterable[Event]) -> list[Event]:
    """Events sorted by time, then by id."""
    return sorted(events, key=lambda event: (event.at, event.id))


def settings_of(events: Iterable[Event]) -> Settings:
    """The latest settings, or the defaults. Raises StoreError if they are invalid."""
    chosen = [event for event in in_order(events) if event.kind == "settings"]
    if not chosen:
        return Settings()
    try:
        return msgspec.convert(chosen[-1].data, Settings)
    except msgspec.ValidationError as error:
        raise StoreError(
            f"the settings of {chosen[-1].at:%Y-%m-%d %H:%M} UTC cannot be used: {error}"
        ) from error


def replay(events: Iterable[Event], scheduler: Scheduler) -> dict[str, CardState]:
    """The state of every card after these events."""
    ordered = in_order(events)
    void, names = voided(ordered), renamed(ordered)
    states: dict[str, CardState] = {}
    for event in ordered:
        if event.card is not None:
            card = names.get(event.card, event.card)
            states[card] = after(states.get(card, NEW), event, scheduler, counts=event.id not in void)
    return states


def after(state: CardState, event: Event, scheduler: Scheduler, *, counts: bool = True) -> CardState:
    """The state of a card after one more event. An undone event (`counts=False`) only marks the card as seen."""
    state = _seen(state, event)
    change = _CHANGES.get(event.kind)
    return change(state, event, scheduler) if change and counts else state


def voided(events: Iterable[Event]) -> frozenset[str]:
    """The ids of events that were undone, unless the undo itself was undone."""
    undone: set[str] = set()
    for event in reversed(in_order(events)):
        if event.kind == "void" and event.id not in undone:
            undone.add(str(event.data.get("event")))
    return frozenset(undone)


def renamed(events: Iterable[Event]) -> dict[str, str]:
    """The current reference of each renamed card, by its old ones."""
    ordered = in_order(events)
    void = voided(ordered)
    steps = {
        event.card: str(event.data.get("to"))
        for event in ordered
        if event.kind == "rename" and event.card and event.id not in void
    }
    return {card: _follow(card, steps) for card in steps}


def _follow(card: str, steps: Mapping[str, str]) -> str:
    passed = [card]
    while (card := steps.get(card, card)) not in passed:
        passed.append(card)
    return min(passed) if card in steps else card


def _seen(state: CardState, event: Event) -> CardState:
    """The effect of an event that undo keeps: the answer was seen, or the lab was credited."""
    if event.kind == "review" and event.source == "lab":
        return replace(state, credited=event.at)
    if event.kind == "shown" or (event.kind == "review" and event.source != "anki"):
        return replace(state, shown=max(event.at, state.shown or event.at))
    return state


def _review(state: CardState, event: Event, scheduler: Scheduler) -> CardState:
    if event.source == "lab" and not _lab_may_count(state, event, scheduler.settings):
        return state
    grade = Grade(event.rating or 0)
    predicted = (
        scheduler.retrievability(state.memory, event.at) if state.memory.phase is Phase.REVIEW else None
    )
    recall = Recall(event.at, grade, event.source or "study", predicted, event.data.get("items"))
    return replace(
        state,
        memory=scheduler.review(state.memory, grade, event.at),
        recalls=(*state.recalls, recall),
        surfaced=() if grade >= Grade.GOOD and event.source != "lab" else state.surfaced,
        buried_until=None,
    )


def _lab_may_count(state: CardState, event: Event, settings: Settings) -> bool:
    """Whether a lab's credit still counts: after a merge, the other machine may have reviewed the card before."""
    memory = state.memory
    due = memory.phase is Phase.REVIEW and memory.is_due(event.at)
    return due and event.rating in (Grade.HARD, Grade.GOOD) and settings.lab_credit == "due-only"


def _surface(state: CardState, event: Event, _: Scheduler) -> CardState:
    lab, objective = event.lab or "", event.objective or ""
    others = _without(state.surfaced, lab, objective)
    reason = str(event.data.get("reason", ""))
    return replace(state, surfaced=(*others, Surfaced(event.at, lab, objective, reason)))


def _practise(state: CardState, event: Event, _: Scheduler) -> CardState:
    lab, objective = event.lab or "", event.objective or ""
    fact = Practised(event.at, lab, objective, str(event.data.get("version", "")))
    others = tuple(one for one in state.practised if (one.lab, one.objective) != (lab, objective))
    return replace(state, practised=(*others, fact), surfaced=_without(state.surfaced, lab, objective))


def _without(surfaced: tuple[Surfaced, ...], lab: str, objective: str) -> tuple[Surfaced, ...]:
    return tuple(one for one in surfaced if (one.lab, one.objective) != (lab, objective))


def _bury(state: CardState, event: Event, _: Scheduler) -> CardState:
    return replace(state, buried_until=datetime.fromisoformat(str(event.data["until"])))


def _flag(state: CardState, event: Event, _: Scheduler) -> CardState:
    return replace(state, note=str(event.data.get("note", "")) if event.data.get("on", True) else None)


def _reset(state: CardState, _: Event, __: Scheduler) -> CardState:
    return replace(state, memory=NEW.memory, recalls=(), surfaced=(), buried_until=None)


_CHANGES: dict[str, Callable[[CardState, Event, Scheduler], CardState]] = {
    "review": _review,
    "surface": _surface,
    "practised": _practise,
    "suspend": lambda state, _, __: replace(state, suspended=True),
    "unsuspend": lambda state, _, __: replace(state, suspended=False),
    "bury": _bury,
    "flag": _flag,
    "reset": _reset,
}
