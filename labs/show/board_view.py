"""The interactive board in a terminal: selection, order, and keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from labs.show import board_text as text
from labs.show.wording import one_line, plural, shortened
from labs.verdict import State
from labs.workshop.board import Board, Row, Status
from labs.workshop.seat_result import SeatResult

KEYS = "↑↓ Enter open  / find  f filter  o order  h helped  z snooze  p break  q quit"
KEYS_FIND = "type a part of a name or group  Enter keep  Esc all"
KEYS_OPEN = "↑↓ scroll  Esc back  h helped  z snooze  q quit"
ESCAPE = "\x1b"
BACK = (ESCAPE, "\x7f", "\b")
ENTER = ("\r", "\n")


class Order(Enum):
    """The order of the learners."""

    NEED = "who needs you first"
    NAME = "by name"
    PROGRESS = "by progress"


@dataclass(frozen=True, slots=True)
class BoardView:
    """The selection: a learner by name, a status (None: all), an order; and whether the learner is `opened`."""

    selected: str | None = None
    status: Status | None = None
    order: Order = Order.NEED
    opened: bool = False
    scrolled: int = 0
    """The number of lines that an opened learner is scrolled by."""
    find: str = ""
    """Text to find in names or groups."""
    typing: bool = False
    """Whether keys are typed into `find`."""
    groups: Mapping[str, str] = field(default_factory=dict, hash=False)
    """The group of each learner in the roster."""

    def rows(self, board: Board) -> list[Row]:
        """The learners to show; those who cannot be checked come last where the order is by need."""
        rows = [row for row in board.rows if self.status in (None, row.status) and self._finds(row.name)]
        match self.order:
            case Order.NEED:
                return sorted(rows, key=lambda row: row.status is Status.CANNOT_LOOK)
            case Order.NAME:
                return sorted(rows, key=lambda row: row.name.casefold())
            case Order.PROGRESS:
                return sorted(
                    rows, key=lambda row: (-sum(cell.score for cell in row.cells), row.name.casefold())
                )

    def press(self, key: str, board: Board, page: int) -> BoardView:
        """The view after a key; unknown keys change nothing."""
        move = {"up": -1, "down": 1, "page up": -page, "page down": page}.get(key)
        if self.typing and not move:
            return self._typed(key)
        if self.opened:
            if key in BACK:
                return replace(self, opened=False, scrolled=0)
            return replace(self, scrolled=max(self.scrolled + move, 0)) if move else self
        if move:
            return self._moved(move, board)
        if key in ENTER and self.selected:
            return replace(self, opened=True)
        if key == "/":
            return replace(self, typing=True)
        if key == "f":
            there = [None, *(status for status in Status if board.count(status))]
            at = there.index(self.status) if self.status in there else -1
            return replace(self, status=there[(at + 1) % len(there)], selected=None)
        if key == "o":
            orders = list(Order)
            return replace(self, order=orders[(orders.index(self.order) + 1) % len(orders)])
        return self

    def _finds(self, name: str) -> bool:
        return self.find.casefold() in f"{name}\n{self.groups.get(name, '')}".casefold()

    def _typed(self, key: str) -> BoardView:
        """The view after a key while a name is typed."""
        if key in ENTER:
            return replace(self, typing=False)
        if key == ESCAPE:
            return replace(self, typing=False, find="", selected=None)
        if key in BACK:
            return replace(self, find=self.find[:-1], selected=None)
        return replace(self, find=self.find + key, selected=None) if key.isprintable() else self

    def _moved(self, move: int, board: Board) -> BoardView:
        names = [row.name for row in self.rows(board)]
        if not names:
            return self
        at = names.index(self.selected) + move if self.selected in names else 0
        return replace(self, selected=names[min(max(at, 0), len(names) - 1)])


def view_lines(
    view: BoardView,
    board: Board,
    width: int,
    height: int,
    footer: str,
    notices: Sequence[str] = (),
    seat: SeatResult | None = None,
) -> list[str]:
    """At most `height` lines, none wider than the screen; `seat` is the latest result of the opened learner."""
    head = [
        *text.header(board, width),
        *(shortened(one_line(each), width) for each in text.banners(board, notices)),
    ]
    if view.opened:
        lines = [*_learner(view, board, width, seat)]
        room = max(height - len(head) - 2, 1)
        first = min(view.scrolled, max(len(lines) - room, 0))
        return [*head, *lines[first : first + room], "", shortened(KEYS_OPEN, width)][:height]
    head += text.unseen_lines(board, width) if view.status is None and not view.find else ()
    tail = [*text.hardest_lines(board, width), *_footer(view, footer, width)]
    room = max(height - len(head) - len(tail) - 2, 0)
    lines = [*head, "", *_window(view, board, width, room), "", *tail]
    return lines if len(lines) <= height else [*lines[: height - 1], lines[-1]]


def _footer(view: BoardView, footer: str, width: int) -> list[str]:
    chosen = [] if view.status is None else [f"only: {text.WORDS[view.status]}"]
    chosen += [] if view.order is Order.NEED else [view.order.value]
    if view.typing or view.find:
        chosen.insert(0, f"find: {one_line(view.find)}{'_' * view.typing}")
    return [
        shortened(KEYS_FIND if view.typing else KEYS, width),
        shortened(" · ".join([footer, *chosen]), width),
    ]


def _window(view: BoardView, board: Board, width: int, room: int) -> list[str]:
    """As many learners as fit, around the selected one; and the number of others."""
    rows, column = view.rows(board), text.name_column(board, width)
    if not rows or room <= 0:
        return []
    names = [row.name for row in rows]
    size = len(rows) if len(rows) <= room else max(room - 1, 0)
    at = names.index(view.selected) if view.selected in names else 0
    first = min(max(at - size // 2, 0), len(rows) - size)
    lines = [_row(row, column, width, row.name == view.selected) for row in rows[first : first + size]]
    if len(rows) > size:
        lines.append(shortened(f"  {first + 1}-{first + size} of {plural(len(rows), 'learner')}", width))
    return lines


def _row(row: Row, column: int, width: int, chosen: bool) -> str:
    line = text.short_row(row, column, width)
    return f">{line[1:]}" if chosen else line


def _learner(view: BoardView, board: Board, width: int, seat: SeatResult | None) -> Iterator[str]:
    """The details of the selected learner: the score of each lab, and what failed."""
    row = next((each for each in board.rows if each.name == view.selected), None)
    if row is None:
        return
    yield ""
    account = f" · account {seat.account}" if seat and seat.account else ""
    yield shortened(f"{one_line(row.name)}: {text.WORDS[row.status]}{account}", width)
    for each in (row.error or "", row.note):
        if each:
            yield from text.wrapped(each, width, "  ")
    verdicts = {lab.lab: lab for lab in seat.labs} if seat else {}
    for cell in row.cells:
        yield shortened(f"  {text.cell_text(cell)}", width)
        findings = verdicts[cell.lab].findings if cell.lab in verdicts else ()
        for finding in findings:
            if finding.state is State.FAILED:
                yield from text.wrapped(f"✗ {finding.id}: found {finding.found}", width, "    ")
                yield from text.wrapped(f"expected {finding.expected}", width, "      ")
