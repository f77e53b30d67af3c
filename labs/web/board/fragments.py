"""The rows of the map as HTML: rendered again only where they show something else than before."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from labs.web.board.people import GroupRow, Person
from labs.web.templating import templates

if TYPE_CHECKING:
    from markupsafe import Markup


class Fragments:
    """The latest rendering of each learner's row and of each group's cells."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[object, Markup]] = {}

    def row(self, person: Person) -> Markup:
        """The row of a learner."""
        return self._part(f"seat {person.seat}", _shown(person), lambda macros: macros.person_row(person))

    def group(self, group: GroupRow) -> Markup:
        """The cells of a group."""
        shown = [_shown(each) for each in group.everyone]
        return self._part(f"group {group.name}", shown, lambda macros: macros.group_cells(group))

    def _part(self, key: str, shown: object, render: Callable[[Any], Markup]) -> Markup:
        kept = self._kept.get(key)
        if kept is None or kept[0] != shown:
            kept = self._kept[key] = shown, render(templates().get_template("board/macros.html").module)
        return kept[1]


def _shown(person: Person) -> object:
    """All that a row says; a score that was checked again is the same object or an equal one."""
    return person.row.cells, person.row.lab, person.state, person.words
