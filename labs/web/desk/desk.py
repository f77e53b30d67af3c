"""The state that the pages of the desk share: catalog, history, account, checks and study session."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from labs.web.desk.worker import Worker

if TYPE_CHECKING:
    from labs.aws.session import ConnectionOptions
    from labs.content.pack import Catalog
    from labs.learner.history import History
    from labs.sdk import Leftover
    from labs.study.session import StudySession
    from labs.verdict import Verdict
    from labs.verify.cleanup.removal import Removed
    from labs.verify.placement_map import PlacementMap


@dataclass(slots=True)
class LabRun:
    """The state of a lab on this desk: latest verdict, leftovers, and the running action."""

    verdict: Verdict | None = None
    at: datetime | None = None
    maps: tuple[PlacementMap, ...] = ()
    busy: str = ""
    watching: bool = False
    next_in: float = 0
    fault: str = ""
    leftovers: list[Leftover] | None = None
    looked_at: datetime | None = None
    removed: Removed | None = None


@dataclass(slots=True)
class Desk:
    """The state of one desk, changed by actions and by the worker. `changed` updates open pages."""

    catalog: Catalog
    home: Path
    now: Callable[[], datetime]
    open_history: Callable[[], History]
    connect: Callable[[], ConnectionOptions]
    """Options to connect to the account. Raises SandboxError if the sandbox is not running."""
    in_sandbox: bool
    place: dict[str, str]
    """Account and Region for texts that are shown before the first request to AWS."""
    first_lab: str | None = None
    worker: Worker = field(default_factory=Worker)
    runs: dict[str, LabRun] = field(default_factory=dict)
    session: StudySession | None = None
    changes: int = 0
    aws: threading.Lock = field(default_factory=threading.Lock)
    """Held while a check runs inside the read-only guard, and while the desk itself calls the sandbox."""
    lock: threading.RLock = field(default_factory=threading.RLock)

    def run(self, lab: str) -> LabRun:
        """The state of a lab."""
        return self.runs.setdefault(lab, LabRun())

    def changed(self) -> None:
        """Makes open pages load again."""
        with self.lock:
            self.changes += 1
