"""The board as a site: routes, and the context that all pages share."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labs.show.board_text import duration, round_text
from labs.web.app import Route
from labs.web.board.actions import Actions
from labs.web.board.banners import banners
from labs.web.board.details import Details
from labs.web.board.downloads import Downloads
from labs.web.board.filters import Filters
from labs.web.board.fragments import Fragments
from labs.web.board.joining_page import JoiningPage
from labs.web.board.lab_page import lab_page, labs_page
from labs.web.board.lab_texts import LabText, lab_groups
from labs.web.board.learner_page import learner_page
from labs.web.board.objective_page import objective_page, objectives_page
from labs.web.board.people import STATES, Person, people_of
from labs.web.board.projector import projector_page
from labs.web.board.room import room_page
from labs.web.templating import render
from labs.workshop.board_source import BoardSource, BoardState
from labs.workshop.joining import Joining
from labs.workshop.roster import Roster

if TYPE_CHECKING:
    from werkzeug.wrappers import Request

TICK_SECONDS = 15
"""Pages are rendered again after this time even without changes: learners become stuck over time."""
WORDS = {
    "stuck": "stuck",
    "active": "active",
    "done": "done",
    "none": "not started",
    "absent": "absent",
    "look": "cannot check",
}


@dataclass(frozen=True, slots=True)
class BoardOptions:
    """Options of a board: roster, folder, instructor, and how its rounds run."""

    roster_path: Path
    home: Path
    instructor: str
    every: timedelta
    checks: Callable[[], bool]
    """Whether this board runs the rounds, or follows another one."""
    joining: Joining | None = None


@dataclass(slots=True)
class BoardSite:
    """The board of a workshop."""

    source: BoardSource
    labs: Sequence[LabText]
    clock: Callable[[], datetime]
    options: BoardOptions
    _details: Details = field(init=False)
    _fragments: Fragments = field(default_factory=Fragments)
    _drawn: tuple[object, BoardState, list[Person]] | None = None
    _roster: Roster | None = None
    """The roster that the cached board was made for."""

    def __post_init__(self) -> None:
        self._details = Details(self.source)

    @property
    def name(self) -> str:
        """The title of the workshop."""
        return self.source.roster.title

    def revision(self) -> object:
        """A value of everything that pages depend on: board data, joined learners, lease, time in ticks."""
        joined = self.options.joining.changes if self.options.joining else 0
        tick = int(self.clock().timestamp()) // TICK_SECONDS
        return (*self.source.revision(), joined, self.options.checks(), tick)

    def routes(self) -> Iterable[Route]:
        """Pages, actions and files."""
        actions = Actions(self.source, self.clock, self.options.instructor)
        files = Downloads(self.source, self.clock, self.options.home)
        return [
            Route("/", self.room),
            Route("/labs", self.list_labs),
            Route("/lab", self.lab),
            Route("/objectives", self.list_objectives),
            Route("/objective", self.objective),
            Route("/learner", self.learner),
            Route("/projector", self.projector),
            Route("/export", self.export),
            Route("/helped", actions.helped, "POST"),
            Route("/snooze", actions.snooze, "POST"),
            Route("/break", actions.start_break, "POST"),
            Route("/resume", actions.end_break, "POST"),
            Route("/grades.csv", files.grades),
            Route("/round.csv", files.round_csv),
            Route("/round.json", files.round_json),
            Route("/report.html", files.report),
            Route("/receipts.zip", files.receipts),
            *self._joining_routes(),
        ]

    def room(self, request: Request) -> str:
        """The page of the whole room."""
        state, people = self._draw()
        filters = self._filters(request.args, people)
        about = room_page(state, people, self.labs, filters)
        about |= {"lab_groups": lab_groups(self.labs), "fragments": self._fragments}
        return self._page("room.html", "/", filters.address(), **about)

    def list_labs(self, _: Request) -> str:
        """The list of labs."""
        state, people = self._draw()
        return self._page("labs.html", "/labs", "/labs", **labs_page(state, people, self.labs))

    def lab(self, request: Request) -> str:
        """The page of one lab."""
        state, people = self._draw()
        lab, filters = self._lab(request.args.get("id", "")), self._filters(request.args, people)
        open_only = request.args.get("open") == "1"
        chosen = Filters(group=filters.group, q=filters.q)
        about = lab_page(state, people, self.labs, lab, chosen, self._details, open_only=open_only)
        return self._page("lab.html", "/labs", request.full_path.rstrip("?"), filters=chosen, **about)

    def list_objectives(self, _: Request) -> str:
        """The list of the hardest objectives."""
        state, _people = self._draw()
        return self._page(
            "objectives.html", "/objectives", "/objectives", **objectives_page(state, self.labs)
        )

    def objective(self, request: Request) -> str:
        """The page of one objective."""
        from werkzeug.exceptions import NotFound

        state, people = self._draw()
        lab = self._lab(request.args.get("lab", ""))
        objective = lab.objective(request.args.get("id", ""))
        if objective is None:
            raise NotFound
        about = objective_page(state, people, lab, objective, self._details)
        return self._page("objective.html", "/objectives", request.full_path, **about)

    def learner(self, request: Request) -> str:
        """The page of one learner."""
        from werkzeug.exceptions import NotFound

        state, people = self._draw()
        person = next((each for each in people if each.name == request.args.get("name")), None)
        if person is None:
            raise NotFound
        about = learner_page(
            state,
            self.labs,
            person,
            self._details,
            self.source.roster,
            self.options.roster_path,
            request.args.get("lab", ""),
        )
        return self._page("learner.html", "/", request.full_path, **about)

    def projector(self, _: Request) -> str:
        """The projector page."""
        state, people = self._draw()
        about = projector_page(state, people, self.labs, self.source.roster)
        return self._page("projector.html", "/projector", "/projector", **about)

    def export(self, _: Request) -> str:
        """The page with the downloads."""
        roster_file = shlex.quote(str(self.options.roster_path))
        return self._page("export.html", "/export", "/export", roster_file=roster_file)

    def _joining_routes(self) -> list[Route]:
        joining = self.options.joining
        if joining is None:
            return []
        page = JoiningPage(joining)
        return [
            Route("/joining", lambda _: self._page("joining.html", "/joining", "/joining", **page.about())),
            Route("/joining", page.act, "POST"),
        ]

    def _draw(self) -> tuple[BoardState, list[Person]]:
        """The board and its learners, cached for each revision."""
        revision, drawn = self.revision(), self._drawn
        if drawn is None or drawn[0] != revision:
            now = self.clock()
            # Ages count in steps, so that a change in one seat is a change of one row.
            step = datetime.fromtimestamp(now.timestamp() // TICK_SECONDS * TICK_SECONDS, now.tzinfo)
            if self._roster is not self.source.roster:
                self._roster, self._fragments, drawn = self.source.roster, Fragments(), None
            state, before = self.source.state(now, step), drawn[2] if drawn else ()
            drawn = self._drawn = revision, state, people_of(state, self.source.roster, self.labs, before)
        return drawn[1], drawn[2]

    def _filters(self, query: Mapping[str, str], people: Iterable[Person]) -> Filters:
        return Filters.of(query, {each.group for each in people}, [lab.id for lab in self.labs])

    def _lab(self, name: str) -> LabText:
        from werkzeug.exceptions import NotFound

        found = next((lab for lab in self.labs if lab.id == name), None)
        if found is None:
            raise NotFound
        return found

    def _page(self, template: str, nav: str, here: str, **about: Any) -> str:
        state, _people = self._draw()
        checked = state.checked_at
        shared = {
            "room": self.name,
            "labs": self.labs,
            "nav": nav,
            "here": here,
            "now": state.now,
            "on_break": state.on_break,
            "checked": checked,
            "checked_ago": f"{duration(state.now - checked)} ago" if checked else "",
            "needing": 0 if state.on_break else len(state.board.needing()),
            "banners": list(banners(state, self.options.every)),
            "round": round_text(state.rounds, state.now),
            "checks": "This board checks"
            if self.options.checks()
            else "Another board checks, this one shows it",
            "zone": state.now.astimezone().tzname() or "local time",
            "instructor": self.options.instructor,
            "joining": self.options.joining,
            "words": WORDS,
            "icons": dict(STATES.values()),
        }
        return render(f"board/{template}", **{**shared, **about})
