"""The board as lines of text, for any terminal: who needs you, who cannot be looked at, what is hardest, everybody."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from labs.content.markdown import plain
from labs.workshop.board import Board, Cell, Row, Status
from labs.workshop.ledger import StoredRound

SIGNS = {Status.STUCK: "!", Status.UNSEEN: "?", Status.WORKING: "✗", Status.WAITING: "·", Status.DONE: "✓"}
COLOURS = {Status.STUCK: "red", Status.UNSEEN: "yellow", Status.DONE: "green"}
MAX_NAME_COLUMNS = 24
MAX_STUCK_ROWS = 5
MAX_HARDEST_OBJECTIVES = 4


def board_lines(board: Board, width: int, footer: str, height: int | None = None) -> list[str]:
    """The board; in so many lines at most, if given: then it says how many learners it leaves out."""
    lines = [*_header(board, width), "", *_needs(board, width)]
    hardest = _hardest(board, width)
    column = _column(board, width)
    rows = [line for row in board.rows for line in _row(row, column, width)]
    room = None if height is None else height - len(lines) - len(hardest) - 3
    if room is not None and len(rows) > room:
        shown = rows[: max(room - 1, 0)]
        more = f"  ... and {len(rows) - len(shown)} more lines: a taller window, or --web, shows all"
        rows = [*shown, _cut(more, width)]
    lines += [*rows, "", *hardest, _cut(footer, width)]
    return lines if height is None else lines[:height]


def round_text(rounds: Sequence[StoredRound], now: datetime) -> str:
    """Which round this is, and how old."""
    if not rounds:
        return "no round yet"
    latest = rounds[-1]
    started = f"round {len(rounds)}, {duration(now - latest.started)} ago"
    return started if latest.finished else f"{started}, under way"


def counts(board: Board) -> str:
    """How the room fares, in words; only what there is."""
    words = {
        Status.DONE: "done",
        Status.WORKING: "working",
        Status.STUCK: "stuck",
        Status.UNSEEN: "can't look",
        Status.WAITING: "not looked at yet",
    }
    return " · ".join(
        f"{word} {board.count(status)}" for status, word in words.items() if board.count(status)
    )


def duration(span: timedelta) -> str:
    """About how long, in the unit that people would say."""
    seconds = int(span.total_seconds())
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def visible(text: str) -> str:
    """Untrusted text, unable to steer a terminal or to turn the direction of writing."""
    return "".join(letter for letter in plain(text) if unicodedata.category(letter) != "Cf")


def one_line(text: str) -> str:
    """Untrusted text on one line."""
    return " ".join(visible(text).split())


def wide(text: str) -> int:
    """The columns of a terminal that a text takes: two for each wide letter, none for what sits on another."""
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )


def short_name(name: str, width: int) -> str:
    """A learner's name, cut to what a screen of this width has for names."""
    return _cut(one_line(name), min(MAX_NAME_COLUMNS, width // 3))


def plural(number: int, thing: str) -> str:
    """`1 lab`, `3 labs`."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def _header(board: Board, width: int) -> Iterator[str]:
    sizes = f"{plural(len(board.rows), 'learner')} · {plural(len(board.labs), 'lab')}"
    left, right = f"{one_line(board.title)} · {sizes}", counts(board)
    gap = width - wide(left) - wide(right)
    if gap >= 2:
        yield f"{left}{' ' * gap}{right}"
    else:
        yield _cut(left, width)
        yield _cut(f"  {right}", width)


def _needs(board: Board, width: int) -> Iterator[str]:
    stuck, unseen = board.needing(), [row for row in board.rows if row.status is Status.UNSEEN]
    column = _column(board, width)
    for number, row in enumerate(stuck[:MAX_STUCK_ROWS]):
        at = next((cell for cell in row.cells if cell.lab == row.lab), None)
        text = f"{at.lab} {at.score}/{at.total}  " if at else ""
        text += f"no change for {duration(row.idle)}, {row.looks} looks  {', '.join(row.failing[:2])}"
        yield _cut(
            f"  {'' if number else 'needs you':<12}{_padded(short_name(row.name, width), column)}  {text}",
            width,
        )
    for number, row in enumerate(unseen[:MAX_STUCK_ROWS]):
        why = one_line(row.error or "not everything could be looked at")
        label = "" if number else "can't look"
        yield _cut(f"  {label:<12}{_padded(short_name(row.name, width), column)}  {why}", width)
    if stuck or unseen:
        yield ""


def _hardest(board: Board, width: int) -> list[str]:
    if not board.hardest:
        return []
    name = "{0.objective}" if len(board.labs) == 1 else "{0.lab} {0.objective}"
    hardest = [
        f"{name.format(each)} {each.seats} of {len(board.rows)}"
        for each in board.hardest[:MAX_HARDEST_OBJECTIVES]
    ]
    return [_cut(f"hardest now: {' · '.join(hardest)}", width)]


def _row(row: Row, column: int, width: int) -> Iterator[str]:
    """A learner: sign, name, and a cell for each lab, on as many lines as it takes."""
    head = f"  {sign(row.status)} {_padded(short_name(row.name, width), column)}"
    labs = [cell_text(cell).replace(" ", "\0") for cell in row.cells]
    cells = [one_line(row.error)] if row.error else labs
    indent = 6 + column
    for line in textwrap.wrap("  ".join(cells), max(width - indent, 20), break_on_hyphens=False) or [""]:
        yield f"{head}  {line}".replace("\0", " ").rstrip()
        head = " " * (indent - 2)


def cell_text(cell: Cell) -> str:
    """A lab's score, never by colour alone."""
    if cell.unseen:
        return f"{cell.lab} ?"
    mark = "✓" if cell.passed else "·" if not cell.total else f"{cell.score}/{cell.total}"
    return f"{cell.lab} {mark}"


def sign(status: Status) -> str:
    """The status in one sign, coloured where colours are wanted."""
    import typer

    colour = COLOURS.get(status)
    return typer.style(SIGNS[status], fg=colour) if colour else SIGNS[status]


def _column(board: Board, width: int) -> int:
    return max((wide(short_name(row.name, width)) for row in board.rows), default=0)


def _padded(text: str, column: int) -> str:
    return text + " " * max(column - wide(text), 0)


def _cut(text: str, width: int) -> str:
    if wide(text) <= width:
        return text
    while text and wide(text) > width - 3:
        text = text[:-1]
    return f"{text}..."
