"""The board in the browser: complete without JavaScript, closed to others, inert whatever the names."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient  # noqa: TID253 - every test here needs it

from labs.errors import UsageError
from labs.show.web.app import COOKIE, HEADERS, Site, make_app
from labs.show.web.change_stream import ChangeStream
from labs.show.web.serve import serve
from labs.workshop.database import Sqlite
from labs.workshop.ledger import Ledger
from labs.workshop.roster import Roster, Seat
from tests.workshop.test_ledger import LAB, START, minute, result, verdict
from tests.workshop.test_rounds import HOSTILE

NAMES = ("ada", "bob", "../etc/passwd?a=1&b", HOSTILE)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    database = Sqlite(tmp_path / "rounds.db")
    yield Ledger(database, "A workshop")
    database.close()


@pytest.fixture
def site(ledger: Ledger) -> Site:
    """Ada is done, Bob is stuck, one cannot be looked at, one was not looked at."""
    one = ledger.start_round([LAB], 4, START)
    for number in range(0, 30, 10):
        ledger.record(one, result(verdict("passed", "passed")), minute(number))
        ledger.record(one, result(verdict("passed", "failed"), name="bob"), minute(number))
    unseen = result(verdict("inconclusive"), name=HOSTILE, error="denied <b>to</b> \x1b[31m\u202ereverse")
    ledger.record(one, unseen, minute(20))
    roster = Roster("The room <1>", tuple(Seat(name) for name in NAMES))
    return Site(ledger, roster, (LAB,), lambda: minute(40))


@pytest.fixture
def client(site: Site) -> Iterator[TestClient]:
    with TestClient(make_app(site, ChangeStream(lambda: 0)), base_url="http://localhost") as found:
        yield found


class Page(HTMLParser):
    """A page's tags and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def links(self) -> list[str]:
        return [str(given["href"]) for tag, given in self.tags if tag == "a"]


def test_the_page_says_everything_without_javascript(client: TestClient) -> None:
    """Who is done, stuck, unseen and not looked at, in words; it refreshes itself where scripts do not run."""
    text = " ".join(Page(client.get("/").text).text.split())
    assert "done 1 · stuck 1 · can't look 1 · not reached 1" in text
    assert f"bob: {LAB}, no change for 40 min, 3 looks: b" in text
    assert f"{LAB} b: 1 of 2 who began it, for 40 min" in text
    assert "1/2" in text
    page = client.get("/").text
    assert '<noscript><meta http-equiv="refresh"' in page


def test_each_learner_has_a_page_with_objectives_and_history(client: TestClient) -> None:
    """The links of the board lead to them, whatever the names."""
    pages = [client.get(link) for link in Page(client.get("/").text).links() if link.startswith("/learner")]
    assert {page.status_code for page in pages} == {200}
    assert len(pages) == len(NAMES) + 1, "and one more link, to the one who needs help"
    bob = " ".join(Page(client.get("/learner", params={"name": "bob"}).text).text.split())
    assert f"{LAB}: 1 of 2" in bob
    assert "ecs DescribeClusters clusters[0]" in bob
    assert "2026-11-22 10:00:00 UTC" in bob
    assert client.get("/learner", params={"name": "mallory"}).status_code == 404


def test_hostile_names_are_text(client: TestClient) -> None:
    """On every page: no tag, no control character, no turned writing comes from a name or a reason."""
    for address in ("/", *Page(client.get("/").text).links()):
        if not address.startswith("/"):
            continue
        answer = client.get(address)
        tags = [tag for tag, _ in Page(answer.text).tags]
        assert tags.count("script") == 1
        assert "b" not in tags
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", answer.text)


@pytest.mark.parametrize(
    "address", ["/", "/learner?name=ada", "/board.css", "/board.js", "/nope", "/learner"]
)
def test_every_answer_is_guarded(address: str, client: TestClient) -> None:
    """No cache keeps it, no frame holds it, nothing is loaded from elsewhere and nothing runs inline."""
    answer = client.get(address)
    for name, value in HEADERS.items():
        assert answer.headers.get_list(name) == [value]
    if answer.headers["content-type"].startswith("text/html"):
        for tag, given in Page(answer.text).tags:
            assert "style" not in given
            assert not any(name.startswith("on") for name in given)
            assert tag != "style"
            source = given.get("src") or (given.get("href") if tag == "link" else None)
            assert source is None or str(source).startswith("/")


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_nothing_can_be_changed(method: str, client: TestClient) -> None:
    for address in ("/", "/learner", "/events"):
        assert getattr(client, method)(address).status_code == 405


def test_a_strange_name_for_this_machine_is_refused(client: TestClient) -> None:
    """What DNS rebinding would try."""
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400
    assert client.get("/", headers={"Host": "127.0.0.1:8321"}).status_code == 200


def test_beyond_this_machine_a_token_is_asked_for(site: Site) -> None:
    """In the address once, as a cookie from then on; a wrong one opens nothing, on no page."""
    guarded = Site(site.ledger, site.roster, site.labs, site.clock, "the-token")
    with TestClient(make_app(guarded, ChangeStream(lambda: 0)), base_url="http://board.example") as client:
        for address in (
            "/",
            "/learner?name=ada",
            "/events",
            "/board.js",
            "/?token=wrong",
            "/?token=",
            "/?token=é",
        ):
            assert client.get(address).status_code == 403
            assert "ada" not in client.get(address).text
        client.cookies.set(COOKIE, "wrong")
        assert client.get("/").status_code == 403
        client.cookies.clear()
        answer = client.get("/?token=the-token", follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert {"HttpOnly", "SameSite=strict"} <= set(answer.headers["set-cookie"].split("; "))
        assert "The room" in client.get("/").text


def test_two_boards_on_one_ledger_agree(site: Site, ledger: Ledger) -> None:
    """What one instructor's round finds, the other's page shows; nothing is kept in a server."""
    pages = [Site(ledger, site.roster, site.labs, site.clock) for _ in range(2)]
    ledger.record(
        ledger.start_round([LAB], 1, START), result(verdict("passed", "passed"), name="bob"), minute(35)
    )
    assert pages[0].board() == pages[1].board()
    assert "done 2" in pages[0].board()


# the stream


def test_a_stream_tells_each_change_once_and_ends_with_the_server() -> None:
    """It starts with one, so that a page that was older is made new."""

    async def watch() -> list[str]:
        state, ending = [0], [False]
        changes = ChangeStream(lambda: state[0], lambda: ending[0], poll_seconds=0.001)
        received = []
        async with changes.polling():
            async for line in changes.stream():
                received.append(line)
                if len(received) == 2:
                    await asyncio.sleep(0.01)
                    state[0] += 1
                if len(received) == 3:
                    ending[0] = True
        return received

    retry, first, second = asyncio.run(asyncio.wait_for(watch(), 10))
    assert retry.startswith("retry:")
    assert (first, second) == ("data: 0\n\n", "data: 1\n\n")


def test_a_silent_stream_gives_signs_of_life() -> None:
    async def watch() -> str:
        changes = ChangeStream(lambda: 0, poll_seconds=0.001)
        async with changes.polling():
            stream = changes.stream()
            lines = [await anext(stream) for _ in range(3)]
        return lines[2]

    assert asyncio.run(asyncio.wait_for(watch(), 10)) == ": still here\n\n"


class Running:
    """A real server in a thread."""

    def __init__(self, site: Site, home: Path, host: str = "127.0.0.1") -> None:
        self.received: list[str] = []
        self.thread = threading.Thread(
            target=serve, args=(site, host, 0, home, self.received.append), daemon=True
        )
        self.thread.start()
        until(lambda: self.received)
        self.url = self.received[0].split()[4]


def until(holds: Callable[[], Any], seconds: float = 10) -> None:
    """Waits for a thing to happen in another thread."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_two_hundred_open_pages_hear_of_a_change(site: Site, tmp_path: Path) -> None:
    """And a page is answered while they are open."""
    import httpx2

    running = Running(site, tmp_path)
    port = int(running.url.rstrip("/").rpartition(":")[2])
    streams = [socket.create_connection(("127.0.0.1", port)) for _ in range(200)]
    for stream in streams:
        stream.settimeout(15)
        stream.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
    for stream in streams:
        heard(stream, b"data: 0\n\n")
    assert httpx2.get(running.url).status_code == 200
    another = site.ledger.start_round([LAB], 1, START)
    site.ledger.record(another, result(verdict("passed", "passed"), name="bob"), START + timedelta(hours=1))
    for stream in streams:
        heard(stream, b"data: 1\n\n")
        stream.close()


def heard(stream: socket.socket, line: bytes) -> None:
    """Reads a stream until it says this."""
    read = b""
    while line not in read:
        more = stream.recv(4096)
        assert more, read
        read += more


def test_a_port_that_is_taken_is_said_so(site: Site, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(UsageError, match="cannot listen"):
        serve(site, "127.0.0.1", taken.getsockname()[1], tmp_path, print)


def test_the_token_of_a_machine_outlives_its_server(site: Site, tmp_path: Path) -> None:
    """Open pages find the board again; nobody else on the machine can read the token."""
    first, second = (Running(site, tmp_path, host="0.0.0.0").url for _ in range(2))
    assert first.partition("?token=")[2] == second.partition("?token=")[2] != ""
    assert (tmp_path / "board.token").stat().st_mode & 0o077 == 0


def test_the_clock_is_an_argument(site: Site) -> None:
    """The same ledger at another hour: another idle time."""
    later = Site(site.ledger, site.roster, site.labs, lambda: datetime(2026, 11, 22, 15, 0, tzinfo=UTC))
    assert "no change for 5 h" in later.board()
