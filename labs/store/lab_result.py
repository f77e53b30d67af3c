"""The data of a `check` event: the part of a verdict that is stored."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

State = Literal["passed", "failed", "blocked", "inconclusive"]


class ObjectiveResult(msgspec.Struct, frozen=True):
    """The result of one objective; `created` is when the resource was created, if that is known."""

    id: str
    state: State
    found: str = ""
    expected: str = ""
    created: datetime | None = None


class LabResult(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one lab in one `labs check`. `live` is False for a replayed record, which credits nothing."""

    lab: str
    account: str | None = None
    region: str
    target: Literal["aws", "sandbox"]
    objectives: tuple[ObjectiveResult, ...]
    parameters: dict[str, str] = {}
    version: str = ""
    """The version of the lab, which is that of its pack; with a new major one, practice no longer counts."""
    pack: str = ""
    """The pack of the lab, with its version."""
    seen: tuple[str, ...] = ()
    """Ids of resources that its checks identified, for the clean-up."""
    live: bool = True

    @property
    def score(self) -> int:
        """How many objectives passed."""
        return sum(finding.state == "passed" for finding in self.objectives)

    @property
    def total(self) -> int:
        """How many objectives there are."""
        return len(self.objectives)

    @property
    def passed(self) -> bool:
        """Whether every objective passed; a verdict without objectives passed nothing."""
        return 0 < self.total == self.score

    def data(self) -> dict[str, Any]:
        """The data of its `check` event."""
        built: dict[str, Any] = msgspec.to_builtins(self)
        return {**built, "score": self.score, "total": self.total}
