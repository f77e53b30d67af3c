"""Runs the board's server until Ctrl-C."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from labs.errors import UsageError
from labs.show.web.app import LOOPBACK, Site, make_app
from labs.show.web.change_stream import ChangeStream


def serve(site: Site, host: str, port: int, home: Path, print_line: Callable[[str], None]) -> None:
    """Serves the board on this address, and prints its URL. Raises UsageError if it cannot listen."""
    try:
        import uvicorn
        from starlette import applications  # noqa: F401 - both are there, or neither
    except ImportError as error:
        raise UsageError("the board in the browser needs more: pip install 'cardlabs[board]'") from error
    listening = _listen(host, port)
    token = None if host in LOOPBACK else _token(home)
    server: uvicorn.Server | None = None
    changes = ChangeStream(site.ledger.revision, lambda: server is not None and server.should_exit)
    config = uvicorn.Config(
        make_app(replace(site, token=token), changes),
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    server = uvicorn.Server(config)
    print_line(f"The board is at {_address(host, listening.getsockname()[1], token)}  (Ctrl-C ends it)")
    try:
        server.run(sockets=[listening])
    except KeyboardInterrupt:
        return


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:
        raise UsageError(
            f"the board cannot listen on {host} port {port}: {error.strerror or error}"
        ) from error


def _address(host: str, port: int, token: str | None) -> str:
    shown = socket.gethostname() if host in ("0.0.0.0", "::", "") else host  # noqa: S104 - compared, not bound
    bracketed = f"[{shown}]" if ":" in shown else shown
    return f"http://{bracketed}:{port}/" + (f"?token={token}" if token else "")


def _token(home: Path) -> str:
    """The token of this machine's boards, made once, so that open pages work again after a restart."""
    file = home / "board.token"
    home.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
            new.write(secrets.token_urlsafe(32))
    except FileExistsError:
        pass
    return file.read_text("utf-8")
