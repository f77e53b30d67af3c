"""The text at the end of a study session, or in its place when nothing is due."""

from __future__ import annotations

from datetime import datetime

from labs.show.card import duration
from labs.study.schedule import Grade
from labs.study.session import StudySession, next_due


def render_study_summary(session: StudySession) -> str:
    """The number of answers, and when the next card is due."""
    state, now = session.state, session.state.config.new_event.now()
    next_text = _next(next_due(session), now)
    if not session.asked:
        return f"Nothing is due. {next_text}"
    recalled = sum((event.rating or 0) > Grade.AGAIN for event in state.done)
    graded = f"{len(state.done)} answer{'s' if len(state.done) != 1 else ''}, {recalled} recalled."
    return f"{graded} It was a cram: nothing was kept." if state.config.cram else f"{graded} {next_text}"


def _next(due: datetime | None, now: datetime) -> str:
    if due is None:
        return "labs study --new 10 takes up new cards."
    if due <= now:
        return "More is due now: labs study."
    return f"The next card is due in {duration(due - now)}; labs study --ahead 1 takes those of a day ahead."
