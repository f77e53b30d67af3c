"""What is said at the end of a sitting, and in the place of one when nothing is due."""

from __future__ import annotations

from datetime import datetime

from labs.show.card import duration
from labs.study.schedule import Grade
from labs.study.session import StudySession, next_due


def text(session: StudySession) -> str:
    """What was done, and when there is more to do."""
    sitting, now = session.sitting, session.sitting.table.stamp.now()
    following = _next(next_due(session), now)
    if not session.asked:
        return f"Nothing is due. {following}"
    recalled = sum((event.rating or 0) > Grade.AGAIN for event in sitting.done)
    graded = f"{len(sitting.done)} answer{'s' if len(sitting.done) != 1 else ''}, {recalled} recalled."
    return f"{graded} It was a cram: nothing was kept." if sitting.table.cram else f"{graded} {following}"


def _next(due: datetime | None, now: datetime) -> str:
    if due is None:
        return "labs study --new 10 takes up new cards."
    if due <= now:
        return "More is due now: labs study."
    return f"The next card is due in {duration(due - now)}; labs study --ahead 1 takes those of a day ahead."
