"""Every lab in its solved state and in a wrong one: made once in a sandbox, checked any number of times.

A state is made by the lab's own scripts with the real AWS CLI, which takes seconds; the responses to one clean run
of its check are recorded for all workers of a test session, so that each further run takes milliseconds.
"""

from __future__ import annotations

import fcntl
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from msgspec import structs

from labs.author.played_states import PlayedStates, mistake_script, start_scripts
from labs.aws.request_scope import RequestScope, current_context
from labs.aws.session import AwsSession, open_session
from labs.content.lab import Lab
from labs.content.pack import Catalog, open_catalog
from labs.content.verifier import Verifier
from labs.sandbox import control
from labs.sandbox.commands import aws_cli
from labs.sdk import Account, Check, Names, Objective, Outcome
from labs.verdict import Finding, Verdict
from labs.verify.job import Job
from labs.verify.leftovers import leftovers
from labs.verify.runner import verify
from tests.aws import Call, Fault, injected, instant_retries
from tests.faults import unknown_value
from tests.labs.changes import client_name, emptied, silenced
from tests.labs.recording import OFFLINE, RecordedClients, Recording, changed, record, replaying

KINDS = ("right", "wrong")
"""Solved by the reference solution, or wrong by the first mistake of the lab."""

_objective: ContextVar[str] = ContextVar("objective", default="")
"""The objective that is judged."""

_clients = RecordedClients()


def lab_ids() -> list[str]:
    """Every lab of the built-in pack."""
    return sorted(open_catalog().labs)


def scripts(lab: Lab, kind: str) -> tuple[Path, ...]:
    """The scripts that make a lab's solved state, or its first wrong one."""
    mistake = next(iter(lab.task.mistakes))
    last = lab.folder / "solution.sh" if kind == "right" else mistake_script(lab, mistake)
    return (*start_scripts(lab), last)


@dataclass(slots=True)
class LabState:
    """One state of one lab, with the right verdict, and the requests of each objective for it."""

    kind: str
    lab: Lab
    verifier: Verifier
    recording: Recording
    first: AwsSession
    asked: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    verdict: Verdict = field(init=False)
    _clean: RequestScope = field(init=False)
    """All responses of the clean run."""

    def __post_init__(self) -> None:
        session = self.first.again()
        with noting(self.asked):
            self.verdict = self._verify(session, None, ())
        self._clean = session.scope

    @property
    def findings(self) -> dict[str, Finding]:
        return {each.id: each for each in self.verdict.labs[0].findings}

    def reads(self) -> set[str]:
        """All reads of its objectives in a clean run."""
        reads = set().union(*self.asked.values())
        assert reads, "nothing was noted: what a test does to each read, it would do to none"
        return reads

    def job(self) -> Job:
        kept = tuple(structs.replace(each, check=_noting(each)) for each in self.verifier.objectives)
        return Job(self.lab, structs.replace(self.verifier, objectives=kept))

    def run(self, fault: Fault | None = None, only: Iterable[str] = (), again: str | None = None) -> Verdict:
        """Runs the check again with the injected fault, and with the fault's keys if it has any.

        If only one read is answered differently, `again` names it: all others are answered as in the clean run, without
        botocore.
        """
        session = self.first.again()
        if again:
            give_answers(self._clean, session.scope, {again})
        return self._verify(session, fault, only)

    def _verify(self, session: AwsSession, fault: Fault | None, only: Iterable[str]) -> Verdict:
        if fault and fault.keys:
            session.scope.keys = fault.keys
        with replaying(self.recording), instant_retries():
            return verify([structs.replace(self.job(), only=tuple(only))], session, alone=True)

    def findings_under(self, *, only: Iterable[str] = (), again: str | None = None) -> dict[str, Finding]:
        """The findings of one more run, of all objectives or of these and what they need."""
        return {each.id: each for each in self.run(None, only, again).labs[0].findings}


def give_answers(answered: RequestScope, scope: RequestScope, but: set[str]) -> None:
    """Gives a run the responses of another one, without botocore, except for these reads."""
    for question, answer in answered.answers.items():
        if f"{question[0]}:{question[2]}" not in but:
            scope.answers[question] = answer
    for call, read in answered.remembered.items():
        if f"{read.service}:{read.operation}" not in but:
            scope.remembered[call] = read


_asked: ContextVar[dict[str, set[str]] | None] = ContextVar("asked", default=None)


@contextmanager
def noting(asked: dict[str, set[str]]) -> Iterator[None]:
    """While the block runs, records the requests of each objective, answered or not."""
    token = _asked.set(asked)
    try:
        yield
    finally:
        _asked.reset(token)


def _noting(objective: Objective) -> Check:
    def check(account: Account, names: Names) -> Outcome:
        token = _objective.set(objective.id)
        try:
            return objective.check(structs.replace(account, clients=_kept(account.clients)), names)
        finally:
            _note_reads()
            _objective.reset(token)

    return check


def _kept(clients: Any) -> Any:
    def client(service: str, region: str) -> Any:
        found = clients(service, region)
        # The id makes botocore register it once for each client; the stars let it come before the guard's own.
        found.meta.events.register("before-call.*.*", _note, unique_id="note")
        return found

    return client


def _note(model: Any, **_: Any) -> None:
    _add(model.service_model.service_name, model.name)


def _note_reads() -> None:
    """Records reads from the cache, for which botocore has no events."""
    who = current_context()
    assert who is not None
    for read in who.reads:
        _add(read.service, read.operation)


def _add(service: str, operation: str) -> None:
    asked = _asked.get()
    if asked is not None and _objective.get():
        asked[_objective.get()].add(f"{service}:{operation}")


def only(read: str) -> Callable[[Call], bool]:
    """Selects the calls of one read (`ecs:DescribeServices`)."""
    service, _, operation = read.partition(":")
    return lambda call: (client_name(call.service), call.operation) == (service, operation)


class LabStates:
    """Makes states in a sandbox, started on demand, and records them in a folder."""

    def __init__(self, folder: Path, worlds: Path) -> None:
        self.folder = folder
        self._worlds = worlds
        self.catalog: Catalog = open_catalog()
        self._first = open_session(OFFLINE, _clients)
        self._states: dict[tuple[str, str], LabState] = {}
        self._stack = ExitStack()
        self._played: PlayedStates | None = None

    def state(self, lab: str, kind: str) -> LabState:
        """The state, from the recording of any worker."""
        if (lab, kind) not in self._states:
            there = self.catalog.lab(lab)
            verifier = self.catalog.verifier(there)
            self._states[lab, kind] = LabState(
                kind, there, verifier, self._recording(there, kind), self._first
            )
        return self._states[lab, kind]

    def world(self, lab: str) -> Path:
        """The lab's solved state, as a world that a sandbox can load."""
        there = self.catalog.lab(lab)
        self._recording(there, "right")
        return self._world(there)

    def _world(self, lab: Lab) -> Path:
        return self.folder / f"{lab.id}.world"

    def _recording(self, lab: Lab, kind: str) -> Recording:
        file = self.folder / f"{lab.id}.{kind}.json"
        with file.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not file.exists():
                self._record(lab, kind).save(file)
        return Recording.load(file)

    def _record(self, lab: Lab, kind: str) -> Recording:
        played = self._ready()
        wrong = played.enter(lab, *scripts(lab, kind))
        assert not wrong, wrong
        if kind == "right":
            control.save(played.sandbox.home, self._world(lab))
        with record(played.sandbox.url) as recording, instant_retries():
            self._explore(lab, self.catalog.verifier(lab))
        return recording

    def _explore(self, lab: Lab, verifier: Verifier) -> None:
        """Makes all requests of a clean run, and those that follow from unexpected responses."""
        job = Job(lab, verifier)
        session = self._first.again()
        verify([job], session, alone=True)
        leftovers(lab, verifier, {}, self._first.again())
        for asked in sorted(session.scope.asked()):
            for change in (
                changed(emptied(asked)),
                injected(Fault("unknown", unknown_value, ""), only(asked)),
            ):
                again = self._first.again()
                give_answers(session.scope, again.scope, {asked})
                with change:
                    verify([job], again, alone=True)
        for change in (injected(Fault("unknown", unknown_value, "")), changed(silenced)):
            with change:
                verify([job], self._first.again(), alone=True)

    def _ready(self) -> PlayedStates:
        if self._played is None:
            cli = self._stack.enter_context(aws_cli())
            sandbox = self._stack.enter_context(control.throw_away())
            self._played = PlayedStates(sandbox, cli, self._worlds)
        return self._played

    def close(self) -> None:
        """Ends the sandbox, if there is one."""
        self._stack.close()
