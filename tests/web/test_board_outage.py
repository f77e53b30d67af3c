"""A board whose database is away, or whose credentials have expired: it stays up, and says what is old and why."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from labs.aws.faults import reason
from labs.verify import receipt
from labs.web.board.lab_texts import lab_texts
from labs.web.board.site import BoardOptions, BoardSite
from labs.workshop.board_source import BoardSource
from labs.workshop.ledger import Ledger
from labs.workshop.ledger_writer import LedgerWriter
from labs.workshop.seat_result import SeatResult
from tests.web.board_kit import NOW, account, content, learners, play, roster, verdict
from tests.web.test_board_pages import LABS, OWN, Page, client_of
from tests.workshop.test_ledger_outage import Breakable

PEOPLE = learners(6, len(LABS))


@pytest.fixture
def database(tmp_path: Path) -> Breakable:
    return Breakable(tmp_path / "r.db")


@pytest.fixture
def writer(database: Breakable) -> LedgerWriter:
    ledger = Ledger(database, "w")
    play(ledger, PEOPLE, LABS)
    return LedgerWriter(ledger, lambda: NOW, lambda _: None)


@pytest.fixture
def client(database: Breakable, writer: LedgerWriter, tmp_path: Path) -> Any:
    source = BoardSource(Ledger(database, "w"), roster(PEOPLE), [lab.id for lab in LABS], writer)
    options = BoardOptions(tmp_path / "room.toml", tmp_path, "ann", timedelta(seconds=30), lambda: True)
    return client_of(BoardSite(source, lab_texts(LABS, content()[1]), lambda: NOW, options))


@pytest.mark.slow
def test_every_page_stays_up_while_the_database_is_away(
    client: Any, database: Breakable, writer: LedgerWriter
) -> None:
    """With what was known, what rounds have found since, and since when nothing is saved; afterwards all is saved."""
    client.get("/learner?name=Mateus+Silva")
    database.away = True
    whole = verdict(LABS[0], len(LABS[0].task.objectives))
    one = writer.start_round([LABS[0].id], 1)
    writer.record(one, SeatResult("Mateus Silva", account(0), (whole,), None, 7, 0.5, "eu-west-1"))
    hardest = f"/objective?lab={LABS[0].id}&id={LABS[0].task.objectives[0].id}"
    for path in (
        "/",
        "/labs",
        f"/lab?id={LABS[0].id}",
        "/objectives",
        hardest,
        "/learner?name=Mateus+Silva",
        "/learner?name=Kwame+Owusu",
        "/projector",
        "/export",
    ):
        answer = client.get(path)
        assert answer.status_code == 200
        if path != "/projector":
            assert f"Not saved since {NOW.astimezone():%H:%M}." in Page(answer.text).text
    assert client.post("/helped", data={"name": "Mateus Silva"}, headers=OWN).status_code == 400
    assert client.get("/grades.csv").status_code == 400
    database.away = False
    assert writer.flush(at_once=True)
    assert "Not saved" not in client.get("/").text


def test_expired_credentials_are_one_banner_with_the_remedy(client: Any, writer: LedgerWriter) -> None:
    """In the very words in which AWS's refusal is told; and the scores of before stay."""
    from botocore.exceptions import ClientError

    expired = reason(ClientError({"Error": {"Code": "ExpiredToken", "Message": "m"}}, "AssumeRole")).text
    one = writer.start_round([lab.id for lab in LABS], len(PEOPLE))
    for seat, learner in enumerate(PEOPLE):
        error = f"role arn:aws:iam::{account(seat)}:role/r cannot be assumed: {expired}"
        writer.record(one, SeatResult(learner.name, account(seat), (), error, 1, 0.1))
    page = Page(client.get("/").text)
    assert page.text.count("Your own AWS credentials have expired.") == 1
    assert "aws sso login" in page.text
    assert f"cannot check {len(PEOPLE)}" in page.text
    assert "last known" in page.text


def test_files_hold_what_the_commands_write(client: Any, writer: LedgerWriter) -> None:
    rows = list(csv.DictReader(io.StringIO(client.get("/grades.csv").text)))
    assert [row["name"] for row in rows] == [each.name for each in PEOPLE]
    assert rows[0]["group"] == "table 1"
    document = json.loads(client.get("/round.json").text)
    assert len(document["seats"]) == len(PEOPLE)
    assert "round.csv" in client.get("/round.csv").headers["Content-Disposition"]
    report = client.get("/report.html").text
    assert "/static/" not in report
    assert "Mateus Silva" in report


def test_receipts_are_signed_and_for_one_learner_where_asked(client: Any) -> None:
    content_of_zip = io.BytesIO(client.get("/receipts.zip?name=Mateus+Silva").data)
    with zipfile.ZipFile(content_of_zip) as archive:
        assert len(archive.namelist()) == len(LABS)
        for name in archive.namelist():
            found = receipt.verify(msgspec.json.decode(archive.read(name), type=receipt.Receipt))
            assert found.receipt.receipt.verdict["seat"] == "Mateus Silva"
