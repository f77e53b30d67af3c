"""The desk as a site: routes of pages and actions, and the revision that open pages follow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from labs.web.app import Route, download
from labs.web.desk import home_page, lab_page, progress_page, sandbox_page, study_page
from labs.web.desk.desk import Desk
from labs.web.desk.lab_actions import LabActions
from labs.web.templating import render

if TYPE_CHECKING:
    from werkzeug.wrappers import Request, Response


class DeskSite:
    """The learner's desk."""

    name = "labs"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._actions = LabActions(desk)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Runs the worker while the block runs."""
        with self._desk.worker.running():
            yield

    def routes(self) -> Iterable[Route]:
        """Pages, downloads and actions."""
        return [
            Route("/", self._home),
            Route("/lab", self._current),
            Route("/labs/<path:lab>", self._lab),
            Route("/study", self._study),
            Route("/progress", self._progress),
            Route("/progress.jsonl", self._export),
            Route("/receipts/<path:lab>", self._receipt),
            Route("/sandbox", self._sandbox),
            Route("/start/<path:lab>", self._start, "POST"),
            Route("/check/<path:lab>", self._check, "POST"),
            Route("/watch/<path:lab>", self._watch, "POST"),
            Route("/hint/<path:lab>", self._hint, "POST"),
            Route("/solution/<path:lab>", self._solution, "POST"),
            Route("/clean/<path:lab>", self._clean, "POST"),
            Route("/study", self._study_step, "POST"),
            Route("/sandbox", self._sandbox_step, "POST"),
        ]

    def revision(self) -> object:
        """The number of changes, the latest event of the history, and the size of the sandbox's journal."""
        from labs.sandbox.control import world_size

        with self._desk.open_history() as history:
            latest = history.store.events(newest=1)
        return self._desk.changes, [event.id for event in latest], world_size(self._desk.home)

    # pages

    def _page(self, template: str, nav: str, about: dict[str, Any]) -> str:
        with self._desk.open_history() as history:
            learner = history.learner(self._desk.catalog)
        from labs.study.progress import card_progress

        due = sum(card.due for card in card_progress(learner, self._desk.now()))
        return render(template, nav=nav, due_cards=due, target=self._target(), **about)

    def _target(self) -> dict[str, str]:
        """The account that is checked, as far as known."""
        verdicts = [run.verdict for run in self._desk.runs.values() if run.verdict]
        if verdicts and verdicts[-1].target.account:
            found = verdicts[-1].target
            return {"kind": found.kind, "account": found.account or "", "region": found.region or ""}
        return {"kind": "sandbox" if self._desk.in_sandbox else "aws", **self._desk.place}

    def _home(self, _: Request) -> str:
        return self._page("desk-home.html", "home", home_page.home_page(self._desk))

    def _current(self, _: Request) -> Response:
        from werkzeug.utils import redirect

        return redirect(f"/labs/{self._current_lab()}", 303)

    def _current_lab(self) -> str:
        """The lab that the desk was opened with, or the lab started last, or the next proposal."""
        from labs.study.proposals import proposals

        desk = self._desk
        with desk.open_history() as history:
            started = history.started_last()
            steps = proposals(history.learner(desk.catalog), desk.now())
        proposed = next((step.lab for step in steps if step.lab), None)
        known = [lab for lab in (desk.first_lab, started, proposed) if lab and lab in desk.catalog.labs]
        return known[0] if known else next(iter(desk.catalog.labs))

    def _lab(self, _: Request, lab: str) -> str:
        found = self._desk.catalog.lab(lab)
        return self._page("desk-lab.html", "lab", lab_page.lab_page(self._desk, found))

    def _study(self, _: Request) -> str:
        return self._page("desk-study.html", "study", study_page.study_page(self._desk))

    def _progress(self, _: Request) -> str:
        return self._page("desk-progress.html", "progress", progress_page.progress_page(self._desk))

    def _sandbox(self, request: Request) -> str:
        cluster, by = request.args.get("cluster", ""), request.args.get("by", "")
        about = sandbox_page.sandbox_page(self._desk, cluster, by)
        return self._page("desk-sandbox.html", "sandbox", about)

    # files

    def _export(self, _: Request) -> Response:
        from labs.store import jsonl

        with self._desk.open_history() as history:
            content = b"".join(jsonl.export(history.store))
        return download(content, "labs-progress.jsonl", "application/x-ndjson")

    def _receipt(self, _: Request, lab: str) -> Response:
        with self._desk.open_history() as history:
            content = progress_page.receipt_of(self._desk, history, self._desk.catalog.lab(lab).id)
        return download(content.encode(), f"{lab.replace('/', '-')}.receipt.json", "application/json")

    # actions

    def _start(self, request: Request, lab: str) -> Response:
        found = self._desk.catalog.lab(lab)
        typed = {name: request.form.get(name, "").strip() for name in found.task.parameters}
        given = {
            name: value for name, value in typed.items() if value and value != found.task.parameters[name]
        }
        self._actions.start(found, given)
        return _back(lab)

    def _check(self, _: Request, lab: str) -> Response:
        self._actions.check(self._desk.catalog.lab(lab))
        return _back(lab)

    def _watch(self, request: Request, lab: str) -> Response:
        self._actions.watch(self._desk.catalog.lab(lab), on=request.form.get("on") == "1")
        return _back(lab)

    def _hint(self, request: Request, lab: str) -> Response:
        from labs.learner.hints import open_hint

        with self._desk.open_history() as history:
            open_hint(self._desk.catalog.lab(lab), request.form.get("objective"), history)
        return _back(lab)

    def _solution(self, _: Request, lab: str) -> Response:
        from labs.learner.hints import open_solution, refuse_solution_in_exam

        found = self._desk.catalog.lab(lab)
        with self._desk.open_history() as history:
            refuse_solution_in_exam(found, history)
            open_solution(found, history)
        return _back(lab)

    def _clean(self, request: Request, lab: str) -> Response:
        found = self._desk.catalog.lab(lab)
        do: Callable[..., None] = (
            self._actions.remove if request.form.get("do") == "remove" else self._actions.find_leftovers
        )
        do(found)
        return _back(lab, "#cl")

    def _study_step(self, request: Request) -> Response:
        from werkzeug.utils import redirect

        study_page.act(self._desk, request.form)
        return redirect("/study", 303)

    def _sandbox_step(self, request: Request) -> Response:
        from werkzeug.utils import redirect

        sandbox_page.act(self._desk, request.form)
        return redirect("/sandbox", 303)


def _back(lab: str, to: str = "") -> Response:
    from werkzeug.utils import redirect

    return redirect(f"/labs/{lab}{to}", 303)
