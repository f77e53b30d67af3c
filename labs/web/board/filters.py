"""The filters and sort order of the board, kept in the address so that it can be shared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from labs.web.board.people import TILES, Person

SORTS = {"need": "need first", "name": "name", "progress": "progress"}
GROUPED_FROM = 61
"""Minimum number of learners for a board with collapsed groups."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Filters and sort order. Unknown values in an address are ignored."""

    state: str = ""
    group: str = ""
    lab: str = ""
    sort: str = "need"
    q: str = ""
    view: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str], groups: Iterable[str], labs: Iterable[str]) -> Filters:
        """The filters of a query string."""

        def one_of(name: str, known: Iterable[str], default: str = "") -> str:
            given = query.get(name, "")
            return given if given in set(known) else default

        return cls(
            one_of("state", TILES),
            one_of("group", groups),
            one_of("lab", labs),
            one_of("sort", SORTS, "need"),
            query.get("q", "").strip()[:100],
            one_of("view", ["all"]),
        )

    def grouped(self, number: int) -> bool:
        """Whether this number of learners is shown by groups: not if filters are set."""
        return number >= GROUPED_FROM and not (self.state or self.lab or self.q or self.view)

    def chosen(self, people: Iterable[Person]) -> list[Person]:
        """The learners that match the filters, sorted."""
        wanted = self.q.casefold()
        found = [
            each
            for each in people
            if (not self.state or each.state == self.state)
            and (not self.group or each.group == self.group)
            and (not self.lab or each.row.lab == self.lab)
            and wanted in each.name.casefold()
        ]
        return self.sorted(found)

    def sorted(self, people: Sequence[Person]) -> list[Person]:
        """These learners, given in the order of need, in the sort order of the filters."""
        if self.sort == "name":
            return sorted(people, key=lambda each: each.name.casefold())
        if self.sort == "progress":
            return sorted(people, key=lambda each: (-each.done, -each.objectives, each.name.casefold()))
        return list(people)

    def address(self, path: str = "/", **changed: str) -> str:
        """The address of a page with these filters, with changes."""
        new = replace(self, **changed)
        chosen = {name: getattr(new, name) for name in self.__slots__}
        query = urlencode(
            {name: value for name, value in chosen.items() if value and (name, value) != ("sort", "need")}
        )
        return f"{path}?{query}" if query else path

    @property
    def narrowed(self) -> bool:
        """Whether any filter is set."""
        return bool(self.state or self.group or self.lab or self.q)
