"""The rows of the board as HTML, cached until their content changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from labs.web.board.people import GroupRow, Person
from labs.web.templating import templates

if TYPE_CHECKING:
    from markupsafe import Markup


class Fragments:
    """The rendered row of each learner, and the cells of each group."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[object, Markup]] = {}

    def row(self, person: Person) -> Markup:
        """The row of a learner."""
        return self._part(f"seat {person.seat}", _content(person), lambda macros: macros.person_row(person))

    def group(self, group: GroupRow) -> Markup:
        """The cells of a group."""
        shown = [_content(each) for each in group.everyone]
        return self._part(f"group {group.name}", shown, lambda macros: macros.group_cells(group))

    def _part(self, key: str, shown: object, render: Callable[[Any], Markup]) -> Markup:
        kept = self._kept.get(key)
        if kept is None or kept[0] != shown:
            kept = self._kept[key] = shown, render(templates().get_template("board/macros.html").module)
        return kept[1]


def _content(person: Person) -> object:
    """Everything that a row shows, for comparison."""
    return person.row.cells, person.row.lab, person.state, person.words
