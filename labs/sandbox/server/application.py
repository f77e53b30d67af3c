"""The embedded AWS: executes requests one at a time, and journals those that change something.

A read is not recorded. Everything else runs at a time of its own (see `replay`) and is in the
journal before the response is sent, even if it failed: moto may have changed something before the error.
"""

from __future__ import annotations

import io
import logging
import secrets
import sys
import time
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, TypeVar, cast

from moto.core import responses
from moto.core.request import PRESERVED_HEADER_NAMES_ENVIRON_KEY
from moto.core.utils import method_names_from_class
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    create_backend_app,
)
from msgspec import structs

from labs import __version__
from labs.errors import SandboxError
from labs.sandbox import hooks
from labs.sandbox.access.callers_key import without_real_key
from labs.sandbox.access.enforcement import refusal
from labs.sandbox.app_services import queues
from labs.sandbox.cloudformation.requested import enforce
from labs.sandbox.extend import set_attribute
from labs.sandbox.faults import INTERNAL, HttpAnswer, action, fault, no_region, service, unsupported
from labs.sandbox.images.serving import serving
from labs.sandbox.services import MOTO_NAMES, is_foreign, is_nowhere
from labs.sandbox.world import delays, settling
from labs.sandbox.world.emptying import empty_moto
from labs.sandbox.world.journal import Journal, JournalEntry, RecordedRequest
from labs.sandbox.world.replay import make_repeatable, moment

log = logging.getLogger("labs.sandbox")

Value = TypeVar("Value")


class Application:
    """One world: moto with its extensions, and the journal from which the world can be restored."""

    def __init__(
        self,
        journal: Journal,
        entries: Iterable[JournalEntry] = (),
        clock: Callable[[], float] = time.time,
        *,
        enforces_iam: bool = False,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.journal = journal
        self._sleep = sleep
        self.enforces_iam = enforces_iam
        enforce(enforces_iam)
        self.requests = 0
        self._clock = clock
        self._ahead = 0.0
        self._last = journal.header.born
        self._dispatch = _Dispatcher(_service_application)
        self._undo = make_repeatable(lambda: self.journal.header)
        delays.set_speed(realistic=journal.header.realistic)
        self._replay(entries)

    def answer(self, request: RecordedRequest) -> HttpAnswer:
        """Executes one request, again and again while it waits for a message. Never raises for errors of moto."""
        self.requests += 1
        waited = 0.0
        while True:
            answer, seconds = self._answer(request)
            if waited >= seconds:
                return answer
            self._sleep(queues.POLL_SECONDS)
            waited += queues.POLL_SECONDS

    def _answer(self, request: RecordedRequest) -> tuple[HttpAnswer, float]:
        """The response now, and the number of seconds for which the request would wait for another one."""
        with settling.lock:
            queues.wait_seconds = 0.0
            try:
                return self._answer_now(request), queues.wait_seconds
            except Exception as error:  # noqa: BLE001 - the outermost boundary, as in _run: a full disk, an unsettled world
                return _broken(request, error), 0.0

    def _answer_now(self, request: RecordedRequest) -> HttpAnswer:
        if is_foreign(request):
            return unsupported(request)
        if is_nowhere(request):
            return no_region(request)
        if self.enforces_iam and (refused := refusal(request)):
            return refused
        return self._read(request) if _is_read(request) else self._change(request)

    def inspect(self, read: Callable[[], Value]) -> Value:
        """The result of a function that reads the world between two requests and must not change it."""
        with settling.lock:
            return read()

    def advance(self, seconds: float) -> None:
        """Advances the world's clock."""
        with settling.lock:
            self._ahead += max(seconds, 0.0)

    def restart(
        self, journal: Callable[[], tuple[Journal, Iterable[JournalEntry]]], seconds: float = -1
    ) -> bool:
        """Replaces the world by that of another journal, which is opened after this one is closed.

        Returns False if a request still runs after this many seconds.
        """
        if not settling.lock.acquire(timeout=seconds):
            return False
        try:
            self.journal.close()
            self.journal, entries = journal()
            self._last = self.journal.header.born
            empty_moto()
            settling.forget()
            delays.set_speed(realistic=self.journal.header.realistic)
            self._replay(entries)
        finally:
            settling.lock.release()
        return True

    def close(self, seconds: float = -1) -> None:
        """Restores plain moto and closes the journal, unless a request still runs after `seconds`."""
        if settling.lock.acquire(timeout=seconds):
            try:
                self._dispatch.undo()
                self._undo()
                self.journal.close()
            finally:
                settling.lock.release()

    def _replay(self, entries: Iterable[JournalEntry]) -> None:
        lost = []
        with settling.lock:
            for entry in entries:
                try:
                    answer = self._carry_out(entry)
                    if answer and entry.status and entry.status < 400 <= answer.status:
                        lost.append(entry)
                except Exception:  # a world may be a stranger's: each step harms only itself
                    log.exception("A step of the world cannot be repeated")
                    lost.append(entry)
                self._last = max(entry.time, self._last)
            if lost:
                self._report(lost)
            # A world that was put forward goes on from there.
            self._ahead = max(self._last - self._clock(), 0.0)
            serving.start_world(self.journal.header.seed)

    def _report(self, lost: list[JournalEntry]) -> None:
        """Reports what is missing if this version restores a world differently: ids that later steps use."""
        first = next((action(each.request) for each in lost if each.request), "") or "a step"
        kept = self.journal
        message = (
            f"{len(lost)} of {kept.entries} changes cannot be repeated, the first is {first}: "
            "what they made is missing. "
            f"The state was started by cardlabs {kept.header.cardlabs}, this is {__version__}. "
            "Start an empty sandbox: labs sandbox reset"
        )
        kept.damage = f"{kept.damage}\n{message}".strip()
        log.error("%s", message)

    def _carry_out(self, entry: JournalEntry) -> HttpAnswer | None:
        with moment(entry.time, entry.seed):
            if entry.request is not None:
                return self._run(entry.request)
            settling.settle_all()
            return None

    def _change(self, request: RecordedRequest) -> HttpAnswer:
        entry = self._entry(without_real_key(request))
        answer = self._carry_out(entry)
        assert answer is not None
        if not queues.wait_seconds:  # else it changed nothing
            self.journal.append(structs.replace(entry, status=answer.status))
        return answer

    def _read(self, request: RecordedRequest) -> HttpAnswer:
        """Answers a read; due changes are made first, and journaled."""
        if not (self.journal.header.realistic or _is_due()):
            return self._run(request)
        entry = self._entry(None)
        with moment(entry.time, entry.seed):
            changed = settling.settle_all()
            answer = self._run(request)
        if changed:
            self.journal.append(entry)
        return answer

    def _entry(self, request: RecordedRequest | None) -> JournalEntry:
        """A new journal entry; the time of a world never runs backwards, whatever the system's clock does."""
        self._last = max(self._clock() + self._ahead, self._last)
        return JournalEntry(self._last, secrets.randbits(53), request)

    def _run(self, request: RecordedRequest) -> HttpAnswer:
        try:
            return _called(self._dispatch, request)
        except (NotImplementedError, ImportError) as error:
            log.info("Not supported: %s %s", action(request), error)
            return unsupported(request)
        except Exception as error:  # noqa: BLE001 - the boundary: whatever moto raises is logged and answered as AWS would
            return _broken(request, error)


def _broken(request: RecordedRequest, error: Exception) -> HttpAnswer:
    what = f"{service(request)} {action(request) or request.environ['PATH_INFO']}"
    log.error("%s: %s: %s", what, type(error).__name__, error, exc_info=error)
    why = str(error) if isinstance(error, SandboxError) else f"{type(error).__name__}: {error}"
    return fault(request, 500, INTERNAL, f"The sandbox broke down: {why}")


def _is_due() -> bool:
    return any(settling.attempt("what falls due", is_due) for is_due in hooks.due_checks)


def _is_read(request: RecordedRequest) -> bool:
    named = action(request)
    return (
        settling.is_read(named) if named else request.environ["REQUEST_METHOD"] in {"GET", "HEAD", "OPTIONS"}
    )


class _Dispatcher(DomainDispatcherApplication):
    """moto's dispatcher, without searching all of its services for every request."""

    def __init__(self, make: Any) -> None:
        super().__init__(make)
        self._backends: dict[str | None, Any] = {}
        self.undo = set_attribute(responses, "method_names_from_class", cache(method_names_from_class))

    def get_backend_for_host(self, host: str | None) -> Any:
        """The name of the service with this AWS host."""
        if host not in self._backends:
            self._backends[host] = super().get_backend_for_host(host)
        return self._backends[host]


def _service_application(name: str | None) -> Any:
    if name not in MOTO_NAMES:
        raise NotImplementedError(f"the sandbox does not serve {name}")
    return create_backend_app(cast("Any", name))


def _called(application: Any, request: RecordedRequest) -> HttpAnswer:
    """The complete response of a WSGI application."""
    started: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], _error: object = None) -> None:
        started[:] = status, headers

    chunks = application(_environ(request), start_response)
    try:
        body = b"".join(chunks)
    finally:
        if hasattr(chunks, "close"):
            chunks.close()
    status, headers = started
    answer = HttpAnswer(int(status.split()[0]), tuple(headers), body)
    return unsupported(request) if _is_no_route(request, answer) else answer


def _is_no_route(request: RecordedRequest, answer: HttpAnswer) -> bool:
    """Whether this is Flask's page for an unknown path; AWS's errors are never HTML or empty."""
    page = answer.body[:15].lower() == b"<!doctype html>" or not answer.body
    return answer.status in {404, 405} and page and request.environ["REQUEST_METHOD"] != "HEAD"


def _environ(request: RecordedRequest) -> dict[str, Any]:
    names = {f"HTTP_{name.upper().replace('-', '_')}": name for name in request.names}
    return {
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "SCRIPT_NAME": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        PRESERVED_HEADER_NAMES_ENVIRON_KEY: names,
        **request.environ,
        "RAW_URI": request.environ["REQUEST_URI"],
        "CONTENT_LENGTH": str(len(request.body)),
    }
