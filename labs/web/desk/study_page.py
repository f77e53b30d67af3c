"""The study page: one step of a study session at a time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from labs.errors import UsageError
from labs.show import card as card_text
from labs.study.queue import QueueReason, StudyOptions, queue
from labs.study.schedule import Grade
from labs.study.session import next_due
from labs.web.texts import line, prose, span

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

    from labs.learner.history import History
    from labs.study.session import CardView, StudySession
    from labs.web.desk.desk import Desk


def study_page(desk: Desk) -> dict[str, Any]:
    """The template context: the current card, or the start page if there is none."""
    with desk.lock:
        session = desk.session
        view = session.view() if session else None
        if session is None or view is None:
            return {"view": None, **_start(desk, session)}
        state = session.state
        reviews = [event.rating for event in state.done]
        return {
            "view": view,
            "question": prose(view.card.question),
            "answer": prose(view.card.answer) if view.revealed and not view.tickable else None,
            "items": [
                (number, line(item), number in view.ticked) for number, item in enumerate(view.card.items)
            ]
            if view.tickable and view.revealed
            else [],
            "grades": [
                (grade.value, card_text.name(grade), card_text.duration(put_off))
                for grade, put_off in (view.previews or {}).items()
            ],
            "suggested": view.suggested.value if view.suggested else None,
            "suggested_name": card_text.name(view.suggested) if view.suggested else "",
            "links": [url for url in view.urls if re.match(r"https?://", url)],
            "again": sum(rating == Grade.AGAIN for rating in reviews),
            "done": len(reviews),
            "percent": round(100 * len(reviews) / view.of) if view.of else 0,
            "can_undo": state.before is not None,
            "information": card_text.information(view, state),
        }


def _start(desk: Desk, session: StudySession | None) -> dict[str, Any]:
    from labs.show.catalog_text import entries

    now = desk.now()
    with desk.open_history() as history:
        learner = history.learner(desk.catalog)
    decks = entries(learner, now).decks
    asked = queue(learner.pool, now)
    done = [event.rating for event in session.state.done] if session else []
    due = next_due(session) if session else None
    return {
        "decks": decks,
        "asked": len(asked),
        "new": sum(entry.why is QueueReason.NEW for entry in asked),
        "finished": session is not None and session.asked,
        "nothing": session is not None and not session.asked,
        "done": len(done),
        "known": sum(rating is not None and rating > Grade.AGAIN for rating in done),
        "next_due": f"in {span(due - now)}" if due and due > now else "",
    }


def act(desk: Desk, form: MultiDict[str, str]) -> None:
    """Performs one step of the session. Ignores forms of a card that is no longer current."""
    with desk.lock, desk.open_history() as history:
        do = form.get("do", "")
        if do == "start":
            _start_session(desk, history, form)
        elif desk.session is not None:
            desk.session.store = history.store
            _step(desk.session, do, form)
        desk.changed()


def _start_session(desk: Desk, history: History, form: MultiDict[str, str]) -> None:
    from labs.learner.study import start_session

    decks = [deck for deck in desk.catalog.decks() if form.get("deck", "") in ("", deck.name)]
    if not decks:
        raise UsageError(f"there is no deck {form.get('deck')!r}")
    options = StudyOptions(cram=form.get("cram") == "on")
    desk.session = start_session(desk.catalog, history, options, decks)


def _step(session: StudySession, do: str, form: MultiDict[str, str]) -> None:
    view = session.view()
    session.notice = ""
    if do == "undo":
        session.undo()
        return
    if view is None or form.get("ref") != view.ref:
        return
    _tick(session, view, form)
    match do:
        case "reveal":
            session.reveal()
        case "1" | "2" | "3" | "4":
            session.grade(Grade(int(do)))
        case "skip":
            session.skip()
        case "suspend":
            session.suspend()
        case "flag":
            session.flag(form.get("note", "").strip())
        case "quit":
            session.quit()


def _tick(session: StudySession, view: CardView, form: MultiDict[str, str]) -> None:
    """Ticks the items of the form, unless it is the form of the question, which has none."""
    if "items" not in form:
        return
    wanted = {int(each) for each in form.getlist("item") if each.isdecimal()}
    for item in wanted ^ view.ticked:
        session.tick(item)
