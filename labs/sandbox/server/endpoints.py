"""The sandbox's own endpoints under `/_cardlabs/`, a path that no S3 bucket can have (an underscore).

`ping` and `status` answer every process on this machine. Endpoints that change something need the token in
the user's own files, so that no web page and no other user can call them.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labs import __version__
from labs.errors import SandboxError
from labs.sandbox.faults import HttpAnswer
from labs.sandbox.images.serving import serving
from labs.sandbox.server import pack_extensions
from labs.sandbox.services import SERVED, read_saved
from labs.sandbox.world import journal
from labs.sandbox.world.origin import mark_loaded, mark_own

if TYPE_CHECKING:
    from labs.sandbox.server.application import Application

PREFIX = "/_cardlabs/"
BUSY_SECONDS = 10.0
"""The time that a reset waits for the current request."""

TOKEN = "X-Cardlabs-Token"  # noqa: S105 - a header's name


class Endpoints:
    """The endpoints that `labs.sandbox.control` calls; the server sets `stop`."""

    stop: Callable[[], None]

    def __init__(self, application: Application, token: str, errors: LastErrors) -> None:
        self._application = application
        self._token = token
        self._started_at = time.monotonic()
        self._errors = errors

    def answer(self, method: str, name: str, token: str, body: bytes) -> HttpAnswer:
        """The response of an endpoint; `name` is the path after the prefix."""
        known = secrets.compare_digest(token.encode(), self._token.encode())
        match method, name:
            case "GET", "ping":
                return _json_answer(
                    200,
                    {
                        "cardlabs": __version__,
                        "pid": os.getpid(),
                        "realistic": self._realistic(),
                        "enforces_iam": self._application.enforces_iam,
                        "yours": known,
                        "damage": self._application.journal.damage,
                    },
                )
            case "GET", "status":
                return _json_answer(200, self._status())
            case "POST", ("reset" | "load" | "load-own" | "stop" | "advance") if not known:
                return _json_answer(403, {"error": "this needs the token of the sandbox's state file"})
            case "POST", "reset":
                return self._reset()
            case "POST", "load":
                return self._load(body, mark_loaded)
            case "POST", "load-own":
                return self._load(body, mark_own)
            case "POST", "advance":
                return self._advance(body)
            case "POST", "stop":
                return _json_answer(200, {})  # the server calls `stop` after sending this answer
            case _:
                return _json_answer(404, {"error": f"the sandbox has no {method} {PREFIX}{name}"})

    def _status(self) -> dict[str, Any]:
        kept = self._application.journal
        return {
            "cardlabs": __version__,
            "pid": os.getpid(),
            "journal": str(kept.path),
            "realistic": kept.header.realistic,
            "born": kept.header.born,
            "changes": kept.entries,
            "requests": self._application.requests,
            "uptime": round(time.monotonic() - self._started_at, 3),
            "errors": list(self._errors.last),
            "image_bytes": serving.blobs.size() if serving.blobs else 0,
        }

    def _reset(self) -> HttpAnswer:
        path, header = self._path(), self._application.journal.header
        new = journal.new_header(realistic=header.realistic, services=SERVED)

        def empty() -> tuple[journal.Journal, tuple[journal.JournalEntry, ...]]:
            mark_own(path)
            pack_extensions.install_for(path)
            return journal.Journal.create(path, new), ()

        if not self._application.restart(empty, BUSY_SECONDS):
            return _json_answer(503, {"error": "it is busy with a request"})
        return _json_answer(200, {})

    def _advance(self, body: bytes) -> HttpAnswer:
        try:
            seconds = float(body)
        except ValueError:
            return _json_answer(400, {"error": "the clock is put forward by a number of seconds"})
        self._application.advance(seconds)
        return _json_answer(200, {})

    def _load(self, body: bytes, mark: Callable[[Path], None]) -> HttpAnswer:
        path = self._path()
        beside = path.with_suffix(".loaded")
        try:
            beside.write_bytes(body)
            recorded = read_saved(beside)
        except SandboxError as error:
            return _json_answer(400, {"error": str(error)})
        except OSError as error:
            return _json_answer(507, {"error": f"{beside} cannot be written: {error.strerror}"})
        finally:
            beside.unlink(missing_ok=True)

        def load() -> tuple[journal.Journal, tuple[journal.JournalEntry, ...]]:
            journal.put(path, body)
            mark(path)
            pack_extensions.install_for(path)
            return journal.Journal(path, recorded), recorded.entries

        self._application.restart(load)
        damage = self._application.journal.damage
        return _json_answer(200, {"changes": len(recorded.entries), "damage": damage})

    def _realistic(self) -> bool:
        return self._application.journal.header.realistic

    def _path(self) -> Path:
        return self._application.journal.path


class LastErrors(logging.Handler):
    """Keeps the latest errors in one line each, for the status."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.last: deque[str] = deque(maxlen=5)

    def emit(self, record: logging.LogRecord) -> None:
        """Stores an error, and drops the oldest."""
        self.last.append(record.getMessage())


def _json_answer(status: int, content: dict[str, Any]) -> HttpAnswer:
    return HttpAnswer(status, (("Content-Type", "application/json"),), json.dumps(content).encode())
