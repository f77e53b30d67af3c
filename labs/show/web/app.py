"""The board as a small, read-only web site that works without JavaScript.

On a loopback address everybody on the machine may see it; elsewhere it needs a token, in the URL once and in a
cookie from then on.
"""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from labs.show.board_text import counts, round_text
from labs.show.round_html import FOLDER, templates
from labs.show.web.change_stream import ChangeStream
from labs.workshop.board_source import board_of
from labs.workshop.ledger import Ledger
from labs.workshop.roster import Roster

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

COOKIE = "labs-board"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
STATIC = {"board.css": "text/css", "board.js": "text/javascript"}
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class Site:
    """The content of the site, and the token that it requires; without one, everybody on this machine may see it."""

    ledger: Ledger
    roster: Roster
    labs: tuple[str, ...]
    clock: Callable[[], datetime]
    token: str | None = None

    def board(self) -> str:
        """The page of the whole workshop."""
        now = self.clock()
        board = board_of(self.ledger, self.roster, self.labs, now)
        about = {"board": board, "counts": counts(board), "round": round_text(self.ledger.rounds(), now)}
        return templates().get_template("board.html").render(title=self.roster.title, **about)

    def learner(self, name: str) -> str | None:
        """The page of one learner; None for a name that is not in the roster."""
        if all(seat.name != name for seat in self.roster.seats):
            return None
        history = [change for change in self.ledger.history(name) if change.verdict.lab in self.labs]
        about = {"seat": self.ledger.result(name, self.labs), "history": history[::-1], "name": name}
        return templates().get_template("learner.html").render(title=self.roster.title, **about)


def make_app(site: Site, changes: ChangeStream) -> Starlette:
    """The site as an ASGI application."""
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.middleware.trustedhost import TrustedHostMiddleware
    from starlette.routing import Route

    routes = [
        Route("/", _board(site)),
        Route("/learner", _learner(site)),
        Route("/events", _events(changes)),
        Route("/{file}", _static),
    ]
    # Refuse other host names: a foreign page could point its own name at this machine (DNS rebinding).
    hosts = ["*"] if site.token else [*LOOPBACK, "[::1]"]
    middleware = [
        Middleware(_Headers),
        Middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False),
        Middleware(_Admission, token=site.token),
    ]

    @asynccontextmanager
    async def poll(_: Starlette) -> AsyncIterator[None]:
        async with changes.polling():
            yield

    return Starlette(routes=routes, middleware=middleware, lifespan=poll)


class _Headers:
    """Adds the security headers to every response, refusals included."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                ours = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
                kept = [pair for pair in message["headers"] if pair[0] not in dict(ours)]
                message = {**message, "headers": [*kept, *ours]}
            await send(message)

        await self._app(scope, receive, with_headers)


class _Admission:
    """Requires the token, once in the URL, then as a cookie that no script can read."""

    def __init__(self, app: Any, token: str | None) -> None:
        self._app = app
        self._token = token

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        refusal = self._refusal(scope) if scope["type"] == "http" else None
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, scope: Any) -> Response | None:
        from starlette.requests import Request
        from starlette.responses import PlainTextResponse, RedirectResponse

        request = Request(scope)
        if self._token is None or _same(request.cookies.get(COOKIE), self._token):
            return None
        if not _same(request.query_params.get("token"), self._token):
            message = (
                "This board is for its instructors: open it by the whole address that the terminal shows."
            )
            return PlainTextResponse(message, 403)
        answer = RedirectResponse("/", 303)
        answer.set_cookie(COOKIE, self._token, httponly=True, samesite="strict")
        return answer


def _same(given: str | None, token: str) -> bool:
    return given is not None and hmac.compare_digest(given.encode(), token.encode())


def _board(site: Site) -> Callable[[Request], Response]:
    from starlette.responses import HTMLResponse

    def answer(_: Request) -> Response:
        return HTMLResponse(site.board())

    return answer


def _learner(site: Site) -> Callable[[Request], Response]:
    from starlette.responses import HTMLResponse, PlainTextResponse

    def answer(request: Request) -> Response:
        page = site.learner(request.query_params.get("name", ""))
        return (
            PlainTextResponse("Nobody of this name takes part.", 404) if page is None else HTMLResponse(page)
        )

    return answer


def _events(changes: ChangeStream) -> Callable[[Request], Awaitable[Response]]:
    from starlette.responses import StreamingResponse

    async def answer(_: Request) -> Response:
        return StreamingResponse(changes.stream(), media_type="text/event-stream")

    return answer


def _static(request: Request) -> Response:
    from starlette.responses import PlainTextResponse

    name = request.path_params["file"]
    if name not in STATIC:
        return PlainTextResponse("There is no such page.", 404)
    return PlainTextResponse((FOLDER / "static" / name).read_text("utf-8"), media_type=STATIC[name])
