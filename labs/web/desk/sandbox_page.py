"""The sandbox page: status, shell commands, placement, and saved states."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labs.errors import SandboxError, UsageError
from labs.sandbox import control
from labs.web.desk.placement_view import pictures
from labs.web.texts import span

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

    from labs.sandbox.control import Sandbox
    from labs.verify.placement_map import PlacementMap
    from labs.web.desk.desk import Desk

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
SUFFIX = ".world"
WAIT_SECONDS = 5.0
"""How long the page waits for a running check."""


def sandbox_page(desk: Desk, cluster: str, by: str) -> dict[str, Any]:
    """The template context of the sandbox page; `cluster` and `by` select the picture."""
    fault = ""
    try:
        status = control.status(desk.home)
    except SandboxError as error:
        status, fault = None, str(error)
    maps = placement(desk, status.sandbox) if status else []
    found = pictures(maps or [], "cpu" if by == "cpu" else "memory")
    chosen = next((each for each in found if each.cluster == cluster), found[0] if found else None)
    return {
        "status": status,
        "fault": fault,
        "uptime": span(timedelta(seconds=status.uptime)) if status else "",
        "exports": control.exports(status.sandbox).rstrip() if status else "",
        "clusters": [each.cluster for each in found],
        "picture": chosen,
        "busy": maps is None,
        "by": "cpu" if by == "cpu" else "memory",
        "worlds": _worlds(desk.home),
    }


def placement(desk: Desk, sandbox: Sandbox, seconds: float = WAIT_SECONDS) -> list[PlacementMap] | None:
    """The placement maps of the sandbox; None while a check runs, whose guard would refuse these requests."""
    from labs.aws.request_scope import Read
    from labs.sandbox.client.clusters import cluster_answers
    from labs.verify.placement_map import maps_of

    if not desk.aws.acquire(timeout=seconds):
        return None
    try:
        answers = list(cluster_answers(sandbox, None))
    finally:
        desk.aws.release()
    return maps_of([Read("ecs", operation, sandbox.region, answer) for operation, answer in answers])


def act(desk: Desk, form: MultiDict[str, str]) -> None:
    """Performs the action of a form: start, stop, reset, save or load. Raises SandboxError if it fails."""
    match form.get("do"):
        case "start":
            control.start(desk.home, realistic=form.get("realistic") == "on")
        case "stop":
            control.stop(desk.home)
        case "reset":
            control.reset(desk.home)
        case "save":
            file = _world(desk.home, form.get("name", ""))
            file.parent.mkdir(parents=True, exist_ok=True)
            control.save(desk.home, file)
        case "load":
            control.load(desk.home, _world(desk.home, form.get("name", "")))
        case _:
            raise UsageError("There is no such action.")
    with desk.lock:
        for run in desk.runs.values():
            run.leftovers = run.removed = None
    desk.changed()


def _world(home: Path, name: str) -> Path:
    if not NAME.fullmatch(name):
        raise UsageError("a name of letters, digits, dots and hyphens is needed, at most 40")
    return home / "worlds" / f"{name}{SUFFIX}"


def _worlds(home: Path) -> list[tuple[str, datetime]]:
    """The saved states with their times, newest first."""
    files = (home / "worlds").glob(f"*{SUFFIX}") if (home / "worlds").is_dir() else ()
    found = [
        (file.name.removesuffix(SUFFIX), datetime.fromtimestamp(file.stat().st_mtime, UTC)) for file in files
    ]
    return sorted(found, key=lambda each: each[1], reverse=True)
