"""The board as lines of text: learners who need help or cannot be checked, hardest objectives, all learners."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from labs.show.wording import one_line, plural, shortened, wide
from labs.workshop.board import Board, Row, SharedCause, Status
from labs.workshop.ledger_rows import StoredRound
from labs.workshop.seat_result import Cell

SIGNS = {
    Status.STUCK: "!",
    Status.CANNOT_LOOK: "?",
    Status.SLOW: "~",
    Status.ACTIVE: "✗",
    Status.NOT_STARTED: "·",
    Status.ABSENT: "-",
    Status.NOT_REACHED: " ",
    Status.DONE: "✓",
}
COLOURS = {Status.STUCK: "red", Status.CANNOT_LOOK: "yellow", Status.DONE: "green"}
WORDS = {
    Status.DONE: "done",
    Status.ACTIVE: "active",
    Status.SLOW: "slow",
    Status.STUCK: "stuck",
    Status.CANNOT_LOOK: "cannot check",
    Status.NOT_STARTED: "not started",
    Status.ABSENT: "absent",
    Status.NOT_REACHED: "not checked",
}
MAX_NAME_COLUMNS = 24
MAX_STUCK_ROWS = 5
MAX_HARDEST_OBJECTIVES = 4
LEFT_TO_RIGHT_MARK = "\u200e"


def board_lines(board: Board, width: int, footer: str, notices: Sequence[str] = ()) -> list[str]:
    """The lines of the whole board."""
    column = name_column(board, width)
    rows = [line for row in board.rows for line in _row(row, column, width)]
    notes = [line for each in banners(board, notices) for line in wrapped(each, width, "")]
    head = [*header(board, width), *notes]
    tail = [*hardest_lines(board, width), shortened(footer, width)]
    return [*head, "", *_needs(board, width), *rows, "", *tail]


def banners(board: Board, notices: Sequence[str]) -> list[str]:
    """The texts at the top: warnings about the board, and errors that many seats share."""
    return [*notices, *map(_cause, board.causes)]


def _cause(cause: SharedCause) -> str:
    remedy = ". Your own credentials? `aws sso login`" if cause.expired else ""
    return f"{plural(cause.seats, 'seat')} cannot be checked, for the same reason: {cause.text}{remedy}"


def round_text(rounds: Sequence[StoredRound], now: datetime) -> str:
    """The number of the round, and its age."""
    if not rounds:
        return "no round yet"
    latest = rounds[-1]
    started = f"round {len(rounds)}, {duration(now - latest.started)} ago"
    return started if latest.finished else f"{started}, in progress"


def counts(board: Board) -> str:
    """The numbers of learners by status, as text, without zeros."""
    return " · ".join(
        f"{word} {board.count(status)}" for status, word in WORDS.items() if board.count(status)
    )


def duration(span: timedelta) -> str:
    """A duration in one unit."""
    seconds = int(span.total_seconds())
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def short_name(name: str, width: int) -> str:
    """A learner's name, cut to the width of the column of names on a screen of this width."""
    return shortened(one_line(name), min(MAX_NAME_COLUMNS, width // 3))


def header(board: Board, width: int) -> Iterator[str]:
    """The title, the number of learners, and their numbers by status."""
    sizes = f"{plural(len(board.rows), 'learner')} · {plural(len(board.labs), 'lab')}"
    left, right = f"{one_line(board.title)} · {sizes}", counts(board)
    gap = width - wide(left) - wide(right)
    if gap >= 2:
        yield f"{left}{' ' * gap}{right}"
    else:
        yield shortened(left, width)
        yield shortened(f"  {right}", width)


def _needs(board: Board, width: int) -> Iterator[str]:
    """A line for each stuck learner."""
    stuck = board.needing()
    column = name_column(board, width)
    for number, row in enumerate(stuck[:MAX_STUCK_ROWS]):
        label = "" if number else "needs you"
        yield shortened(
            f"  {label:<12}{_padded(short_name(row.name, width), column)}  {_at_work(row)}", width
        )
    if len(stuck) > MAX_STUCK_ROWS:
        yield f"{'':14}and {len(stuck) - MAX_STUCK_ROWS} more"
    if stuck:
        yield ""


def unseen_lines(board: Board, width: int) -> Iterator[str]:
    """The learners who cannot be checked, on one line; empty if there are none."""
    unseen = [row for row in board.rows if row.status is Status.CANNOT_LOOK]
    if unseen:
        names = ", ".join(short_name(row.name, width) for row in unseen[:MAX_STUCK_ROWS])
        more = f" and {len(unseen) - MAX_STUCK_ROWS} more" if len(unseen) > MAX_STUCK_ROWS else ""
        why = one_line(next((row.error for row in unseen if row.error), "some objectives are inconclusive"))
        yield shortened(f"  cannot check  {names}{more}: {why}", width)


def _at_work(row: Row) -> str:
    """The lab and objective in progress, since when, and who helped."""
    at = next((cell for cell in row.cells if cell.lab == row.lab), None)
    score = f"{at.lab} {at.score}/{at.total} " if at else ""
    words = [f"{score}for {duration(row.idle)}", ", ".join(row.failing[:1]), one_line(row.note)]
    return "  ".join(word for word in words if word)


def hardest_lines(board: Board, width: int) -> list[str]:
    """The objectives that most learners fail, as many as fit on each line."""
    if not board.hardest:
        return []
    name = "{0.objective}" if len(board.labs) == 1 else "{0.lab} {0.objective}"
    lines: list[str] = []
    line = "hardest now:"
    for each in board.hardest[:MAX_HARDEST_OBJECTIVES]:
        share = (
            f"{each.seats} of {each.started} ({100 * each.seats // each.started} %), {duration(each.time)}"
        )
        text = f" {name.format(each)} {share} ·"
        if wide(line + text) > width + 2 and line.endswith("·"):
            lines, line = [*lines, line], " " * len("hardest now:")
        line += text
    return [shortened(each.removesuffix(" ·"), width) for each in [*lines, line]]


def short_row(row: Row, column: int, width: int) -> str:
    """A learner on one line: sign, name, lab in progress."""
    head = f"  {sign(row.status)} {_padded(short_name(row.name, width), column)}  "
    if row.status is Status.CANNOT_LOOK:
        text = "  ".join(cell_text(cell) for cell in row.cells if cell.total)
        text = _now(text, row.error)
    elif row.status in (Status.DONE, Status.NOT_REACHED, Status.NOT_STARTED, Status.ABSENT):
        text = WORDS[row.status]
    else:
        text = _at_work(row)
    return head + shortened(text, max(width - column - 6, 0))


def _now(known: str, error: str | None) -> str:
    """The last known state, and the reason why there is no newer one."""
    if not error:
        return known
    return f"{known}, now: {one_line(error)}" if known else one_line(error)


def _row(row: Row, column: int, width: int) -> Iterator[str]:
    """A learner: sign, name, and a cell for each lab, wrapped."""
    head = f"  {sign(row.status)} {_padded(short_name(row.name, width), column)}"
    labs = [cell_text(cell).replace(" ", "\0") for cell in row.cells if cell.total or not row.error]
    text = _now("  ".join(labs), row.error)
    indent = 6 + column
    for line in textwrap.wrap(text, max(width - indent, 20), break_on_hyphens=False) or [""]:
        yield f"{head}  {line}".replace("\0", " ").rstrip()
        head = " " * (indent - 2)


def cell_text(cell: Cell) -> str:
    """A lab's score, never by colour alone; that of an earlier check with its time."""
    if cell.unseen and cell.as_of:
        return f"{cell.lab} {cell.score}/{cell.total} as of {cell.as_of.astimezone():%H:%M}"
    if cell.unseen:
        return f"{cell.lab} ?"
    mark = "✓" if cell.passed else "·" if not cell.total else f"{cell.score}/{cell.total}"
    return f"{cell.lab} {mark}"


def sign(status: Status) -> str:
    """The icon of a status, in colour if colours are wanted."""
    import typer

    colour = COLOURS.get(status)
    return typer.style(SIGNS[status], fg=colour) if colour else SIGNS[status]


def name_column(board: Board, width: int) -> int:
    """The width of the column of names."""
    return max((wide(short_name(row.name, width)) for row in board.rows), default=0)


def _padded(text: str, column: int) -> str:
    """A name, padded to its column; after a right-to-left name, with a mark that keeps the columns in order."""
    mark = LEFT_TO_RIGHT_MARK if any(unicodedata.bidirectional(each) in ("R", "AL") for each in text) else ""
    return text + mark + " " * max(column - wide(text), 0)


def wrapped(text: str, width: int, indent: str) -> list[str]:
    """Untrusted text, wrapped and indented."""
    room = max(width - len(indent), 20)
    return [f"{indent}{line}" for line in textwrap.wrap(one_line(text), room, break_on_hyphens=False)]
