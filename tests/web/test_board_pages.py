"""The pages of the board: complete without JavaScript, right about the room, inert whatever the names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from labs.web.app import WebApp
from labs.web.board.people import TILES
from labs.web.board.site import BoardSite
from labs.workshop.board import Status
from labs.workshop.database import Sqlite
from labs.workshop.events import Event, EventKind
from labs.workshop.ledger import Ledger
from labs.workshop.seat_result import SeatResult
from tests.web.board_kit import (
    HOSTILE,
    NAMES,
    NOW,
    Learner,
    account,
    board_site,
    content,
    learners,
    play,
    roster,
    verdict,
)

OWN = {"Origin": "http://localhost"}
LABS = content()[0][10:14]
SEATS = 20


class Page(HTMLParser):
    """A page's tags and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.text = " ".join(self.text.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data + " "

    def links(self) -> list[str]:
        return [str(given["href"]) for tag, given in self.tags if tag == "a" and "download" not in given]

    def names(self) -> list[str]:
        """The learners in the rows of the heat map."""
        return [
            str(given["title"])
            for tag, given in self.tags
            if tag == "a"
            and "title" in given
            and str(given["href"]).startswith("/learner")
            and "data-l" not in given
        ]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """Twenty learners of four labs; no test writes into this ledger."""
    database = Sqlite(tmp_path_factory.mktemp("board") / "r.db")
    ledger = Ledger(database, "w")
    play(ledger, learners(SEATS, len(LABS)), LABS)
    yield ledger
    database.close()


@pytest.fixture
def site(played: Ledger, tmp_path: Path) -> BoardSite:
    return board_site(played, learners(SEATS, len(LABS)), tmp_path, LABS)


def client_of(site: BoardSite) -> Any:
    from werkzeug.test import Client

    client = Client(WebApp(site, "t"))
    assert client.get("/?token=t").status_code == 303
    return client


@pytest.fixture
def client(site: BoardSite) -> Any:
    return client_of(site)


@pytest.mark.slow
def test_every_link_of_every_page_leads_to_a_page(client: Any) -> None:
    """Whatever the names, and without a script, a style or a control character that comes from them."""
    seen, todo = set[str](), ["/"]
    while todo and len(seen) < 80:
        address = todo.pop(0).partition("#")[0]
        if address in seen or not address.startswith("/"):
            continue
        seen.add(address)
        answer = client.get(address)
        assert answer.status_code == 200, address
        page = Page(answer.text)
        assert [tag for tag, _ in page.tags].count("script") == 1
        for tag, given in page.tags:
            assert tag != "style"
            assert not any(name == "style" or name.startswith("on") for name in given)
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", answer.text)
        todo += page.links()
    assert {"/labs", "/objectives", "/projector", "/export"} <= seen


@pytest.mark.slow
def test_a_board_that_was_open_shows_what_a_new_one_shows(tmp_path: Path) -> None:
    """Rows and groups kept from before a change are those that are rendered again after it."""
    people, database = learners(70, len(LABS)), Sqlite(tmp_path / "r.db")
    ledger = Ledger(database, "w")
    play(ledger, people, LABS)
    paths = ("/?group=table+1", "/?view=all", "/labs", "/objectives")
    site = board_site(ledger, people, tmp_path, LABS)
    before = [client_of(site).get(path).text for path in paths]
    moved = SeatResult(
        people[5].name, account(5), (verdict(LABS[0], 1, "a new cause"),), None, 7, 0.5, "eu-west-1"
    )
    ledger.record(ledger.start_round([LABS[0].id], 70, NOW), moved, NOW)
    after = [client_of(site).get(path).text for path in paths]
    new = board_site(ledger, people, tmp_path, LABS)
    assert after != before
    assert after == [client_of(new).get(path).text for path in paths]
    database.close()


def test_a_tile_counts_the_rows_that_it_leads_to(client: Any) -> None:
    counted = re.findall(r'<a class="tile (\w+)[^"]*".*?<b>(\d+)</b>', client.get("/").text)
    assert [key for key, _ in counted] == list(TILES)
    assert sum(int(number) for _, number in counted) == SEATS
    for key, number in counted:
        assert len(Page(client.get(f"/?state={key}").text).names()) == int(number), key


def test_filters_stay_in_the_address_and_nonsense_is_passed_over(client: Any) -> None:
    assert Page(client.get("/?q=Müller").text).names() == ["Chandra Müller"]
    assert "No learner matches" in client.get("/?q=nobody-at-all").text
    ordered = Page(client.get("/?sort=name").text).names()
    assert ordered == sorted(ordered, key=str.casefold)
    assert (
        "/?state=stuck&amp;group=table+1&amp;sort=name&amp;q=a"
        in client.get("/?group=table+1&sort=name&q=a").text
    )
    nonsense = client.get("/?state=x&group=y&lab=../z&sort=w&view=v")
    assert len(Page(nonsense.text).names()) == SEATS


def test_who_needs_help_comes_first_with_what_was_found(client: Any, site: BoardSite) -> None:
    """The longest without a change leads; done, absent and unseen learners are never in the queue."""
    page = client.get("/").text
    queue = re.search('<ol class="queue">(.*?)</ol>', page, re.DOTALL)
    assert queue is not None
    assert "Mateus Silva" in queue[1]
    assert "spread on instanceId" in queue[1]
    stuck = [row.name for row in site.source.board(NOW).rows if row.status is Status.STUCK]
    assert page.count('data-k="need-') == len(stuck)
    assert f"<title>({len(stuck)}) room:" in page


def test_a_learner_s_page_says_what_happened(client: Any) -> None:
    """Findings with evidence in place, the time line, the next and the previous learner, the command to catch up."""
    text = client.get("/learner?name=Mateus+Silva").text
    page = Page(text)
    for words in (
        "stuck 24 min",
        "found spread on instanceId",
        "services[0].placementStrategy",
        "06:42 in Sao Paulo",
        "--seat 'Mateus Silva'",
        "started",
        "Chandra Müller",
    ):
        assert words in page.text
    assert 'class="obj fail" open' in text
    assert client.get("/learner?name=mallory").status_code == 404
    other = LABS[0].id
    assert f'<span id="{other}">' in client.get(f"/learner?name=Mateus+Silva&lab={other}").text


def test_an_objective_groups_its_learners_by_what_was_found(client: Any, site: BoardSite) -> None:
    hard = site.source.board(NOW).hardest[0]
    page = Page(client.get(f"/objective?lab={hard.lab}&id={hard.objective}").text)
    counts = re.findall(r"(\d+) (?:spread on|binpack on|0 container)", page.text)
    assert sum(map(int, counts)) == hard.seats
    assert f"fail it now {hard.seats}" in page.text
    assert client.get(f"/objective?lab={hard.lab}&id=nothing").status_code == 404
    assert client.get("/objective?lab=nothing&id=nothing").status_code == 404


def test_a_lab_shows_those_who_started_it(client: Any, site: BoardSite) -> None:
    lab = LABS[0].id
    state = site.source.state(NOW)
    began = {name for name, own in state.standings.items() if own[lab].score}
    assert set(Page(client.get(f"/lab?id={lab}").text).names()) >= {name for name in began if name != HOSTILE}
    passed = {name for name, own in state.standings.items() if own[lab].passed}
    assert not passed & set(Page(client.get(f"/lab?id={lab}&open=1").text).names())
    assert client.get("/lab?id=nothing").status_code == 404


def test_the_projector_names_nobody(client: Any, site: BoardSite) -> None:
    """Seat numbers, or the alias that the roster gives."""
    text = client.get("/projector").text
    assert not [name for name in NAMES if name in text]
    assert "/learner" not in text
    assert "seat 20" in text
    source = site.source
    seats = tuple(replace(seat, extra={"alias": f"Fox {n}"}) for n, seat in enumerate(source.roster.seats))
    source.roster = replace(source.roster, seats=seats)
    assert "Fox 7" in client_of(site).get("/projector").text


@pytest.mark.slow
def test_a_large_room_is_shown_by_groups_and_a_change_is_small(tmp_path: Path) -> None:
    """300 seats: a row for each table, one of them opened; searched for, a flat list. One look changes few lines."""
    from labs.web.app import DIFFERENCE

    people = learners(300, 2)
    ledger = Ledger(Sqlite(tmp_path / "r.db"), "w")
    play(ledger, people, LABS[:2])
    site = board_site(ledger, people, tmp_path, LABS[:2])
    client = client_of(site)
    page = client.get("/?group=table+2", headers={"Accept-Encoding": "gzip"})
    assert len(page.data) < 20_000
    opened = Page(client.get("/?group=table+2").text)
    assert len(opened.names()) == 25
    assert opened.text.index("table 2") < opened.text.index("table 10")
    assert len(Page(client.get("/?view=all").text).names()) == 300
    assert "Objectives passed by group" in client.get("/projector").text
    fast = SeatResult(people[30].name, "200000000031", (verdict(LABS[0], 3),), None, 7, 0.5, "eu-west-1")
    ledger.record(ledger.start_round([LABS[0].id], 300, NOW), fast, NOW)
    asked = {"Accept": f"{DIFFERENCE}, text/html;q=0.9", "If-None-Match": page.headers["ETag"]}
    change = client.get("/?group=table+2", headers=asked)
    assert change.content_type == DIFFERENCE
    assert len(change.data) <= 2048


def test_two_boards_on_one_ledger_agree(tmp_path: Path) -> None:
    """A note of one instructor shows on the other's page: help with its note, a snooze, a break."""
    people = learners(6, len(LABS))
    ledger = Ledger(Sqlite(tmp_path / "r.db"), "w")
    play(ledger, people, LABS)
    ann, bob = (client_of(board_site(ledger, people, tmp_path, LABS)) for _ in range(2))
    assert "Needs you" in bob.get("/").text
    about = {"name": "Mateus Silva", "who": "Ann", "note": "<b>wrong AMI</b>", "back": "/?sort=name"}
    answer = ann.post("/helped", data=about, headers=OWN)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/?sort=name")
    assert "helped by Ann at" in bob.get("/").text
    assert "helped by Ann: “&lt;b&gt;wrong AMI&lt;/b&gt;”" in bob.get("/learner?name=Mateus+Silva").text
    ann.post("/snooze", data={"name": "Mateus Silva"}, headers=OWN)
    assert "1 snoozed" in bob.get("/").text
    ann.post("/break", headers=OWN)
    bob.post("/break", headers=OWN)
    assert "Break since" in bob.get("/").text
    assert [each.kind for each in ledger.events()].count(EventKind.BREAK) == 1
    bob.post("/resume", headers=OWN)
    assert "Break since" not in ann.get("/").text


@pytest.mark.parametrize(
    ("back", "to"),
    [("//evil.example", "/"), ("https://evil.example", "/"), ("/a\r\nb", "/"), ("/labs", "/labs")],
)
def test_an_action_leads_back_into_the_site_only(back: str, to: str, tmp_path: Path) -> None:
    client = client_of(board_site(Ledger(Sqlite(tmp_path / "r.db"), "w"), learners(3, 4), tmp_path, LABS))
    about = {"name": "Mateus Silva", "back": back}
    assert client.post("/helped", data=about, headers=OWN).headers["Location"] == to
    assert client.post("/helped", data={"name": "mallory"}, headers=OWN).status_code == 400


def test_before_the_first_round_the_board_says_so(tmp_path: Path) -> None:
    client = client_of(board_site(Ledger(Sqlite(tmp_path / "r.db"), "w"), learners(3, 4), tmp_path, LABS))
    for path, words in (
        ("/", ("no check yet", "No check has finished yet", "3 not checked yet")),
        ("/objectives", ("Nobody who has started fails anything",)),
        (f"/lab?id={LABS[0].id}", ("Nobody has started this lab",)),
        ("/learner?name=Mateus+Silva", (f"{LABS[0].id} Helped", "This lab has not been checked yet")),
        ("/projector", ("no check yet",)),
    ):
        text = Page(client.get(path).text).text
        assert [each for each in words if each not in text] == [], path


def test_a_group_less_roster_has_groups_of_seats() -> None:
    from labs.web.board.people import groups_of

    people = roster([Learner(f"l{n}", 0, 0, 0) for n in range(60)])
    plain = replace(people, seats=tuple(replace(seat, extra={}) for seat in people.seats))
    assert list(dict.fromkeys(groups_of(plain).values())) == ["seats 1-25", "seats 26-50", "seats 51-60"]


def test_a_clock_that_moves_makes_learners_stuck_without_a_write(site: BoardSite) -> None:
    """The revision changes with time alone, so open pages are drawn again."""
    before, later = site.revision(), NOW + timedelta(hours=1)
    site.clock = lambda: later
    assert site.revision() != before
    stuck = sum(row.status is Status.STUCK for row in site.source.board(later).rows)
    assert f"({stuck}) room" in client_of(site).get("/").text
    assert "No check for 1 h" in client_of(site).get("/").text


def test_a_break_that_ends_by_itself_says_when(tmp_path: Path) -> None:
    ledger = Ledger(Sqlite(tmp_path / "r.db"), "w")
    ledger.add_event(Event(EventKind.BREAK, "", "Ann", NOW, NOW + timedelta(minutes=10)))
    client = client_of(board_site(ledger, learners(3, 4), tmp_path, LABS))
    assert f"It ends at {(NOW + timedelta(minutes=10)).astimezone():%H:%M}" in client.get("/").text
