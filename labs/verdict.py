"""The results of a run as values, from one objective to the whole run."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

import msgspec


class AccountIdentity(msgspec.Struct, frozen=True):
    """The identity of the account: `kind` is "sandbox" for the embedded AWS; the rest is None if nobody answered."""

    kind: Literal["aws", "sandbox"]
    account: str | None
    region: str | None
    endpoint: str | None
    arn: str | None


class State(StrEnum):
    """The state of an objective."""

    PASSED = "passed"
    FAILED = "failed"
    BLOCKED = "blocked"
    INCONCLUSIVE = "inconclusive"


class Evidence(msgspec.Struct, frozen=True):
    """One value in one answer of AWS's; `path` is a JMESPath expression on that answer."""

    service: str
    operation: str
    path: str
    value: Any


class Finding(msgspec.Struct, frozen=True):
    """The result of one objective. `message` is its hint, or the reason why it was not judged."""

    id: str
    title: str
    state: State
    needs: tuple[str, ...]
    expected: str = ""
    found: str = ""
    message: str = ""
    near: tuple[str, ...] = ()
    action: str | None = None
    cards: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    effect: bool = False
    code: str = ""
    """Where in its code a check raised an error: for the author of the check."""


class LabVerdict(msgspec.Struct, frozen=True):
    """The results of one lab."""

    lab: str
    title: str
    parameters: dict[str, str]
    findings: tuple[Finding, ...]
    seconds: float
    pack: str = ""
    """The pack of the lab, with its version."""

    @property
    def score(self) -> int:
        """How many objectives passed."""
        return sum(finding.state is State.PASSED for finding in self.findings)

    @property
    def passed(self) -> bool:
        """Whether every objective passed; False if nothing was judged."""
        return bool(self.findings) and self.score == len(self.findings)


class Verdict(msgspec.Struct, frozen=True):
    """The results of one run."""

    target: AccountIdentity
    labs: tuple[LabVerdict, ...]
    calls: int
    seconds: float

    @property
    def exit_code(self) -> int:
        """0: all passed, 1: something failed, 3: nothing failed, but something could not be judged."""
        states = {finding.state for lab in self.labs for finding in lab.findings}
        if State.FAILED in states:
            return 1
        return 0 if states == {State.PASSED} else 3
