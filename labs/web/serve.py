"""Runs the server of a site until Ctrl-C."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from labs.errors import UsageError
from labs.web.app import LOOPBACK, Site, SubSite, WebApp, with_sub_site

if TYPE_CHECKING:
    from werkzeug.serving import BaseWSGIServer

BACKLOG = 512
IDLE_SECONDS = 60
"""Timeout after which an idle connection is closed."""


@dataclass(frozen=True, slots=True)
class Listening:
    """Address to listen on, required token (None: a new one), and the files for TLS."""

    host: str = "127.0.0.1"
    port: int = 0
    token: str | None = None
    certificate: Path | None = None
    key: Path | None = None


def serve(
    site: Site, listening: Listening, ready: Callable[[list[str]], object], below: SubSite | None = None
) -> None:
    """Serves a site until Ctrl-C; calls `ready` with its addresses. Raises UsageError if it cannot listen."""
    with served(site, listening, below) as (server, addresses):
        ready(addresses)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return


@contextmanager
def served(
    site: Site, listening: Listening, below: SubSite | None = None
) -> Iterator[tuple[BaseWSGIServer, list[str]]]:
    """A listening server and its addresses; the caller runs it. Changes are pushed while the block runs."""
    import secrets

    token = listening.token or secrets.token_urlsafe(24)
    app = WebApp(site, token, loopback_only=listening.host in LOOPBACK)
    server = _server(with_sub_site(app, below) if below else app, listening)
    scheme = "https" if listening.certificate else "http"
    addresses = [
        f"{scheme}://{f'[{name}]' if ':' in name else name}:{server.port}/?token={token}"
        for name in _names(listening.host)
    ]
    try:
        with app.changes.polling():
            yield server, addresses
    finally:
        server.server_close()


def _server(app: Callable[..., Iterable[bytes]], listening: Listening) -> BaseWSGIServer:
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Handler(WSGIRequestHandler):
        """Handles a connection without an access log."""

        protocol_version = "HTTP/1.1"
        timeout = IDLE_SECONDS

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Logs nothing: addresses may contain the token."""

        def log_error(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
            """Logs an error, except the timeout of an idle connection."""
            if not format.startswith("Request timed out"):
                super().log_error(format, *args)

        def version_string(self) -> str:
            """The name of the server."""
            return "labs"

    listener = _listener(listening)
    server = make_server(
        listening.host,
        listener.getsockname()[1],
        app,
        threaded=True,
        request_handler=Handler,
        fd=listener.fileno(),
    )
    listener.close()
    if listening.certificate:
        _use_tls(server, listening.certificate, listening.key)
    return server


def _use_tls(server: BaseWSGIServer, certificate: Path, key: Path | None) -> None:
    """Makes a server use TLS. Raises UsageError, and closes the server, if the certificate cannot be used."""
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate, key)
    except OSError as error:  # an SSLError is one
        server.server_close()
        raise UsageError(f"{certificate}: {error.strerror or error}") from error
    # The thread of the connection does the handshake: a client that never completes it must not block others.
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.ssl_context = context


def _listener(listening: Listening) -> socket.socket:
    host, port = listening.host, listening.port
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        message = f"Cannot listen on {host} port {port}: {error.strerror or error}. Choose another port: --port PORT"
        raise UsageError(message) from error


def _names(host: str) -> list[str]:
    """The host names and addresses by which a browser reaches the server, the best one last."""
    if host not in ("0.0.0.0", "::", ""):  # noqa: S104 - compared, not bound
        return [host]
    name = socket.gethostname()
    try:
        found = [str(each[4][0]) for each in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)]
    except OSError:
        found = []
    usable = [
        each
        for each in dict.fromkeys([*found, *_source_addresses()])
        if not each.startswith(("127.", "::1", "fe80:")) and (":" not in each or host == "::")
    ]
    return [name, *sorted(usable, key=lambda each: ":" not in each)]


def _source_addresses() -> Iterator[str]:
    """The addresses of this machine on the way to other networks: Debian resolves its own name to 127.0.1.1.

    To connect a datagram socket chooses a route and sends nothing.
    """
    for family, elsewhere in ((socket.AF_INET6, "2001:db8::1"), (socket.AF_INET, "192.0.2.1")):
        with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:  # no such network
            probe.connect((elsewhere, 9))
            yield str(probe.getsockname()[0])
