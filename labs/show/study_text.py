"""The text at the end of a study session, or in its place when nothing is due."""

from __future__ import annotations

from datetime import datetime

from labs.show.card import duration
from labs.show.wording import plural
from labs.study.schedule import Grade
from labs.study.session import StudySession, has_new_cards, next_due


def render_study_summary(session: StudySession) -> str:
    """How many cards were graded, and when the next one is due."""
    state, now = session.state, session.state.config.new_event.now()
    next_text = (
        f"Go on with the other {plural(session.unfinished, 'card')}: labs study"
        if session.unfinished
        else _next(next_due(session), has_new_cards(session), now)
    )
    if not session.asked:
        return f"No cards are due. {next_text}"
    grades = {event.card: event.rating or 0 for event in state.done}
    recalled = sum(grade > Grade.AGAIN for grade in grades.values())
    graded = f"{plural(len(grades), 'card')}, {recalled} recalled."
    return f"{graded} Cram mode: nothing was saved." if state.config.cram else f"{graded} {next_text}"


def _next(due: datetime | None, new: bool, now: datetime) -> str:
    if due is not None and due <= now:
        return "More cards are due: labs study"
    if new:
        later = f"The next card is due in {duration(due - now)}. " if due else ""
        return f"{later}Study new cards: labs study --new 10"
    if due is None:
        return "This deck has no more cards."
    return f"The next card is due in {duration(due - now)}. Study one day ahead: labs study --ahead 1"
