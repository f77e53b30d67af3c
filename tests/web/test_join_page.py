"""The page on which learners join: apart from the board, one external id for each browser, and a seat at the end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from labs.aws.read_only_guard import read_only_guard
from labs.aws.session import ConnectionOptions
from labs.cli.workshop.joining import JoinOptions
from labs.content.pack import open_catalog
from labs.sandbox.client.connection import KEY_OF_ACCOUNT
from labs.web.app import SubSite, WebApp, with_sub_site
from labs.web.board.lab_texts import lab_texts
from labs.web.board.site import BoardOptions, BoardSite
from labs.web.join_site import JoinSite
from labs.workshop.board_source import BoardSource
from labs.workshop.database import Sqlite
from labs.workshop.joining import Joining, JoinRules
from labs.workshop.ledger import Ledger
from labs.workshop.roster import Roster, Seat, read_roster
from labs.workshop.roster_reader import RosterReader
from labs.workshop.seat_checker import SeatAccess, SeatChecker, WorkerLimits
from labs.workshop.spool import Spool
from labs.workshop.workshop_run import WorkshopRun

NOW = datetime(2026, 11, 29, 9, 42, tzinfo=UTC)
LAB = "ecr-repository"
OWN = {"Origin": "http://localhost"}
ADA = {"name": "Ada", "role_arn": "arn:aws:iam::111122223333:role/labs-check", "code": ""}


@dataclass
class Workshop:
    """A board with joining, as one WSGI application."""

    joining: Joining
    app: Any

    def browser(self, address: str = "/join?token={}") -> Any:
        """A browser that has opened an address."""
        from werkzeug.test import Client

        client = Client(self.app)
        assert client.get(address.format(self.joining.token)).status_code == 303
        return client


def workshop(board: BoardSite, site: JoinSite) -> Workshop:
    app = with_sub_site(WebApp(board, "the-board"), SubSite(site, "/join", site.joining.token))
    return Workshop(site.joining, app)


def board_of(source: BoardSource, joining: Joining, tmp_path: Path) -> BoardSite:
    catalog = open_catalog()
    options = BoardOptions(
        tmp_path / "room.toml", tmp_path, "ann", timedelta(seconds=30), lambda: True, joining
    )
    return BoardSite(source, lab_texts([catalog.lab(LAB)], ()), lambda: NOW, options)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    database = Sqlite(tmp_path / "r.db")
    yield Ledger(database, "w")
    database.close()


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    file = tmp_path / "room.toml"
    file.write_text('title = "Rooms & <b>roles</b>"\n', "utf-8")
    return file


@pytest.fixture
def room(roster: Path, ledger: Ledger, tmp_path: Path) -> Workshop:
    """A workshop in which every role trusts the first external id that is tried with it."""
    trusted: dict[str, str | None] = {}

    def assume(seat: Seat) -> SeatAccess:
        assert seat.role_arn
        if trusted.setdefault(seat.role_arn, seat.external_id) == seat.external_id:
            return SeatAccess(seat.name, seat.known_account, None, None)
        return SeatAccess(seat.name, None, "denied", "sts:AssumeRole")

    joining = Joining(roster, b"key", assume, JoinRules())
    source = BoardSource(ledger, read_roster(roster, may_be_empty=True), [LAB])
    site = JoinSite(joining, source.roster.title, lambda external_id: {"ExternalId": external_id})
    return workshop(board_of(source, joining, tmp_path), site)


def external_id(browser: Any) -> str:
    found: str = browser.get("/join/labs-check.json").json["ExternalId"]
    return found


def test_the_address_of_joining_opens_nothing_of_the_board(room: Workshop) -> None:
    """Nor does the board's token open the page of a learner."""
    from werkzeug.test import Client

    browser = room.browser()
    for path in ("/", "/joining", "/export", "/events", f"/?token={room.joining.token}", "/joining?x=/join"):
        assert browser.get(path).status_code == 403
    assert browser.post("/joining", data={"do": "close"}, headers=OWN).status_code == 403
    for path in ("/join", "/join?token=the-board", "/join/labs-check.json"):
        assert Client(room.app).get(path).status_code == 403
    assert room.joining.is_open


def test_each_browser_has_an_external_id_of_its_own(room: Workshop) -> None:
    """In the commands and in the file, the same at each visit; a cookie that was made up is replaced."""
    one, two = room.browser(), room.browser()
    own = external_id(one)
    assert own == external_id(one) != external_id(two)
    assert own in one.get("/join").text
    two.set_cookie("labs-seat-80", "the-secret-of-the-room", path="/join")
    assert external_id(two) != "the-secret-of-the-room"


def test_a_learner_joins(room: Workshop) -> None:
    browser = room.browser()
    browser.get("/join")
    answer = browser.post("/join", data=ADA, headers=OWN)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/join")
    page = browser.get("/join").text
    assert "You have joined" in page
    assert "111122223333" in page
    assert "<form" not in page


def test_what_was_wrong_is_said_above_the_form(room: Workshop) -> None:
    """And what was typed stays, as text."""
    browser = room.browser()
    browser.get("/join")
    answer = browser.post("/join", data={**ADA, "name": '"><script>'}, headers=OWN)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert "<script>" not in answer.text.replace('<script src="/static/app.js"', "")
    assert "Rooms &amp; &lt;b&gt;roles" in answer.text
    assert ADA["role_arn"] in answer.text


def test_another_browser_cannot_claim_the_role(room: Workshop) -> None:
    one, two = room.browser(), room.browser()
    for each in (one, two):
        each.get("/join")
    one.post("/join", data=ADA, headers=OWN)
    answer = two.post("/join", data={**ADA, "name": "Eve"}, headers=OWN)
    assert answer.status_code == 400
    assert "lacks your external ID" in answer.text
    assert [each.name for each in room.joining.seats()] == ["Ada"]


def test_a_form_from_elsewhere_is_refused(room: Workshop) -> None:
    browser = room.browser()
    browser.get("/join")
    assert browser.post("/join", data=ADA).status_code == 403
    assert browser.post("/join", data={**ADA, "name": "x" * 70_000}, headers=OWN).status_code == 413
    assert room.joining.seats() == []


def test_the_instructor_approves_removes_and_closes(room: Workshop) -> None:
    room.joining.rules = JoinRules(code="blue-7", approve=True)
    learner, instructor = room.browser(), room.browser("/joining?token=the-board")
    learner.get("/join")
    learner.post("/join", data={**ADA, "code": "blue-7"}, headers=OWN)
    assert "Waiting for approval" in learner.get("/join").text
    page = instructor.get("/joining").text
    assert "blue-7" in page
    assert page.index("Waiting") < page.index("Ada")
    for do, seats in (("approve", [False]), ("remove", [])):
        instructor.post("/joining", data={"do": do, "name": "Ada"}, headers=OWN)
        assert [each.waiting for each in room.joining.seats()] == seats
    instructor.post("/joining", data={"do": "close"}, headers=OWN)
    assert "Joining is closed" in room.browser().get("/join").text
    assert "Open joining" in instructor.get("/joining").text


def test_the_board_shows_the_address_as_a_picture(room: Workshop) -> None:
    instructor = room.browser("/joining?token=the-board")
    room.joining.addresses = ["http://class:8321/join?token=t"]
    room.joining.set_open(True)
    page = instructor.get("/joining").text
    assert "http://class:8321/join?token=t" in page
    assert "<svg" in page[page.index('class="qr"') :]


def test_a_learner_joins_and_is_checked(embedded: None, roster: Path, ledger: Ledger, tmp_path: Path) -> None:
    """From the template in an account of the sandbox to a row on the board, through the role alone."""
    catalog = open_catalog()
    where = ConnectionOptions(region="eu-west-1")
    with read_only_guard():
        checker = SeatChecker(catalog, [LAB], where, WorkerLimits(1))
        run = WorkshopRun(read_roster(roster, may_be_empty=True), checker, ledger, lambda: NOW, pytest.fail)
        source = BoardSource(ledger, run.roster, run.labs, run.writer)
        reader = RosterReader(roster, run, source, pytest.fail)
        options = JoinOptions(JoinRules(), "123456789012", datetime.now(UTC) + timedelta(days=1))
        joining = Joining(roster, b"key", checker.assume_now, options.rules, reader.read)
        room = workshop(board_of(source, joining, tmp_path), options.site(joining, run))
        learner, instructor = room.browser(), room.browser("/?token=the-board")

        assert learner.post("/join", data=ADA, headers=OWN).status_code == 400
        template = learner.get("/join/labs-check.json").text
        refused = learner.post("/join", data=ADA, headers=OWN)
        assert "there is no such role" in refused.text
    arn = deploy(template)
    with read_only_guard():
        learner.post("/join", data={**ADA, "role_arn": arn}, headers=OWN)
        assert "Ada" in instructor.get("/").text
        with Spool() as spool:
            outcome = run.run_round(checker.threads(1), spool)
    assert (outcome.summary.seats, outcome.summary.exit_code) == (1, 1)
    assert "0 of 5" in instructor.get("/learner?name=Ada").text


def deploy(template: str) -> str:
    """Deploys the template in the learner's account: the ARN of the role."""
    import boto3

    keys = {"aws_access_key_id": f"{KEY_OF_ACCOUNT}111122223333", "aws_secret_access_key": "x"}
    stacks = boto3.client("cloudformation", **keys)
    capability = "CAPABILITY_NAMED_IAM"
    stacks.create_stack(StackName="labs-check", TemplateBody=template, Capabilities=[capability])
    outputs = stacks.describe_stacks(StackName="labs-check")["Stacks"][0]["Outputs"]
    assert json.loads(template)["Outputs"].keys() == {each["OutputKey"] for each in outputs}
    return next(each["OutputValue"] for each in outputs if each["OutputKey"] == "RoleArn")


def test_the_board_goes_on_with_another_roster(ledger: Ledger, roster: Path, tmp_path: Path) -> None:
    """A seat that moves up in the roster keeps its own name, and what is known of it."""
    source = BoardSource(ledger, Roster("Room", (Seat("Ada"), Seat("Bob"))), [LAB])
    joining = Joining(roster, b"key", lambda seat: SeatAccess(seat.name, None, None, None), JoinRules())
    board = workshop(board_of(source, joining, tmp_path), JoinSite(joining, "Room", lambda _: {}))
    instructor = board.browser("/?token=the-board")
    assert "Ada" in instructor.get("/").text
    source.change_roster(Roster("Room", (Seat("Bob"), Seat("Eve"))))
    page = instructor.get("/").text
    assert [name in page for name in ("Ada", "Bob", "Eve")] == [False, True, True]
