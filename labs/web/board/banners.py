"""Warnings at the top of the board: results that are unsaved, unreadable or stale, with the remedy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from labs.show.board_text import duration
from labs.show.wording import one_line, plural
from labs.workshop.board import SharedCause
from labs.workshop.board_source import BoardState
from labs.workshop.events import EventKind

STALE_AFTER = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Banner:
    """A banner: what is affected (`head`), what to do (`text`), and a command to type."""

    kind: str
    head: str
    text: str
    command: str = ""
    ends_break: bool = False


def banners(state: BoardState, every: timedelta) -> Iterator[Banner]:
    """The banners of a board, the worst first."""
    for cause in state.board.causes:
        yield _shared_cause(state, cause)
    if state.unsaved_since:
        waiting = f"{plural(state.unsaved, 'result')} {'waits' if state.unsaved == 1 else 'wait'} in memory."
        yield Banner(
            "",
            f"Not saved since {state.unsaved_since.astimezone():%H:%M}.",
            f"The database is away. This board goes on, and saves later. {waiting} Keep its terminal open.",
        )
    yield from _stale(state, every)
    if state.on_break:
        yield _break(state)


def _shared_cause(state: BoardState, cause: SharedCause) -> Banner:
    """The banner for seats that cannot be checked for the same reason."""
    known = state.checked_at
    old = (
        f" Scores are those of the last check that worked, at {known.astimezone():%H:%M} or before."
        if known
        else ""
    )
    seats, text = cause.seats, one_line(cause.text).removesuffix(".")
    if cause.expired:
        what = f"{plural(seats, 'seat')} cannot be checked.{old} Renew the credentials: the board goes on by itself."
        return Banner("bad", "Your own AWS credentials have expired.", what, "aws sso login")
    return Banner(
        "bad", f"{plural(seats, 'seat')} cannot be checked.", f"The reason is the same for all: {text}.{old}"
    )


def _stale(state: BoardState, every: timedelta) -> Iterator[Banner]:
    """The banner if nothing was checked for much longer than a round takes."""
    checked = state.checked_at
    if checked is None or state.unsaved_since:
        return
    age = state.now - checked
    if age > max(STALE_AFTER, 3 * every):
        yield Banner(
            "",
            f"No check for {duration(age)}.",
            "All scores are from before. Is the board that checks still running in its terminal?",
        )


def _break(state: BoardState) -> Banner:
    running = [each for each in state.events if each.kind is EventKind.BREAK and each.at <= state.now]
    last = max(running, key=lambda each: each.at)
    until = f" It ends at {last.until.astimezone():%H:%M}." if last.until else ""
    text = f"All clocks are stopped: nobody becomes stuck.{until} Checks go on."
    return Banner(
        "good", f"Break since {last.at.astimezone():%H:%M}, by {one_line(last.who)}.", text, ends_break=True
    )
