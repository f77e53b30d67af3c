"""The page of a lab: brief, live objectives, placement, clean-up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from labs.content.lab import Lab, fill
from labs.content.links import linked
from labs.show.brief import script
from labs.show.verdict_json import found_text
from labs.store import queries
from labs.study.proposals import proposals
from labs.web.desk.placement_view import pictures
from labs.web.templating import evidence_text
from labs.web.texts import money, prose, span

if TYPE_CHECKING:
    from labs.learner.history import History
    from labs.web.desk.desk import Desk, LabRun

CLASSES = {"passed": "pass", "failed": "fail", "blocked": "blocked", "inconclusive": "look", "": "none"}
"""Style class of each state of an objective."""
WORDS = {"": "not checked"}


@dataclass(frozen=True, slots=True)
class ObjectiveView:
    """One objective on the page."""

    id: str
    title: str
    state: str
    found: str
    expected: str
    message: str
    evidence: str
    hints: tuple[str, ...]
    hints_in_all: int
    link: str
    needs: tuple[str, ...]
    action: str | None
    open: bool

    @property
    def style(self) -> str:
        """The style class of the state."""
        return CLASSES[self.state]

    @property
    def word(self) -> str:
        """The name of the state."""
        return WORDS.get(self.state, self.state)


def lab_page(desk: Desk, lab: Lab) -> dict[str, Any]:
    """The template context of a lab's page."""
    run = desk.run(lab.id)
    with desk.open_history() as history:
        attempt = queries.current_attempt(history.store, lab.id)
        learner = history.learner(desk.catalog)
        names = _names(desk, lab, run, history.started_with(lab.id))
        last = queries.last_seen(history.store, lab.id)
        seen_solution = queries.solution_opened(history.store, lab.id)
        cleaned = history.store.events(kinds=["clean"], lab=lab.id, newest=1)
        checks = queries.since_attempt(history.store, lab.id, "check")
        objectives = _objectives(lab, run, history, last, names)
    now = desk.now()
    score = sum(each.state == "passed" for each in objectives)
    finished = score == len(objectives)
    at = run.at or (last.at if last else None)
    passed = [each.at for each in checks if queries.result_of(each).passed] if finished else []
    period = attempt.at if attempt else None, next(iter(passed), None)
    following = next((each.lab for each in proposals(learner, now) if each.lab and each.lab != lab.id), None)
    return {
        "lab": lab,
        "run": run,
        "names": names,
        "score": score,
        "total": len(objectives),
        "finished": finished,
        "objectives": objectives,
        "counts": _counts(objectives),
        "checked_at": at,
        "cleaned": bool(cleaned and at and cleaned[0].at > at),
        "started": attempt,
        "exam": queries.is_exam(attempt),
        "time": _time(lab, desk.in_sandbox, *period, now),
        "brief": prose(fill(lab.brief, names)),
        "cards": _cards(desk, lab),
        "solution": script(lab, "solution", names) if seen_solution else None,
        "start_script": None if desk.in_sandbox or not lab.script("start") else script(lab, "start", names),
        "pictures": pictures(run.maps),
        "cleanup": _cleanup(lab, run, desk.in_sandbox),
        "next_lab": following,
        "in_sandbox": desk.in_sandbox,
        "focus": next((each.id for each in objectives if each.open), None),
    }


def _names(desk: Desk, lab: Lab, run: LabRun, given: dict[str, str]) -> dict[str, str]:
    """The parameters of the last check or of the attempt, with account and Region as far as known."""
    if run.verdict:
        target = run.verdict.target
        known = {"account": target.account or desk.place["account"], "region": target.region or ""}
        return {**known, **run.verdict.labs[0].parameters}
    return {**desk.place, **lab.names(given, account=desk.place["account"], region=desk.place["region"])}


def _objectives(
    lab: Lab, run: LabRun, history: History, last: queries.Checked | None, names: dict[str, str]
) -> list[ObjectiveView]:
    """The objectives with the states of this desk's verdict, or else of the history."""
    opened = queries.hints_opened(history.store, lab.id)
    findings = {each.id: each for each in run.verdict.labs[0].findings} if run.verdict else {}
    attempt = queries.current_attempt(history.store, lab.id)
    of_attempt = last if last and (attempt is None or last.at >= attempt.at) else None
    results = {each.id: each for each in of_attempt.result.objectives} if of_attempt else {}
    # Only the first failed objective is expanded: the next thing to do.
    states = {
        goal.id: str(findings[goal.id].state)
        if goal.id in findings
        else results[goal.id].state
        if goal.id in results
        else ""
        for goal in lab.task.objectives
    }
    first = next((id_ for id_, state in states.items() if state in ("failed", "inconclusive")), None)
    shown = []
    for goal in lab.task.objectives:
        finding, result = findings.get(goal.id), results.get(goal.id)
        hints = tuple(fill(hint, names) for hint in goal.hints[: opened.get(goal.id, 0)])
        shown.append(
            ObjectiveView(
                id=goal.id,
                title=fill(goal.title, names),
                state=states[goal.id],
                found=found_text(finding) if finding and finding.found else result.found if result else "",
                expected=finding.expected if finding else result.expected if result else "",
                message=finding.message if finding else "",
                evidence=evidence_text(finding) if finding else "",
                hints=hints,
                hints_in_all=len(goal.hints),
                link=goal.link,
                needs=finding.needs if finding else (),
                action=finding.action if finding else None,
                open=goal.id == first,
            )
        )
    return shown


def _counts(objectives: list[ObjectiveView]) -> str:
    """The number of objectives in each state, as text."""
    words = [
        f"{number} {word}"
        for word in ("passed", "failed", "blocked", "inconclusive", "not checked")
        if (number := sum(each.word == word for each in objectives))
    ]
    return ", ".join(words)


def _time(
    lab: Lab, in_sandbox: bool, since: datetime | None, passed_at: datetime | None, now: datetime
) -> str:
    planned = f"planned {lab.task.minutes} min"
    cost = lab.task.cost
    price = "free" if in_sandbox or not cost.per_hour else f"costs {_price(cost.per_hour)} until you clean up"
    if not since:
        return f"Not started, {planned}, {price}"
    spent = f"Finished in {span(passed_at - since)}" if passed_at else f"Started {span(now - since)} ago"
    return f"{spent}, {planned}, {price}"


def _price(per_hour: float) -> str:
    return f"about {money(per_hour)} per hour" if per_hour else "free"


def _cards(desk: Desk, lab: Lab) -> list[str]:
    decks = desk.catalog.decks()
    found = [card for link in lab.task.cards for _, card in linked(link, decks)]
    return list(dict.fromkeys(" ".join(card.question.split()) for card in found))


def _cleanup(lab: Lab, run: LabRun, in_sandbox: bool) -> dict[str, Any]:
    """The last known leftovers, their cost, and the commands that remove them."""
    from labs.show.clean_text import NOT_SEARCHED
    from labs.verify.cleanup import prices
    from labs.verify.cleanup.kinds import in_order
    from labs.verify.cleanup.shell import commands

    found = run.leftovers or []
    total = sum(map(prices.per_hour, found))
    return {
        "looked": run.leftovers is not None,
        "things": [(str(each), prices.per_hour(each)) for each in in_order(found)],
        "price": "the sandbox is free" if in_sandbox else _price(total),
        "commands": commands(found) if found else "",
        "wrong": [(str(thing), why) for thing, why in run.removed.left.items()] if run.removed else [],
        "removed": len(run.removed.removed) if run.removed else 0,
        "not_searched": NOT_SEARCHED,
        "lab": lab.id,
    }
