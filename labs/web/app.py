"""The WSGI application of a site: admission by token, routes, headers, page cache and differences.

A site provides routes and a revision; everything else is shared by the desk and the board. Every site has a token: it
is in the first address, and in a cookie from then on. A POST must also originate from a page of the site.
"""

from __future__ import annotations

import hmac
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from labs.errors import LabsError, NotAPage, UnknownLab
from labs.web.change_stream import ChangeStream
from labs.web.page_cache import PageCache
from labs.web.templating import FOLDER, render

if TYPE_CHECKING:
    from werkzeug.exceptions import HTTPException
    from werkzeug.routing import Map
    from werkzeug.wrappers import Request, Response

LOOPBACK = ("127.0.0.1", "localhost", "::1")
MAX_FORM_BYTES = 64 * 1024
DIFFERENCE = "application/vnd.labs.difference+json"
"""The media type of a page's changed lines, which app.js requests instead of the whole page."""
STATIC = {"app.css": "text/css", "app.js": "text/javascript", "icon.svg": "image/svg+xml"}
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class Route:
    """A werkzeug path (`/labs/<lab>`) and its handler. If it returns text, that is a page, cached for all viewers."""

    path: str
    answer: Callable[..., str | Response]
    method: str = "GET"


class Site(Protocol):
    """A site: the desk of a learner, or the board of a workshop."""

    @property
    def name(self) -> str:
        """The name of the site, shown on error pages."""

    def routes(self) -> Iterable[Route]:
        """The pages and actions. Handlers are called with the request and the variables of the path."""

    def revision(self) -> object:
        """A value that changes whenever the content of a page may have changed."""


@dataclass(frozen=True, slots=True)
class SubSite:
    """A site below the path of another site, with a separate token: its visitors may not open the other site."""

    site: Site
    home: str
    token: str


@dataclass(slots=True)
class WebApp:
    """The WSGI application of a site. Requests need the token. `home` is the path of the first page."""

    site: Site
    token: str
    loopback_only: bool = True
    home: str = "/"
    pages: PageCache = field(default_factory=PageCache)
    changes: ChangeStream = field(init=False)
    _map: Map = field(init=False)
    _answers: dict[str, Route] = field(init=False)

    def __post_init__(self) -> None:
        from werkzeug.routing import Map, Rule

        self.changes = ChangeStream(self.site.revision)
        routes = [*self.site.routes(), Route("/events", self._events), Route("/static/<file>", _static)]
        self._answers = {f"{route.method} {route.path}": route for route in routes}
        self._map = Map(
            [Rule(route.path, endpoint=key, methods=[route.method]) for key, route in self._answers.items()]
        )

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        """Answers one request."""
        from werkzeug.wrappers import Request

        request = Request(environ)
        request.max_content_length = request.max_form_memory_size = MAX_FORM_BYTES
        response = self._refusal(request) or self._answer(request)
        response.headers.extend(HEADERS)
        return response(environ, start_response)

    # admission

    def _refusal(self, request: Request) -> Response | None:
        """The refusal of a request, or the redirect that sets the cookie if the token is in the address; else None."""
        from werkzeug.utils import redirect

        # DNS rebinding: a foreign page could point its own host name at this machine.
        if self.loopback_only and urlsplit(f"//{request.host}").hostname not in LOOPBACK:
            return self._error(403, "This address is not one of this site.")
        if request.path.startswith("/static/"):
            return None
        cookie = f"labs{self.home.rstrip('/').replace('/', '-')}-{request.environ.get('SERVER_PORT', '')}"
        if not _same(request.cookies.get(cookie), self.token):
            if request.method != "GET" or not _same(request.args.get("token"), self.token):
                return self._error(403, "Open this site by the whole address that the terminal shows.")
        elif request.method == "POST" and not _from_own_page(request):
            return self._error(403, "This request does not come from a page of this site.")
        if "token" not in request.args:
            return None
        answer = redirect(_without_token(request), 303)
        answer.set_cookie(cookie, self.token, httponly=True, samesite="Lax", secure=request.is_secure)
        return answer

    # responses

    def _answer(self, request: Request) -> Response:
        from werkzeug.exceptions import HTTPException
        from werkzeug.wrappers import Response

        try:
            key, parts = self._map.bind_to_environ(request.environ).match()
            route = self._answers[key]
            if route.method == "GET":
                return self._get(route, request, parts)
            answer = route.answer(request, **parts)
            self.changes.poll()  # so that the next page shows the effect
            return Response(answer, mimetype="text/html") if isinstance(answer, str) else answer
        except HTTPException as error:
            return self._http_error(error, request)
        except LabsError as error:
            return self._error(404 if isinstance(error, UnknownLab) else 400, str(error))
        except Exception:  # noqa: BLE001 - an error of one page must not end the connection; it is logged
            traceback.print_exc()
            return self._error(500, "A fault of this program: the terminal shows it.")

    def _get(self, route: Route, request: Request, parts: Mapping[str, Any]) -> Response:
        """The page from the cache, or the response of a handler that returns no page (a file, a stream)."""
        from werkzeug.wrappers import Response

        given: list[Response] = []

        def page() -> str:
            answer = route.answer(request, **parts)
            if isinstance(answer, str):
                return answer
            given.append(answer)
            raise NotAPage

        try:
            rendered = self.pages.page(request.full_path, self.changes.number(), page)
        except NotAPage:
            return given[0]
        known = next(iter(request.if_none_match.as_set()), "")
        if known == rendered.etag:
            return Response(status=304, headers={"ETag": f'"{rendered.etag}"'})
        answer = Response(mimetype="text/html", direct_passthrough=True)
        answer.set_etag(rendered.etag)
        wants_difference = request.headers.get("Accept", "").startswith(DIFFERENCE)
        difference = self.pages.difference(known, rendered) if wants_difference else None
        if difference is not None:
            answer.content_type = DIFFERENCE
        if difference is None and not request.accept_encodings.quality("gzip"):
            answer.set_data(rendered.text)
        else:
            answer.set_data(difference if difference is not None else rendered.packed)
            answer.content_encoding = "gzip"
        return answer

    def _events(self, _: Request) -> Response:
        from werkzeug.wrappers import Response

        return Response(self.changes.stream(), mimetype="text/event-stream")

    def _http_error(self, error: HTTPException, request: Request) -> Response:
        from werkzeug.routing import RequestRedirect

        if isinstance(error, RequestRedirect):
            return error.get_response(request.environ)
        message = "There is no such page." if error.code == 404 else str(error.description)
        return self._error(error.code or 500, message)

    def _error(self, status: int, message: str) -> Response:
        from werkzeug.wrappers import Response

        content = render("error.html", site=self.site.name, home=self.home, status=status, message=message)
        return Response(content, status, mimetype="text/html")


def with_sub_site(app: WebApp, below: SubSite) -> Callable[..., Iterable[bytes]]:
    """The WSGI application of both sites: paths below the sub-site's home go to the sub-site."""
    other = WebApp(below.site, below.token, app.loopback_only, below.home)

    def answer(environ: Any, start_response: Any) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        inside = path == below.home or path.startswith(f"{below.home}/")
        return (other if inside else app)(environ, start_response)

    return answer


def download(content: bytes, name: str, kind: str) -> Response:
    """A file that the browser saves under this name."""
    from werkzeug.wrappers import Response

    return Response(content, mimetype=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _static(_: Request, file: str) -> Response:
    from werkzeug.exceptions import NotFound
    from werkzeug.wrappers import Response

    if file not in STATIC:
        raise NotFound
    return Response((FOLDER / "static" / file).read_bytes(), mimetype=STATIC[file])


def _same(given: str | None, token: str) -> bool:
    return given is not None and hmac.compare_digest(given.encode(), token.encode())


def _from_own_page(request: Request) -> bool:
    """Whether the Origin header names this site."""
    return request.headers.get("Origin") == request.host_url.rstrip("/")


def _without_token(request: Request) -> str:
    from urllib.parse import quote, urlencode

    path = quote(request.path)
    rest = urlencode([pair for pair in request.args.items(multi=True) if pair[0] != "token"])
    return f"{path}?{rest}" if rest else path
