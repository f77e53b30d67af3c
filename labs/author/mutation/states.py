"""The states that a lab's scripts lead to, each made once in a sandbox and stored as the answers of one run.

Making a state takes seconds, replaying it milliseconds, which makes thousands of runs for mutants possible.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
from msgspec.structs import replace

from labs.author.played_states import PlayedStates, mistake_script, start_scripts
from labs.aws.read_only_guard import read_only_guard
from labs.aws.redaction import Redaction
from labs.aws.session import AwsSession, ConnectionOptions, open_session
from labs.content.lab import Lab
from labs.content.verifier import Verifier
from labs.errors import SandboxError
from labs.sandbox import control
from labs.sandbox.commands import aws_cli
from labs.sdk import Account, Check, Names, Objective, Outcome
from labs.verdict import Finding
from labs.verify.job import Job
from labs.verify.recording import named_words
from labs.verify.replay import UNASKED, RecordedAnswer, RecordedScope, answers, recorded_session
from labs.verify.runner import verify

NOWHERE = "http://nowhere.invalid"
"""The endpoint of replayed runs."""


class RecordedState(msgspec.Struct, frozen=True):
    """A state of a lab: its name (`nothing`, `solution`, `mistakes/wrong-field`), and all answers of a run."""

    lab: str
    name: str
    region: str
    answers: tuple[RecordedAnswer, ...]


def scripts(lab: Lab) -> dict[str, Path | None]:
    """The states of a lab, and the script that leads to each from the start state."""
    mistakes = {f"mistakes/{name}": mistake_script(lab, name) for name in lab.task.mistakes}
    solutions = {
        name if name == "solution" else f"solutions/{name}": path for name, path in lab.solutions().items()
    }
    return {"nothing": None, **solutions, **mistakes}


def hintless(verifier: Verifier) -> Verifier:
    """The same check without the search for similar names, which calls many Regions for hints only."""
    return replace(
        verifier,
        objectives=tuple(replace(each, check=_hintless(each.check)) for each in verifier.objectives),
    )


class _Hintless(Account, frozen=True):
    def nearby(self, wanted: str, names: object) -> tuple[str, ...]:  # noqa: ARG002 - the sdk's own signature
        return ()


def _hintless(check: Check) -> Check:
    def hintless(account: Account, lab: Names) -> Outcome:
        return check(_Hintless(account.identify, account.region, account.clients), lab)

    return hintless


class Replayer:
    """Replays states with the same clients. Must be used inside the read-only guard."""

    def __init__(self, region: str) -> None:
        self._first = recorded_session((), region, NOWHERE, sandbox=True)

    def findings(self, lab: Lab, verifier: Verifier, state: RecordedState) -> tuple[Finding, ...]:
        """The findings of a check on a state; `inconclusive` for a request that was not recorded."""
        session = self._first.again()
        session.scope = RecordedScope(state.answers, self._first.scope.keys)
        return findings(lab, verifier, session)


@cache
def replayer(region: str) -> Replayer:
    """The Replayer of a Region, shared by all states: making clients is slow."""
    return Replayer(region)


def findings(lab: Lab, verifier: Verifier, session: AwsSession) -> tuple[Finding, ...]:
    """The findings of a check in this session. Must be called inside the read-only guard."""
    return verify([Job(lab, verifier)], session, alone=True).labs[0].findings


class StateKeeper:
    """Makes states in a sandbox that it starts on demand, and stores their answers in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._stack = ExitStack()
        self._played: PlayedStates | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def states(self, lab: Lab, verifier: Verifier) -> Iterator[RecordedState]:
        """Every state of a lab. A state is made again if its scripts have changed, or the check makes new requests.

        Changes of the sandbox are not noticed: use another folder to make all states again.
        """
        for name, script in scripts(lab).items():
            stem = name.replace("/", ".")
            file = self.folder / lab.id / f"{stem}.{_key(lab, script)}.json"
            if file.exists():
                kept = msgspec.json.decode(file.read_bytes(), type=RecordedState)
                if not _asks_more(lab, verifier, kept):
                    yield kept
                    continue
            made = self._make(lab, verifier, name, script)
            file.parent.mkdir(parents=True, exist_ok=True)
            for stale in file.parent.glob(f"{stem}.*.json"):
                stale.unlink()
            file.write_bytes(msgspec.json.encode(made))
            yield made

    def _make(self, lab: Lab, verifier: Verifier, name: str, script: Path | None) -> RecordedState:
        """Plays the lab's start and this script, and records a run. Raises SandboxError if a script fails."""
        if self._played is None:
            cli = self._stack.enter_context(aws_cli())
            sandbox = self._stack.enter_context(control.throw_away())
            self._played = PlayedStates(sandbox, cli, self.folder / "played")
        wrong = self._played.enter(lab, *start_scripts(lab), *filter(None, [script]))
        if wrong:
            raise SandboxError(f"{lab.id}: {wrong}")
        with read_only_guard():
            session = open_session(ConnectionOptions(environment=self._played.environment))
            findings(lab, hintless(verifier), session)
            findings(lab, _unblocked(hintless(verifier)), session)
        redaction = Redaction(b"the same in each run", named_words([Job(lab, verifier)]))
        return RecordedState(lab.id, name, session.region, tuple(answers(session.scope, redaction)))


def _unblocked(verifier: Verifier) -> Verifier:
    """The same check without needs, because a mutant may unblock an objective."""
    free = tuple(Objective(each.id, each.check, effect=each.effect) for each in verifier.objectives)
    return replace(verifier, objectives=free)


def _asks_more(lab: Lab, verifier: Verifier, kept: RecordedState) -> bool:
    with read_only_guard():
        found = replayer(kept.region).findings(lab, _unblocked(hintless(verifier)), kept)
    return any(each.message.startswith(UNASKED) for each in found)


def _key(lab: Lab, script: Path | None) -> str:
    """A hash of the scripts and parameters that a state is made by."""
    digest = hashlib.sha256(msgspec.json.encode(sorted(lab.task.parameters.items())))
    for each in filter(None, (lab.script("start"), script)):
        digest.update(each.read_bytes())
    return digest.hexdigest()[:16]
