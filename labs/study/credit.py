"""How a lab's verdict changes the memory of its cards.

A failed objective never lowers memory: it brings its cards forward, and the learner's own grade decides. It does so
only in an attempt that was started, in which something has passed, and that is neither done nor cleaned up. A pass
counts as a review only if all of these hold:

(a) the check was live, not a replayed record;
(b) its objectives went from failing to passing in this attempt;
(c) no hint or solution of theirs was opened in the attempt, and the card's answer was not seen since it started;
(d) the link says that the card is applied, not only touched;
(e) the card is in review and due.

Then it is Good where the objectives passed when they were first judged, Hard where one had failed before;
never Easy, never Again, at most one for each card and day. Any live pass makes the card practised.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import msgspec

from labs.store import Event, EventFactory, LabResult, ObjectiveResult
from labs.store.queries import result_of
from labs.study.calendar import Calendar
from labs.study.card_state import CardState
from labs.study.practice_links import Practice
from labs.study.replay import NEW, States, in_order
from labs.study.schedule import DEFAULTS, Grade, Phase, Settings


class Attempt(msgspec.Struct, frozen=True):
    """The events since `labs start`. `standing` are the objectives that passed at its start, if they were checked."""

    id: str
    started_at: datetime
    standing: frozenset[str] | None = None
    hinted: frozenset[str] = frozenset()
    solution: bool = False
    earlier: tuple[LabResult, ...] = ()
    """The verdicts before the one that is being credited."""
    cleaned: bool = False


class CreditContext(msgspec.Struct, frozen=True):
    """The context of a verdict: card states, current attempt if any, calendar and settings."""

    states: States
    attempt: Attempt | None
    calendar: Calendar
    settings: Settings = DEFAULTS


def latest_attempt(events: Iterable[Event], lab: str) -> Attempt | None:
    """The current attempt at a lab, from the lab's events; None if it was never started."""
    ordered = [event for event in in_order(events) if event.lab == lab]
    starts = [number for number, event in enumerate(ordered) if event.kind == "attempt"]
    if not starts:
        return None
    start, since = ordered[starts[-1]], ordered[starts[-1] + 1 :]
    standing = start.data.get("standing")
    return Attempt(
        id=start.id,
        started_at=start.at,
        standing=frozenset(map(str, standing)) if isinstance(standing, list) else None,
        hinted=frozenset(event.objective for event in since if event.kind == "hint" and event.objective),
        solution=any(event.kind == "solution" for event in since),
        earlier=tuple(result_of(event) for event in since if event.kind == "check"),
        cleaned=any(event.kind == "clean" for event in since),
    )


def credit(
    result: LabResult, links: Sequence[Practice], context: CreditContext, new_event: EventFactory
) -> list[Event]:
    """The events that a verdict causes, to be stored together with its `check` event.

    The attempt in `context` comes from the events before that one.
    """
    if not result.live:
        return []
    mine = [link for link in links if link.lab == result.lab]
    return [
        *_surface(result, mine, context, new_event),
        *_reviews(result, mine, context, new_event),
        *_practised(result, mine, context, new_event),
    ]


def _surface(
    result: LabResult, links: Sequence[Practice], context: CreditContext, new_event: EventFactory
) -> Iterator[Event]:
    """Brings forward the cards of failed objectives, once for each reason, if the attempt is being worked on."""
    if context.attempt is None or not is_at_work(context.attempt, result):
        return
    for objective in result.objectives:
        if objective.state == "failed":
            reason = _reason(objective)
            for card in _cards(links, objective.id):
                known = context.states.get(card, NEW).surfaced
                if (result.lab, objective.id, reason) not in (
                    (one.lab, one.objective, one.reason) for one in known
                ):
                    data = {"reason": reason}
                    yield new_event("surface", card=card, lab=result.lab, objective=objective.id, data=data)


def is_at_work(attempt: Attempt, result: LabResult) -> bool:
    """Whether an objective has passed since the start, and the attempt was neither complete nor cleaned up before."""
    if attempt.cleaned or any(before.passed for before in attempt.earlier):
        return False
    standing = attempt.standing or frozenset()
    return any(
        one.state == "passed" and one.id not in standing
        for checked in (*attempt.earlier, result)
        for one in checked.objectives
    )


def _practised(
    result: LabResult, links: Sequence[Practice], context: CreditContext, new_event: EventFactory
) -> Iterator[Event]:
    """Records practised cards: once a day, and whenever the objective had failed before."""
    now = new_event.now()
    for objective in result.objectives:
        if objective.state == "passed":
            for card in _cards(links, objective.id):
                if _is_new_practice(
                    context.states.get(card, NEW), result, objective.id, context.calendar, now
                ):
                    data = {"version": result.version}
                    yield new_event("practised", card=card, lab=result.lab, objective=objective.id, data=data)


def _is_new_practice(
    state: CardState, result: LabResult, objective: str, calendar: Calendar, now: datetime
) -> bool:
    of_this = (result.lab, objective)
    surfaced = any((one.lab, one.objective) == of_this for one in state.surfaced)
    counted = any(
        (fact.lab, fact.objective, fact.version) == (*of_this, result.version)
        and calendar.day(fact.at) == calendar.day(now)
        for fact in state.practised
    )
    return surfaced or not counted


def _reviews(
    result: LabResult, links: Sequence[Practice], context: CreditContext, new_event: EventFactory
) -> Iterator[Event]:
    """The reviews that a pass counts as."""
    attempt = context.attempt
    if attempt is None or context.settings.lab_credit == "off":
        return
    credited: set[str] = set()
    now = new_event.now()
    for link in links:
        state = context.states.get(link.card, NEW)
        if link.card not in credited and _card_may_count(state, attempt, context.calendar, now):
            grade = _grade(link, result, attempt)
            if grade is not None:
                credited.add(link.card)
                yield new_event(
                    "review",
                    card=link.card,
                    rating=int(grade),
                    source="lab",
                    lab=result.lab,
                    objective=link.objectives[-1],
                    attempt=attempt.id,
                )


def _card_may_count(state: CardState, attempt: Attempt, calendar: Calendar, now: datetime) -> bool:
    """Rule (e), the second half of rule (c), and at most once a day."""
    due = state.memory.phase is Phase.REVIEW and state.memory.is_due(now)
    unseen = state.shown is None or state.shown < attempt.started_at
    first_today = state.credited is None or calendar.day(state.credited) != calendar.day(now)
    return due and unseen and first_today and not state.suspended


def _grade(link: Practice, result: LabResult, attempt: Attempt) -> Grade | None:
    """The grade for passing the objectives of a link; None if it does not count as a review."""
    if not link.applies or not link.objectives:
        return None
    if attempt.solution or attempt.hinted & set(link.objectives):
        return None
    earlier = [before for before in attempt.earlier if before.live and _same_place(before, result)]
    if not _has_turned_to_passed(link, earlier, result):
        return None
    if not all(_was_not_standing(objective, [*earlier, result], attempt) for objective in link.objectives):
        return None
    failed = any(_state(before, objective) == "failed" for before in earlier for objective in link.objectives)
    return Grade.HARD if failed else Grade.GOOD


def _has_turned_to_passed(link: Practice, earlier: Sequence[LabResult], result: LabResult) -> bool:
    """Whether all objectives of a link pass now, and did not in the last check that judged all of them."""
    if any(_state(result, objective) != "passed" for objective in link.objectives):
        return False
    for before in reversed(earlier):
        states = {_state(before, objective) for objective in link.objectives}
        if not states & {None, "inconclusive"}:
            return states != {"passed"}
    return True


def _was_not_standing(objective: str, results: Sequence[LabResult], attempt: Attempt) -> bool:
    """Whether the objective did not pass yet when the attempt started.

    "Blocked" proves that as "failed" does, unless something was inconclusive. If the objective passed when it was first
    judged, its resource must be newer than the attempt, or `labs start` must have found it not passing.
    """
    for result in results:
        state = _state(result, objective)
        if state == "failed":
            return True
        if state == "blocked" and not any(one.state == "inconclusive" for one in result.objectives):
            return True
        if state == "passed":
            created = next(one.created for one in result.objectives if one.id == objective)
            if created is not None:
                return created >= attempt.started_at
            return attempt.standing is not None and objective not in attempt.standing
    return False


def _same_place(one: LabResult, other: LabResult) -> bool:
    """Whether two verdicts judged the same resources: same target, account, Region and parameters."""
    return (one.target, one.account, one.region, one.parameters) == (
        other.target,
        other.account,
        other.region,
        other.parameters,
    )


def _state(result: LabResult, objective: str) -> str | None:
    return next((one.state for one in result.objectives if one.id == objective), None)


def _cards(links: Sequence[Practice], objective: str) -> list[str]:
    return list(dict.fromkeys(link.card for link in links if objective in link.objectives))


def _reason(objective: ObjectiveResult) -> str:
    found = objective.found or "something else"
    return f"found {found}, expected {objective.expected}" if objective.expected else f"found {found}"
