"""The mechanism of both sites: who is let in, what is sent, and how little of it after a change."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest

from labs.errors import StoreError, UsageError
from labs.web.app import DIFFERENCE, HEADERS, Route, WebApp
from labs.web.change_stream import ChangeStream
from labs.web.page_cache import MAX_AGE_SECONDS, MAX_PAGES, PageCache, changed_lines
from labs.web.serve import Listening, served

OWN = {"Origin": "http://localhost"}


@dataclass
class Lines:
    """A site of one page with numbered lines, and an action that changes one of them."""

    lines: list[str] = field(default_factory=lambda: [f"<p>{number}</p>" for number in range(500)])
    rendered: int = 0
    name = "Lines"

    def routes(self) -> Iterable[Route]:
        return [Route("/", self.page), Route("/change", self.change, "POST"), Route("/fault", self.fault)]

    def revision(self) -> object:
        return tuple(self.lines)

    def page(self, _: Any) -> str:
        self.rendered += 1
        return "\n".join(self.lines)

    def change(self, request: Any) -> Any:
        from werkzeug.utils import redirect

        self.lines[7] = request.form["text"]
        return redirect("/", 303)

    def fault(self, _: Any) -> str:
        raise UsageError("<b>the roster</b> is gone")


@pytest.fixture
def site() -> Lines:
    return Lines()


@pytest.fixture
def client(site: Lines) -> Any:
    from werkzeug.test import Client

    client = Client(WebApp(site, "the-token"))
    assert client.get("/?token=the-token").status_code == 303
    return client


def test_nobody_without_the_token_is_let_in(site: Lines) -> None:
    """Not by a wrong one, nor to an action; style and script, which tell nothing, are free."""
    from werkzeug.test import Client

    client = Client(WebApp(site, "the-token"))
    for path in ("/", "/events", "/?token=wrong", "/?token=", "/?token=é", "/nothing"):
        answer = client.get(path)
        assert (answer.status_code, "499" in answer.text) == (403, False)
    assert client.post("/change?token=the-token", headers=OWN).status_code == 403
    assert client.get("/static/app.css").status_code == 200
    assert site.rendered == 0


def test_the_token_leaves_the_address(site: Lines) -> None:
    """It is in a cookie from then on, which no script reads, and which links from a chat bring along."""
    from werkzeug.test import Client

    client = Client(WebApp(site, "the-token"))
    answer = client.get("/?q=a&token=the-token")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/?q=a")
    assert {"HttpOnly", "SameSite=Lax"} <= set(answer.headers["Set-Cookie"].split("; "))
    assert client.get("/?q=a").status_code == 200
    other = client.get("/a%0D%0Ab%3Fc?token=the-token")
    assert (other.status_code, other.headers["Location"]) == (303, "/a%0D%0Ab%3Fc")


def test_every_answer_has_the_security_headers(client: Any) -> None:
    for path in ("/", "/nothing", "/fault", "/static/app.js", "/?token=the-token"):
        assert HEADERS.items() <= dict(client.get(path).headers).items()


@pytest.mark.slow
def test_another_host_name_is_refused_on_loopback_only(site: Lines) -> None:
    from werkzeug.test import Client

    for loopback_only, status in ((True, 403), (False, 303)):
        client = Client(WebApp(site, "the-token", loopback_only))
        assert client.get("/?token=the-token", base_url="http://evil.example").status_code == status


@pytest.mark.parametrize("headers", [{}, {"Origin": "http://evil.example"}, {"Origin": "null"}])
def test_a_post_from_elsewhere_is_refused(headers: dict[str, str], client: Any, site: Lines) -> None:
    assert client.post("/change", data={"text": "bad"}, headers=headers).status_code == 403
    assert "bad" not in site.lines


def test_an_action_shows_on_the_next_page(client: Any) -> None:
    answer = client.post("/change", data={"text": "<p>new</p>"}, headers=OWN, follow_redirects=True)
    assert "<p>new</p>" in answer.text


def test_a_form_that_is_too_large_is_refused(client: Any) -> None:
    assert client.post("/change", data={"text": "x" * 70_000}, headers=OWN).status_code == 413


def test_what_went_wrong_is_said_and_escaped(client: Any) -> None:
    answer = client.get("/fault")
    assert answer.status_code == 400
    assert "&lt;b&gt;the roster" in answer.text
    assert client.get("/nothing").status_code == 404
    assert client.get("/static/app.py").status_code == 404


def test_a_page_is_rendered_once_per_change_for_all(client: Any, site: Lines) -> None:
    packed = {"Accept-Encoding": "gzip"}
    answers = [client.get("/", headers=packed) for _ in range(50)]
    assert site.rendered == 1
    assert gzip.decompress(answers[0].data).decode() == "\n".join(site.lines)
    known = {"If-None-Match": answers[0].headers["ETag"]}
    assert client.get("/", headers=known).status_code == 304
    site.lines[3] = "<p>three</p>"
    assert client.get("/", headers=known).status_code == 200
    assert site.rendered == 2


def test_after_a_change_only_its_lines_are_sent(client: Any, site: Lines) -> None:
    """To the script, which has the page before; whoever has none gets the whole page."""
    known = client.get("/").headers["ETag"]
    site.lines[7] = "<p>seven</p>"
    asked = {"Accept": f"{DIFFERENCE}, text/html;q=0.9", "If-None-Match": known}
    answer = client.get("/", headers=asked)
    document = json.loads(gzip.decompress(answer.data))
    assert answer.content_type == DIFFERENCE
    assert document["changes"] == [[7, 1, ["<p>seven</p>"]]]
    assert len(answer.data) < 200
    assert client.get("/", headers={**asked, "If-None-Match": '"other"'}).mimetype == "text/html"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("abc", "axc"),
        ("abc", "abcd"),
        ("abcd", "acd"),
        ("abc", "abc"),
        ("aaa", "aa"),
        ("", "ab"),
        ("ab", "xyz"),
    ],
)
def test_changed_lines_make_one_text_of_the_other(before: str, after: str) -> None:
    old, new = "\n".join(before), "\n".join(after)
    lines = old.split("\n")
    for start, count, texts in reversed(changed_lines(old, new)):
        lines[start : start + count] = texts
    assert "\n".join(lines) == new


def test_a_page_grows_old_and_few_are_kept() -> None:
    """Durations on it are true to some seconds; queries that nobody repeats take no memory."""
    now = [0.0]
    pages = PageCache(lambda: now[0])
    first = pages.page("/", 1, lambda: "one")
    now[0] = MAX_AGE_SECONDS - 1
    assert pages.page("/", 1, lambda: "two") is first
    now[0] = MAX_AGE_SECONDS
    assert pages.page("/", 1, lambda: "two").text == "two"
    for number in range(MAX_PAGES):
        pages.page(f"/?q={number}", 1, lambda number=number: f"page {number}")  # type: ignore[misc]
    assert pages.difference(first.etag, first) is None


# the stream


def test_a_stream_tells_each_change_once_and_ends_with_the_server() -> None:
    """It starts with one, so that a page that was older is made new."""
    state = [0]
    changes = ChangeStream(lambda: state[0], poll_seconds=0.001)
    stream = changes.stream()
    with changes.polling():
        assert [next(stream), next(stream)] == ["retry: 1000\n\n", "data: 1\n\n"]
        state[0] = 1
        assert next(stream) == "data: 2\n\n"
    assert len(list(stream)) <= 1


def test_a_silent_stream_gives_signs_of_life() -> None:
    stream = ChangeStream(lambda: 0, keepalive_seconds=0.001).stream()
    assert [next(stream) for _ in range(3)][2] == ": still here\n\n"


def test_a_store_that_is_away_is_no_change() -> None:
    answers: list[Any] = [1, StoreError("away"), 1]

    def probe() -> object:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    changes = ChangeStream(probe)
    assert [changes.number(), changes.number(), changes.number()] == [1, 1, 1]


# the server


@pytest.mark.slow
@pytest.mark.process
def test_a_server_answers_while_many_streams_are_open(site: Lines) -> None:
    """And its name tells nothing of what it is made of."""
    import http.client
    from urllib.parse import urlsplit

    with served(site, Listening(token="the-token")) as (server, addresses):
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        address = urlsplit(addresses[0])
        assert address.query == "token=the-token"
        cookie = {"Cookie": f"labs-{address.port}=the-token"}

        def ask(path: str) -> http.client.HTTPResponse:
            connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=20)
            connection.request("GET", path, headers=cookie)
            return connection.getresponse()

        streams = [ask("/events") for _ in range(50)]
        assert all(stream.readline() == b"retry: 1000\n" for stream in streams)
        page = ask("/")
        assert (page.status, page.headers["Server"]) == (200, "labs")
        assert b"499" in page.read()
        for each in (*streams, page):
            each.close()
        server.shutdown()
        thread.join()


def test_a_port_that_is_taken_is_said_so(site: Lines) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        listening = Listening(port=taken.getsockname()[1])
        with pytest.raises(UsageError, match="Cannot listen"), served(site, listening):
            pass
