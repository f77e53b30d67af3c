"""HTTP for the sandbox: reads a request completely, refuses what a web page could have sent, sends the response.

werkzeug's development server closes every connection after one answer; here a connection stays open, which
is safe because each request has been read to its end before it is answered.
"""

from __future__ import annotations

import logging
import re
import socket
import threading
from typing import TYPE_CHECKING, Any, cast

from moto.core.request import PRESERVED_HEADER_NAMES_ENVIRON_KEY
from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import BaseWSGIServer
from werkzeug.serving import make_server as make_werkzeug_server

from labs.sandbox.client.connection import MARK
from labs.sandbox.faults import HttpAnswer
from labs.sandbox.images.names import parse_registry
from labs.sandbox.images.serving import serving
from labs.sandbox.registry.distribution import Registry, is_registry_request
from labs.sandbox.registry.ecr_calls import LAYER_SIZE
from labs.sandbox.registry.http import BodyStream, Reply
from labs.sandbox.server.endpoints import PREFIX, Endpoints
from labs.sandbox.world.journal import RecordedRequest

if TYPE_CHECKING:
    from labs.sandbox.server.application import Application

log = logging.getLogger("labs.sandbox")

_LOOPBACK = re.compile(r"(.+\.)?localhost|127\.0\.0\.1|\[::1\]", re.IGNORECASE)
_UNIMPORTANT = {
    "HTTP_ACCEPT_ENCODING",
    "HTTP_AMZ_SDK_INVOCATION_ID",
    "HTTP_AMZ_SDK_REQUEST",
    "HTTP_CONNECTION",
    "HTTP_EXPECT",
    "HTTP_TRANSFER_ENCODING",
    "HTTP_USER_AGENT",
    "HTTP_X_AMZ_SECURITY_TOKEN",
    LAYER_SIZE,
}
"""Headers that are not passed to moto and the journal, or that only the sandbox itself may send."""


class Router:
    """The state that the server's threads share: the world and the sandbox's own endpoints."""

    def __init__(self, application: Application, endpoints: Endpoints) -> None:
        self.application = application
        self.endpoints = endpoints
        self.registry = Registry(application, serving.blobs) if serving.blobs is not None else None

    def answer(self, environ: dict[str, Any], body: bytes) -> HttpAnswer:
        """The answer to one HTTP request."""
        refusal = _refusal(environ)
        if refusal:
            return HttpAnswer(403, (("Content-Type", "text/plain"),), refusal.encode())
        path = environ["PATH_INFO"]
        if path.startswith(PREFIX):
            token = environ.get("HTTP_X_CARDLABS_TOKEN", "")
            return self.endpoints.answer(environ["REQUEST_METHOD"], path.removeprefix(PREFIX), token, body)
        return self.application.answer(journaled_request(environ, body))


def make_server(listening: socket.socket, application: Application, endpoints: Endpoints) -> BaseWSGIServer:
    """A server with a thread for each connection, on a bound socket."""
    host, port = listening.getsockname()
    router: Any = Router(application, endpoints)
    return make_werkzeug_server(
        host, port, router, threaded=True, request_handler=_Handler, fd=listening.fileno()
    )


class _Handler(MotoRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body go out as two segments: the second must not wait
    timeout = 300
    wbufsize = -1

    def run_wsgi(self) -> None:
        """Answers one request (every HTTP method comes here)."""
        self.environ = environ = self.make_environ()
        router = cast("Router", self.server.app)
        if router.registry is not None and is_registry_request(environ):
            self._serve_registry(router.registry, environ)
            return
        body = _body(environ)
        answer = router.answer(environ, body)
        stops = answer.status == 200 and environ["PATH_INFO"] == f"{PREFIX}stop"
        self._send(answer, closes=stops)
        if stops:
            router.endpoints.stop()
            threading.Event().wait()  # the caller sees the end of the answer when this process has ended

    def _serve_registry(self, registry: Registry, environ: dict[str, Any]) -> None:
        """Answers a registry client; closes the connection if a refused request has unread content."""
        body = BodyStream(environ)
        refusal = None if parse_registry(environ.get("HTTP_HOST", "")) else _refusal(environ)
        if refusal:
            reply = Reply(403, {"Content-Type": "text/plain"}, refusal.encode())
        else:
            reply = registry.answer(environ, body)
        self.send_response_only(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Date", self.date_time_string())
        self.send_header(MARK, "1")
        if "Content-Length" not in reply.headers and reply.status != 204:
            self.send_header("Content-Length", str(reply.length))
        if not body.is_at_end:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            for chunk in reply.chunks():
                self.wfile.write(chunk)
        self.wfile.flush()

    def _send(self, answer: HttpAnswer, *, closes: bool) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            if name.lower() not in {"connection", "content-length", "date"} or self._is_length_of_head(name):
                self.send_header(name, value)
        self.send_header("Date", self.date_time_string())
        self.send_header(MARK, "1")
        bodiless = self.command == "HEAD" or answer.status in {204, 304}
        if closes:
            self.send_header("Connection", "close")
        elif not bodiless:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if not bodiless:
            self.wfile.write(answer.body)
        self.wfile.flush()

    def _is_length_of_head(self, name: str) -> bool:
        return self.command == "HEAD" and name.lower() == "content-length"

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's name
        """Logs errors only, without clients that try TLS first, as docker does, and without idle connections."""
        if type == "error" and not any(
            each in message % args for each in ("Bad request", "Request timed out")
        ):
            log.error(message, *args)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Writes no access log."""


def _body(environ: dict[str, Any]) -> bytes:
    stream = environ["wsgi.input"]
    if environ.get("wsgi.input_terminated"):
        return cast("bytes", stream.read())
    return cast("bytes", stream.read(int(environ.get("CONTENT_LENGTH") or 0)))


def _refusal(environ: dict[str, Any]) -> str | None:
    """The reason to refuse a request: it is for another host name, or comes from a web page."""
    host = environ.get("HTTP_HOST", "").rpartition(":") if ":" in environ.get("HTTP_HOST", "") else None
    name = host[0] if host and host[2].isdigit() else environ.get("HTTP_HOST", "")
    if not _LOOPBACK.fullmatch(name):
        return f"The sandbox answers on 127.0.0.1 and localhost, not as {name!r}.\n"
    if "HTTP_ORIGIN" in environ:
        return "The sandbox does not answer web pages.\n"
    if environ["PATH_INFO"].startswith("/moto-api"):
        return "The sandbox is controlled by `labs sandbox`, not by moto's own interface.\n"
    return None


def journaled_request(environ: dict[str, Any], body: bytes) -> RecordedRequest:
    """The request to execute and journal, without irrelevant and confidential headers."""
    kept = {
        name: value
        for name, value in environ.items()
        if name in {"REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "REQUEST_URI", "CONTENT_TYPE"}
        or (name.startswith("HTTP_") and name not in _UNIMPORTANT)
    }
    if "HTTP_AUTHORIZATION" in kept:
        kept["HTTP_AUTHORIZATION"] = re.sub(r"Signature=\w+", "Signature=0", kept["HTTP_AUTHORIZATION"])
    return RecordedRequest(kept, body, tuple(environ[PRESERVED_HEADER_NAMES_ENVIRON_KEY].values()))
