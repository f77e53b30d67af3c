"""Actions of a lab's page: start, check, watch, find leftovers, remove them. The worker runs them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec import structs

from labs.errors import LabsError
from labs.web.desk.desk import Desk

if TYPE_CHECKING:
    from labs.aws.session import AwsSession
    from labs.content.lab import Lab
    from labs.learner.watched import WatchMemory
    from labs.sdk import Leftover
    from labs.verdict import Verdict
    from labs.verify.job import Job
    from labs.verify.watch import Round


@dataclass(slots=True)
class Watch:
    """A running watch."""

    rounds: Iterator[Round]
    memory: WatchMemory


class LabActions:
    """The actions of a desk's labs. Each returns immediately; the page shows its result when it is done."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._watches: dict[str, Watch] = {}

    def start(self, lab: Lab, given: dict[str, str]) -> None:
        """Starts an attempt with these parameters."""
        from labs.learner.attempt import start_attempt
        from labs.sandbox import control

        def do() -> None:
            desk = self._desk
            sandbox = control.running(desk.home) if desk.in_sandbox else None
            with desk.open_history() as history:
                start_attempt(desk.catalog, lab, given, desk.connect(), history, sandbox)
            run = desk.run(lab.id)
            run.verdict, run.maps, run.leftovers, run.removed = None, (), None, None

        self._submit(lab, "Starting", do)

    def check(self, lab: Lab) -> None:
        """Checks once. If the lab is being watched, this is the next run of the watch."""
        if lab.id in self._watches:
            self._submit(lab, "Checking", lambda: self._step(lab, self._watches.get(lab.id)))
        else:
            self._submit(lab, "Checking", lambda: self._check(lab))

    def watch(self, lab: Lab, *, on: bool) -> None:
        """Starts to check repeatedly until everything passes, or stops that."""
        self._desk.run(lab.id).watching = on
        self._submit(
            lab, "Checking" if on else "", lambda: self._start_watch(lab) if on else self._end_watch(lab)
        )

    def find_leftovers(self, lab: Lab) -> None:
        """Finds the leftovers of the lab."""

        def do() -> None:
            self._found(lab, self._leftovers(lab, self._session())())

        self._submit(lab, "Looking", do)

    def remove(self, lab: Lab) -> None:
        """Removes the leftovers of the lab; only in the sandbox."""
        from labs.learner.clean import remove_in_sandbox

        def do() -> None:
            session = self._session()
            find = self._leftovers(lab, session)
            self._found(lab, find())
            outcome = remove_in_sandbox(session, find, self._desk.home)
            self._found(lab, list(outcome.left))
            self._desk.run(lab.id).removed = outcome
            if outcome.removed and not outcome.left:
                with self._desk.open_history() as history:
                    history.remember_cleaned([lab.id])

        self._submit(lab, "Removing", do)

    # run by the worker

    def _submit(self, lab: Lab, busy: str, do: Callable[[], None], seconds: float = 0) -> None:
        run = self._desk.run(lab.id)
        run.busy = busy or run.busy

        def guarded() -> None:
            try:
                run.fault = ""
                with self._desk.aws:
                    do()
            except LabsError as error:
                run.fault = str(error)
                run.watching = False
                self._watches.pop(lab.id, None)
            finally:
                run.busy = ""
                self._desk.changed()

        self._desk.changed()
        self._desk.worker.submit(guarded, seconds)

    def _check(self, lab: Lab) -> None:
        from labs.aws.read_only_guard import read_only_guard
        from labs.verify.runner import verify

        with read_only_guard():
            job = self._job(lab)
            session = self._session(job)
            verdict = verify([job], session)
        self._show(lab, verdict, session)
        self._remember(verdict)

    def _start_watch(self, lab: Lab) -> None:
        from labs.aws.read_only_guard import read_only_guard
        from labs.learner.watched import WatchMemory
        from labs.verify.watch import rounds

        with read_only_guard():
            job = self._job(lab)
            found = rounds([job], self._session(job), pause=lambda _: None)  # the worker waits
        watch = Watch(found, WatchMemory(self._remember, self._remember_watched))
        self._watches[lab.id] = watch
        self._step(lab, watch)

    def _step(self, lab: Lab, watch: Watch | None) -> None:
        """The next run of a watch, unless the watch has ended."""
        from labs.aws.read_only_guard import read_only_guard

        if watch is None or self._watches.get(lab.id) is not watch:
            return
        with read_only_guard():
            now = next(watch.rounds, None)
        if now is None:
            self._end_watch(lab)
            return
        watch.memory.add(now)
        self._show(lab, now.verdict, now.session)
        if now.verdict.exit_code == 0:
            self._end_watch(lab)
            return
        self._desk.run(lab.id).next_in = now.again_in
        self._submit(lab, "", lambda: self._next_step(lab, watch, now), now.again_in)

    def _next_step(self, lab: Lab, watch: Watch, after: Round) -> None:
        """The scheduled next run, unless "Check now" has run it already."""
        if watch.memory.last is after:
            self._step(lab, watch)

    def _end_watch(self, lab: Lab) -> None:
        watch = self._watches.pop(lab.id, None)
        self._desk.run(lab.id).watching = False
        if watch is not None:
            watch.memory.end()

    def _job(self, lab: Lab) -> Job:
        from labs.learner.jobs import job_of

        with self._desk.open_history() as history:
            return job_of(lab, self._desk.catalog, history, {})

    def _session(self, job: Job | None = None) -> AwsSession:
        from labs.aws.read_only_guard import read_only_guard
        from labs.aws.session import open_session

        where = self._desk.connect()
        with read_only_guard():
            return open_session(structs.replace(where, reads=frozenset(job.verifier.reads)) if job else where)

    def _leftovers(self, lab: Lab, session: AwsSession) -> Callable[[], list[Leftover]]:
        from labs.aws.pack_checks import verifier_of
        from labs.aws.read_only_guard import read_only_guard
        from labs.verify.leftovers import leftovers

        desk = self._desk
        with desk.open_history() as history:
            given, seen = history.started_with(lab.id), history.seen(lab.id)

        def find() -> list[Leftover]:
            with read_only_guard():
                return leftovers(lab, verifier_of(desk.catalog, lab), given, session.again(), seen)

        with read_only_guard():
            session.identify()
        return find

    def _found(self, lab: Lab, found: list[Leftover]) -> None:
        run = self._desk.run(lab.id)
        run.leftovers, run.looked_at, run.removed = found, self._desk.now(), None

    def _show(self, lab: Lab, verdict: Verdict, session: AwsSession) -> None:
        from labs.verify.placement_map import maps_of

        run = self._desk.run(lab.id)
        run.verdict, run.at, run.maps = verdict, self._desk.now(), tuple(maps_of(session.scope.reads()))

    def _remember(self, verdict: Verdict) -> None:
        with self._desk.open_history() as history:
            history.remember(verdict, self._desk.catalog)

    def _remember_watched(self, verdict: Verdict) -> None:
        with self._desk.open_history() as history:
            history.remember_watched(verdict, self._desk.catalog)
